/** What cases are made of: data that can be copied, compared, shrunk and printed. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A deep copy. Keys are defined and not assigned, so that `__proto__` stays a key. */
export function copy<T>(value: T): T {
  return map(value, (part) => part) as T
}

/** A deep copy in which `change` has replaced every value that is no array and no record. */
export function map(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => map(item, change))
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item, change)]))
  }
  if (value instanceof Date) return change(new Date(value))
  return change(value instanceof Uint8Array ? value.slice() : value)
}

/** Value equality: -0 is not 0, a Date is no number, the order of keys means nothing. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (a instanceof Date) return b instanceof Date && Object.is(a.getTime(), b.getTime())
  if (a instanceof Uint8Array) {
    // A Buffer is a Uint8Array too, but nobody was promised one.
    if (!(b instanceof Uint8Array) || a.constructor !== b.constructor) return false
    return a.length === b.length && a.every((byte, i) => byte === b[i])
  }
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]))
  }
  if (!isRecord(a) || !isRecord(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
  )
}

/** Changes everything in a value that can be changed; whoever shares it will show it. */
export function scribble(value: unknown): void {
  if (value instanceof Date) value.setTime(-1)
  else if (value instanceof Uint8Array) value.fill(99)
  else if (Array.isArray(value)) {
    for (const item of value) scribble(item)
    if (!Object.isFrozen(value)) value.push('scribbled')
  } else if (isRecord(value) && !Object.isFrozen(value)) {
    for (const key of Object.keys(value)) scribble(value[key])
    for (const key of Object.keys(value)) value[key] = 'scribbled'
  }
}
