import { isPlainObject } from '@wherry/core/schema'

/**
 * What a caller gave, as it is now: nobody can change it while it waits. What is no value of any
 * kind is left as it is, and refused later; so is what is endless, at which this gives up.
 */
export function copy<T>(value: T): T {
  try {
    return copyOf(value) as T
  } catch {
    return value
  }
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (value instanceof Date || value instanceof Uint8Array) return structuredClone(value)
  if (!isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copyOf(item)]))
}
