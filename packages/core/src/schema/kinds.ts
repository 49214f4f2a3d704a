import { fromHex, toHex } from '../lib/hex.ts'
import { compareText, textFault } from '../lib/text.ts'
import { acceptJson, canonicalJson, type Json } from '../lib/json.ts'
import { acceptDecimal, compareDecimal } from './decimal.ts'
import type { Kind, ValueType } from './definition.ts'
import { got } from '../lib/got.ts'
import { expected, Misfit } from './misfit.ts'

/** Everything that differs between kinds of value, one entry each. Values here are never null. */
export interface KindRules {
  /** The value as it is stored, or a Misfit. Never keeps a reference into what was given. */
  accept(value: unknown, type: ValueType): unknown
  /** Negative, 0 or positive. Only called with accepted values of one type. */
  compare(a: never, b: never): number
  /** To and from the canonical JSON of the row codec. */
  encode(value: never, type: ValueType): Json
  decode(json: Json, type: ValueType): unknown
  /** A copy that shares nothing mutable. Absent: the value cannot change. */
  readonly copy?: (value: never) => unknown
  /** A primitive that is the same for equal values only. Absent: the value is one itself. */
  readonly identify?: (value: never) => Primitive
  /** What a filter, an order and an aggregate may do with it. */
  readonly allows: { readonly [Use in Uses]?: true }
}

export type Primitive = string | number | bigint | boolean

/**
 * equal: `eq ne in notIn`; range: `gt gte lt lte`; text: `contains startsWith endsWith`;
 * order: `orderBy`; group: `groupBy`; extreme: `min max`; sum: `sum avg increment`.
 */
export type Uses = 'equal' | 'range' | 'text' | 'order' | 'group' | 'extreme' | 'sum'

const ordered = { equal: true, range: true, order: true, group: true, extreme: true } as const
const number = { ...ordered, sum: true } as const

const same = (value: never): Json => value
const compareNumber = (a: number, b: number) => a - b
const compareBigint = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)
const asText = (json: Json, type: ValueType) => kinds[type.kind].accept(json, type)

export const minBigint: bigint = -(2n ** 63n)
export const maxBigint: bigint = 2n ** 63n - 1n
/** The longest id, and the longest text that may be indexed: what every engine can index. */
export const maxIndexedLength = 191

