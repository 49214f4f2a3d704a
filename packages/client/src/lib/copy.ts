/** Filters and values end before this; what is deeper will be refused. */
const maxDepth = 300

/**
 * What a caller gave, as it is now: nobody can change it while it waits. What cannot be a value of
 * any kind is left as it is, to be refused when its kind is known.
 */
export function copy<T>(value: T): T {
  try {
    return copyAt(value, 0) as T
  } catch {
    return value
  }
}

function copyAt(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw new Error('too deep')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Array.from(value, (item) => copyAt(item, depth + 1))
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Uint8Array) return value.slice()
  if (!isPlainObject(value)) return value
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([name, item]) => [name, copyAt(item, depth + 1)]))
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
