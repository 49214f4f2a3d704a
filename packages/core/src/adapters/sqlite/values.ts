import type { Json } from '../../lib/json.ts'
import type { FieldDefinition, Row, ValueType } from '../../schema/definition.ts'
import { decimalToScaled, scaledToDecimal } from '../../schema/decimal.ts'
import { kinds } from '../../schema/kinds.ts'
import type { RowMapper } from '../sql/groups.ts'

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

/**
 * A function that makes a row of the columns that `fields` were read into. It is generated, because
 * one object literal with all keys is several times faster than assigning them in a loop. Names
 * enter it only as JSON texts, and come from the schema, which refuses `__proto__`.
 */
export function createRowMapper(fields: readonly FieldDefinition[]): RowMapper {
  const entries = fields.map(
    (field, index) =>
      `${JSON.stringify(field.name)}: ${unlessNull(field, `c[${index}]`, decodeSource(field, `c[${index}]`, index))}`,
  )
  return generate(`(c) => ({ ${entries.join(', ')} })`, fields) as RowMapper
}

/** The reverse: a function that makes a row's columns as better-sqlite3 binds them. */
export function createRowBinder(fields: readonly FieldDefinition[]): (row: Row) => unknown[] {
  const columns = fields.map((field, index) => {
    const value = `r[${JSON.stringify(field.name)}]`
    return unlessNull(field, value, encodeSource(field, value, index))
  })
  return generate(`(r) => [${columns.join(', ')}]`, fields) as (row: Row) => unknown[]
}

function generate(source: string, fields: readonly FieldDefinition[]): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval -- see above
  const create = new Function('fields', 'codec', `'use strict'; return ${source}`) as (
    fields: readonly FieldDefinition[],
    codec: typeof codecs,
  ) => unknown
  return create(fields, codecs)
}

function unlessNull({ nullable }: FieldDefinition, value: string, coded: string): string {
  return nullable && coded !== value ? `${value} === null ? null : ${coded}` : coded
}

/** The expression that encodes a value which is not null, as `encode` does. */
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

/** The expression that decodes a column which is not null. */
function decodeSource(field: FieldDefinition, column: string, index: number): string {
  switch (field.kind) {
    case 'timestamp':
      return `new Date(${column})`
    case 'boolean':
      return `${column} === 1`
    case 'bigint':
      return `BigInt(${column})`
    case 'json':
      return `JSON.parse(${column})`
    case 'bytes':
      return `new Uint8Array(${column})`
    case 'decimal':
    case 'array':
      return `codec.${field.kind}(${column}, fields[${index}])`
    default:
      return column
  }
}

const codecs = {
  encode,
  decimal: (scaled: number | string, { scale = 0 }: ValueType) =>
    scaledToDecimal(typeof scaled === 'string' ? BigInt(scaled) : scaled, scale),
  array: (text: string, type: ValueType) => kinds.array.decode(JSON.parse(text) as Json, type),
}