export const kinds: { readonly [K in Kind]: KindRules } = {
  id: {
    accept(value, type) {
      const id = acceptText(value, type.maxLength ?? maxIndexedLength)
      if (id === '') throw new Misfit('must not be empty')
      return id
    },
    compare: compareText,
    encode: same,
    decode: asText,
    allows: { ...ordered, text: true },
  },
  text: {
    accept: (value, type) => acceptText(value, type.maxLength),
    compare: compareText,
    encode: same,
    decode: asText,
    allows: { ...ordered, text: true },
  },
  enum: {
    accept(value, type) {
      if (typeof value === 'string' && type.values!.includes(value)) return value
      throw new Misfit(
        `must be one of ${type.values!.map((v) => `'${v}'`).join(', ')}, ${got(value)}`,
      )
    },
    compare: compareText,
    encode: same,
    // A value that the schema no longer lists is still what the row holds.
    decode: (json) => acceptText(json, undefined),
    allows: ordered,
  },
  int: {
    accept(value) {
      if (typeof value !== 'number') throw expected('a number', value)
      if (Number.isNaN(value))
        throw new Misfit('must be a number, got NaN; look at what computes it')
      if (!Number.isInteger(value)) throw new Misfit(`must be a whole number, ${got(value)}`)
      if (!Number.isSafeInteger(value)) {
        throw new Misfit(`must be within ±(2^53 - 1), ${got(value)}; use t.bigint()`, 'OutOfRange')
      }
      return value + 0 // -0 becomes 0
    },
    compare: compareNumber,
    encode: same,
    decode: asText,
    allows: number,
  },
  bigint: {
    accept(value) {
      if (typeof value !== 'bigint') throw expected('a bigint', value)
      if (value < minBigint || value > maxBigint) {
        throw new Misfit(`must fit in 64 bits, ${got(value)}`, 'OutOfRange')
      }
      return value
    },
    compare: compareBigint,
    encode: (value: bigint) => String(value),
    decode(json, type) {
      if (typeof json !== 'string' || !/^-?\d{1,19}$/.test(json)) {
        throw expected('a whole number as text', json)
      }
      return kinds.bigint.accept(BigInt(json), type)
    },
    allows: number,
  },
  float: {
    accept(value) {
      if (typeof value !== 'number') throw expected('a number', value)
      if (!Number.isFinite(value)) {
        throw new Misfit(`must be a finite number, ${got(value)}; look at what computes it`)
      }
      return value + 0
    },
    compare: compareNumber,
    encode: same,
    decode: asText,
    allows: number,
  },
  decimal: {
    accept: acceptDecimal,
    compare: compareDecimal,
    encode: same,
    decode: asText,
    allows: number,
  },
  boolean: {
    accept(value) {
      if (typeof value !== 'boolean') throw expected('true or false', value)
      return value
    },
    compare: (a: boolean, b: boolean) => Number(a) - Number(b),
    encode: same,
    decode: asText,
    allows: { equal: true, order: true, group: true },
  },
  timestamp: {
    accept(value) {
      if (!(value instanceof Date)) throw expected('a Date', value)
      const ms = value.getTime()
      if (Number.isNaN(ms)) throw new Misfit('is an invalid Date')
      if (ms < minTimestampMs || ms > maxTimestampMs) {
        throw new Misfit('must lie in the years 0001 to 9999', 'OutOfRange')
      }
      return new Date(ms)
    },
    compare: (a: Date, b: Date) => a.getTime() - b.getTime(),
    encode: (value: Date) => value.toISOString(),
    decode(json, type) {
      const time = calendarTime(json)
      if (time === undefined) throw expected('a time such as 2026-01-31T12:00:00.000Z', json)
      return kinds.timestamp.accept(time, type)
    },
    copy: (value: Date) => new Date(value.getTime()),
    identify: (value: Date) => value.getTime(),
    allows: ordered,
  },
  date: {
    accept(value) {
      const isDay = typeof value === 'string' && value.length === 10 && !value.startsWith('0000')
      if (!isDay || calendarTime(`${value}T00:00:00.000Z`) === undefined) {
        throw expected("a date such as '2026-01-31' in the years 0001 to 9999", value)
      }
      return value
    },
    compare: (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0),
    encode: same,
    decode: asText,
    allows: ordered,
  },
  bytes: {
    accept(value) {
      if (!(value instanceof Uint8Array)) throw expected('a Uint8Array', value)
      return new Uint8Array(value)
    },
    compare: compareBytes,
    encode: toHex,
    decode(json) {
      const bytes = typeof json === 'string' ? fromHex(json) : undefined
      if (bytes === undefined) throw expected('bytes as lowercase hex', json)
      return bytes
    },
    copy: (value: Uint8Array) => new Uint8Array(value),
    identify: toHex,
    // MongoDB orders bytes by length first, so an order of bytes would not be one contract.
    allows: { equal: true },
  },
  json: {
    accept: (value) => acceptJson(value, (fault) => new Misfit(fault)),
    compare: (a: Json, b: Json) => compareText(canonicalJson(a), canonicalJson(b)),
    encode: same,
    decode: asText,
    copy: (value: Json) => structuredCopy(value),
    allows: {},
  },
  array: {
    accept(value, type) {
      if (!Array.isArray(value)) throw expected('an array', value)
      const element = type.element!
      return Array.from(value, (item: unknown, index) => {
        if (item === null || item === undefined) throw new Misfit(`holds ${item} at ${index}`)
        try {
          return kinds[element.kind].accept(item, element)
        } catch (error) {
          if (error instanceof Misfit) throw new Misfit(`at ${index} ${error.message}`, error.code)
          throw error
        }
      })
    },
    compare: () => 0,
    encode: (value: never[], type) =>
      value.map((item) => kinds[type.element!.kind].encode(item, type.element!)),
    decode(json, type) {
      if (!Array.isArray(json)) throw expected('an array', json)
      return json.map((item) => kinds[type.element!.kind].decode(item, type.element!))
    },
    copy: (value: unknown[]) =>
      value.map((item) =>
        item instanceof Date ? new Date(item) : item instanceof Uint8Array ? item.slice() : item,
      ),
    allows: {},
  },
}

const minTimestampMs = -62_135_596_800_000 // 0001-01-01T00:00:00.000Z
const maxTimestampMs = 253_402_300_799_999 // 9999-12-31T23:59:59.999Z

function acceptText(value: unknown, maxLength: number | undefined): string {
  if (typeof value !== 'string') throw expected('a text', value)
  const fault = textFault(value)
  if (fault !== undefined) throw new Misfit(`cannot be stored: ${fault}`)
  // A text of n UTF-16 units has at most n code points, so most texts need no counting.
  if (maxLength !== undefined && value.length > maxLength && codePoints(value) > maxLength) {
    throw new Misfit(`must have at most ${maxLength} characters, got ${codePoints(value)}`)
  }
  return value
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** The time of its one text; a day that no month has is none, or would become another day. */
function calendarTime(text: unknown): Date | undefined {
  const time = new Date(typeof text === 'string' ? text : Number.NaN)
  return !Number.isNaN(time.getTime()) && time.toISOString() === text ? time : undefined
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

function structuredCopy(value: Json): Json {
  if (Array.isArray(value)) return value.map(structuredCopy)
  if (value === null || typeof value !== 'object') return value
  const copy: { [key: string]: Json } = {}
  for (const key of Object.keys(value)) copy[key] = structuredCopy(value[key]!)
  return copy
}
