import { isPlainObject } from '@wherry/core/schema'

/**
 * What a caller gave, as it is now: nobody can change it while it waits. What is no value of any
 * kind is left as it is, and refused later; so is what is endless, at which this gives up. What stands in several places is copied once: of some
 * values the places are more than can be counted.
 */
export function copy<T>(value: T): T {
  const copies = new Map<object, unknown>()
  const copyOf = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part
    if (!copies.has(part)) copies.set(part, copyObject(part, copyOf))
    return copies.get(part)
  }
  try {
    return copyOf(value) as T
  } catch {
    return value
  }
}

function copyObject(value: object, copyOf: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (value instanceof Date || value instanceof Uint8Array) return structuredClone(value)
  if (!isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copyOf(item)]))
}
