import type { Json } from '../../lib/json.ts'
import type { FieldDefinition, ValueType } from '../../schema/definition.ts'
import { decimalToScaled, scaledToDecimal } from '../../schema/decimal.ts'
import { kinds } from '../../schema/kinds.ts'
import { Misfit } from '../../schema/misfit.ts'
import type { RowCode } from '../sql/row-code.ts'

/**
 * The column type of each kind; tables are STRICT, so a column holds nothing else. It is INT and not
 * INTEGER, which as a primary key would be SQLite's row id, to which ON CONFLICT finds no index.
 */
export const columnTypes = {
  id: 'text',
  text: 'text',
  enum: 'text',
  date: 'text',
  json: 'text',
  array: 'text',
  int: 'int',
  bigint: 'int',
  decimal: 'int',
  boolean: 'int',
  timestamp: 'int',
  float: 'real',
  bytes: 'blob',
} as const

/**
 * Now, in milliseconds. Other programs run it by the SQLite that they have, so it is written as old
 * ones know it: before 3.42 there is no `unixepoch('subsec')`.
 */
export const nowSql: string = `cast((julianday('now') - 2440587.5) * 86400000 + 0.5 as integer)`

/** A value as better-sqlite3 binds it: times as milliseconds, decimals as scaled whole numbers. */
export function encode(field: FieldDefinition, value: unknown): unknown {
  if (value === null) return null
  switch (field.kind) {
    case 'timestamp':
      return (value as Date).getTime()
    case 'boolean':
      return value ? 1 : 0
    case 'decimal':
      return readsAsText(field)
        ? decimalToScaled(value as string)
        : Number((value as string).replace('.', ''))
    case 'json':
      return JSON.stringify(value)
    case 'array':
      return JSON.stringify(kinds.array.encode(value as never, field))
    default:
      return value
  }
}

/** An array's element as `json_each` shows it. */
export function encodeElement(element: ValueType, value: unknown): unknown {
  const json = kinds[element.kind].encode(value as never, element)
  return typeof json === 'boolean' ? Number(json) : json
}

/** The list of an `in`: one JSON text whatever its length, but floats one by one to stay exact. */
export function encodeList(field: FieldDefinition, values: readonly unknown[]): readonly unknown[] {
  const encoded = values.map((value) => encode(field, value))
  switch (field.kind) {
    case 'float':
      return encoded
    case 'bytes':
      return [JSON.stringify(values.map((value) => kinds.bytes.encode(value as never, field)))]
    case 'bigint':
    case 'decimal':
      return [`[${encoded.join()}]`]
    default:
      return [JSON.stringify(encoded)]
  }
}

/** Whether a column may hold whole numbers that a JavaScript number cannot. */
export function readsAsText(field: FieldDefinition): boolean {
  return field.kind === 'bigint' || (field.kind === 'decimal' && (field.precision ?? 18) > 15)
}

/** As `encode` does. */
function encodeSource(field: FieldDefinition, value: string, index: number): string {
  switch (field.kind) {
    case 'timestamp':
      return `${value}.getTime()`
    case 'boolean':
      return `${value} ? 1 : 0`
    case 'json':
      return `JSON.stringify(${value})`
    case 'decimal':
    case 'array':
      return `codec.encode(fields[${index}], ${value})`
    default:
      return value
  }
}

function decodeSource(field: FieldDefinition, column: string, index: number): string {
  switch (field.kind) {
    case 'timestamp':
      return `new Date(${column})`
    case 'boolean':
      return `${column} === 1`
    case 'bigint':
      return `BigInt(${column})`
    case 'json':
      return `codec.json(${column})`
    case 'bytes':
      return `new Uint8Array(${column})`
    case 'decimal':
    case 'array':
      return `codec.${field.kind}(${column}, fields[${index}])`
    default:
      return column
  }
}

/** A number of other programs that may be beyond all doubles, which JSON.parse takes for infinite. */
const largeNumber = /[eE]\+?\d\d|\d{200}/

function refuseInfinity(_key: string, value: unknown): unknown {
  if (value === Infinity || value === -Infinity)
    throw new Misfit('holds a number beyond all doubles')
  return value
}

const codec = {
  encode,
  decimal: (scaled: number | string, { scale = 0 }: ValueType) =>
    scaledToDecimal(typeof scaled === 'string' ? BigInt(scaled) : scaled, scale),
  json: (text: string): unknown =>
    JSON.parse(text, largeNumber.test(text) ? refuseInfinity : undefined),
  array: (text: string, type: ValueType) => kinds.array.decode(JSON.parse(text) as Json, type),
}

export const rowCode: RowCode = { encode: encodeSource, decode: decodeSource, codec }
