import type { Json } from '../../lib/json.ts'
import { kinds } from '../../schema/kinds.ts'
import type { FieldDefinition, Kind, ValueType } from '../../schema/definition.ts'
import { Misfit } from '../../schema/misfit.ts'
import { isoTime } from '../sql/iso-time.ts'
import type { RowCode } from '../sql/row-code.ts'
import { timestamp } from './timestamp.ts'

/** The column type of each kind, without the precision of a decimal and without collations. */
export const columnTypes: Readonly<Record<Kind, string>> = {
  id: 'text',
  text: 'text',
  enum: 'text',
  int: 'bigint',
  bigint: 'bigint',
  float: 'double precision',
  decimal: 'numeric',
  boolean: 'boolean',
  timestamp: 'timestamp(3) with time zone',
  date: 'date',
  bytes: 'bytea',
  json: 'jsonb',
  array: 'jsonb',
}

/** A value as text, or as a buffer, as the protocol carries it. Null stays null. */
export function encode(field: FieldDefinition, value: unknown): unknown {
  return value === null ? null : encodePresent(field, value)
}

function encodePresent(field: FieldDefinition, value: unknown): unknown {
  switch (field.kind) {
    case 'timestamp':
      return isoTime(value as Date)
    case 'bytes':
      return Buffer.from(value as Uint8Array)
    case 'boolean':
      return value ? 't' : 'f'
    case 'json':
      return JSON.stringify(value)
    case 'array':
      return JSON.stringify(kinds.array.encode(value as never, field))
    case 'int':
    case 'bigint':
    case 'float':
      return String(value)
    default:
      return value
  }
}

/** The literal of a PostgreSQL array of encoded values of a kind. */
export function arrayLiteral(kind: Kind, values: readonly unknown[]): string {
  const element = isPlain.has(kind) ? String : quoted
  let elements = ''
  for (const value of values) elements += `,${value === null ? 'null' : element(value)}`
  return `{${elements.slice(1)}}`
}

/** Kinds whose encoded values need no quotes: digits and such, and no word that means null. */
const isPlain: ReadonlySet<Kind> = new Set([
  'int',
  'bigint',
  'float',
  'decimal',
  'boolean',
  'timestamp',
  'date',
])

function quoted(value: unknown): string {
  if (typeof value !== 'string') return `"\\\\x${Buffer.from(value as Uint8Array).toString('hex')}"`
  let text = value
  if (text.includes('\\')) text = text.replaceAll('\\', '\\\\')
  if (text.includes('"')) text = text.replaceAll('"', '\\"')
  return `"${text}"`
}

function encodeSource(field: FieldDefinition, value: string, index: number): string {
  switch (field.kind) {
    case 'timestamp':
      return `codec.isoTime(${value})`
    case 'boolean':
      return `${value} ? 't' : 'f'`
    case 'json':
      return `JSON.stringify(${value})`
    case 'bytes':
    case 'array':
      return `codec.encode(fields[${index}], ${value})`
    case 'int':
    case 'bigint':
    case 'float':
      return `String(${value})`
    default:
      return value
  }
}

/** Columns come as the texts that the server writes. */
function decodeSource(field: FieldDefinition, column: string, index: number): string {
  switch (field.kind) {
    case 'int':
      return `codec.int(${column})`
    case 'float':
      return `+${column}`
    case 'bigint':
      return `BigInt(${column})`
    case 'boolean':
      return `${column} === 't'`
    case 'timestamp':
      return `codec.timestamp(${column})`
    case 'json':
      return `JSON.parse(${column})`
    case 'bytes':
    case 'array':
      return `codec.${field.kind}(${column}, fields[${index}])`
    default:
      return column
  }
}

function int(text: string): number {
  const value = +text
  if (Number.isSafeInteger(value)) return value
  throw new Misfit(`holds ${text}, which is beyond 2^53`)
}

const codec = {
  encode: encodePresent,
  isoTime,
  int,
  timestamp,
  bytes: (text: string) => new Uint8Array(Buffer.from(text.slice(2), 'hex')),
  array: (text: string, type: ValueType) => kinds.array.decode(JSON.parse(text) as Json, type),
}

export const rowCode: RowCode = { encode: encodeSource, decode: decodeSource, codec }
