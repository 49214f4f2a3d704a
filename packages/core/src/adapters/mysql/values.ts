import type { Json } from '../../lib/json.ts'
import type { FieldDefinition, ValueType } from '../../schema/definition.ts'
import { kinds, maxIndexedLength } from '../../schema/kinds.ts'
import { Misfit } from '../../schema/misfit.ts'
import { isoTime } from '../sql/iso-time.ts'
import type { RowCode } from '../sql/row-code.ts'

/** Two engines of one family, told apart by what they say of themselves on connecting. */
export type Flavor = 'mariadb' | 'mysql'

/** The collations that compare texts by their bytes, and count the spaces at their end. */
export const collations: { readonly [F in Flavor]: string } = {
  mariadb: 'utf8mb4_nopad_bin',
  mysql: 'utf8mb4_0900_bin',
}

/** The column type of a field, without its collation. */
export function columnType(field: ValueType): string {
  switch (field.kind) {
    case 'id':
    case 'enum':
      return shortText
    case 'text':
      return (field.maxLength ?? Infinity) <= maxIndexedLength ? shortText : 'longtext'
    case 'json':
    case 'array':
      return 'longtext'
    case 'int':
    case 'bigint':
      return 'bigint'
    case 'decimal':
      return `decimal(${field.precision},${field.scale})`
    case 'float':
      return 'double'
    case 'boolean':
      return 'tinyint(1)'
    case 'timestamp':
      return 'datetime(3)'
    case 'date':
      return 'date'
    case 'bytes':
      return 'longblob'
  }
}

/** Of one length for all, so that a schema may make a text longer until it no longer fits here. */
const shortText = `varchar(${maxIndexedLength})`

export function isText({ kind }: ValueType): boolean {
  return ['id', 'text', 'enum', 'json', 'array'].includes(kind)
}

/** A value as the driver binds it: times as texts, decimals too. */
export function encode(field: FieldDefinition, value: unknown): unknown {
  if (value === null) return null
  switch (field.kind) {
    case 'int':
      return wholeNumber(value as number)
    case 'boolean':
      return value ? 1 : 0
    case 'timestamp':
      return timeText(value as Date)
    case 'bytes':
      return asBuffer(value as Uint8Array)
    case 'json':
      return JSON.stringify(value)
    case 'array':
      return JSON.stringify(kinds.array.encode(value as never, field))
    default:
      return value
  }
}

/** The driver binds larger numbers as doubles, and would have the server reckon with these. */
function wholeNumber(value: number): number | bigint {
  return Math.abs(value) < 2 ** 31 ? value : BigInt(value)
}

/** 'YYYY-MM-DDTHH:MM:SS.mmm', in UTC as the session is. */
export function timeText(time: Date): string {
  return isoTime(time).slice(0, -1)
}

/** The driver takes other byte arrays for objects, and would store them as JSON. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** As `encode` does. */
function encodeSource(field: FieldDefinition, value: string, index: number): string {
  switch (field.kind) {
    case 'int':
      return `codec.wholeNumber(${value})`
    case 'boolean':
      return `${value} ? 1 : 0`
    case 'timestamp':
      return `codec.timeText(${value})`
    case 'bytes':
      return `codec.asBuffer(${value})`
    case 'json':
      return `JSON.stringify(${value})`
    case 'array':
      return `codec.encode(fields[${index}], ${value})`
    default:
      return value
  }
}

function decodeSource(field: FieldDefinition, column: string, index: number): string {
  switch (field.kind) {
    case 'int':
      return `codec.int(${column})`
    case 'bigint':
      return `BigInt(${column})`
    case 'boolean':
      return `${column} === 1`
    case 'timestamp':
      return `new Date(${column})`
    case 'bytes':
      return `new Uint8Array(${column})`
    case 'json':
      return `JSON.parse(${column})`
    case 'array':
      return `codec.array(${column}, fields[${index}])`
    default:
      return column
  }
}

const codec = {
  encode,
  wholeNumber,
  timeText,
  asBuffer,
  int(value: number | bigint): number {
    const number = Number(value)
    if (!Number.isSafeInteger(number)) throw new Misfit(`holds ${value}, which is beyond 2^53`)
    return number
  },
  array: (text: string, type: ValueType) => kinds.array.decode(JSON.parse(text) as Json, type),
}

export const rowCode: RowCode = { encode: encodeSource, decode: decodeSource, codec }
