import { got } from './got.ts'
import { textFault } from './text.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** The deepest JSON value and the deepest filter; MongoDB's limit for a document is 100. */
export const maxDepth = 64

/** The most values in one, counted where they stand: shared ones may stand in countless places. */
const maxValues = 1_000_000

/**
 * A copy of `value` that holds JSON and nothing else, or what `fail` makes of the first fault.
 * Absent keys are kept absent (`undefined` in an object), -0 becomes 0.
 */
export function acceptJson(value: unknown, fail: (fault: string) => Error, from = 0): Json {
  let values = 0
  const accept = (part: unknown, depth: number): Json => {
    if (depth > maxDepth || ++values > maxValues) {
      throw fail(
        `is nested deeper than ${maxDepth} levels, or has more than ${maxValues} values; flatten it, or keep it as a text`,
      )
    }
    if (part === null || typeof part === 'boolean') return part
    if (typeof part === 'number' && Number.isFinite(part)) return part + 0
    if (typeof part === 'string') {
      const fault = textFault(part)
      if (fault !== undefined) throw fail(`holds a text that cannot be stored: ${fault}`)
      return part
    }
    if (Array.isArray(part)) {
      const copy: Json[] = []
      // By index, which finds the holes of a sparse array too.
      for (let at = 0; at < part.length; at++) copy.push(accept(part[at], depth + 1))
      return copy
    }
    if (!isPlainObject(part)) throw fail(`holds what JSON cannot, ${got(part)}`)
    const copy: { [key: string]: Json } = {}
    for (const key of Object.keys(part)) {
      const fault = jsonKeyFault(key)
      if (fault !== undefined) throw fail(`holds the key ${JSON.stringify(key)}: ${fault}`)
      const item = part[key]
      if (item !== undefined) copy[key] = accept(item, depth + 1)
    }
    return copy
  }
  return accept(value, from)
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
