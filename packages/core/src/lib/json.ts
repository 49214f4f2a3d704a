import { textFault } from './text.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** The deepest JSON value and the deepest filter; MongoDB's limit for a document is 100. */
export const maxDepth = 64

/** The most values in one, counted where they stand: shared ones may stand in countless places. */
export const maxValues = 1_000_000

/**
 * A copy of `value` that holds JSON and nothing else, or what `fail` makes of the first fault.
 * Absent keys are kept absent (`undefined` in an object), -0 becomes 0.
 */
export function acceptJson(
  value: unknown,
  fail: (fault: string) => Error,
  depth = 0,
  met = { values: 0 },
): Json {
  if (depth > maxDepth)
    throw fail(`is nested deeper than ${maxDepth} levels; flatten it, or keep it as a text`)
  if (++met.values > maxValues)
    throw fail(`holds more than ${maxValues} values; keep it in several rows, or as a text`)
  switch (typeof value) {
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw fail(`holds ${value}, which JSON cannot`)
      return value + 0
    case 'string': {
      const fault = textFault(value)
      if (fault !== undefined) throw fail(`holds a text that cannot be stored: ${fault}`)
      return value
    }
    case 'object':
      if (value === null) return null
      if (Array.isArray(value)) return acceptArray(value, fail, depth, met)
      if (isPlainObject(value)) return acceptObject(value, fail, depth, met)
      throw fail(`holds a ${value.constructor?.name ?? 'object'}, which JSON cannot`)
    default:
      throw fail(
        `holds ${typeof value === 'undefined' ? '' : 'a '}${typeof value}, which JSON cannot`,
      )
  }
}

function acceptArray(
  value: unknown[],
  fail: (fault: string) => Error,
  depth: number,
  met: { values: number },
): Json {
  const copy: Json[] = []
  // By index, which finds the holes of a sparse array too.
  for (let i = 0; i < value.length; i++) copy.push(acceptJson(value[i], fail, depth + 1, met))
  return copy
}

function acceptObject(
  value: object,
  fail: (fault: string) => Error,
  depth: number,
  met: { values: number },
): Json {
  const copy: { [key: string]: Json } = {}
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key]
    const fault = jsonKeyFault(key)
    if (fault !== undefined) throw fail(`holds the key ${JSON.stringify(key)}: ${fault}`)
    if (item !== undefined) copy[key] = acceptJson(item, fail, depth + 1, met)
  }
  return copy
}

/** Why a key may not stand in a JSON value, or undefined when it may. */
export function jsonKeyFault(key: string): string | undefined {
  if (key === '__proto__') return "'__proto__' is never a key"
  if (key.startsWith('$')) return "a key may not begin with '$'"
  return textFault(key)
}

/** True for objects that literals and JSON.parse make; false for class instances and arrays. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** JSON with sorted keys, so that equal values have equal texts (RFC 8785). */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const keys = Object.keys(value).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`).join(',')}}`
}
