import { WherryError } from '../../errors/wherry-error.ts'
import { isPlainObject } from '../../lib/json.ts'
import type {
  CollectionDefinition,
  FieldDefinition,
  Row,
  ValueType,
} from '../../schema/definition.ts'
import { decimalToScaled, scaledToDecimal } from '../../schema/decimal.ts'
import { kinds } from '../../schema/kinds.ts'
import { expected } from '../../schema/misfit.ts'
import type { Document, Driver } from './driver.ts'

/**
 * Where a field stands in a document. The key is `_id`, so that the database itself keeps it unique;
 * a key of several fields is a document there.
 */
export function pathOf({ key }: CollectionDefinition, field: FieldDefinition): string {
  if (!key.includes(field)) return field.column
  return key.length === 1 ? '_id' : `_id.${field.column}`
}

/** Rows as documents, and documents as rows. Null is not stored: a field that is null is absent. */
export class DocumentCode {
  readonly #double: Driver['Double']

  constructor(driver: Driver) {
    this.#double = driver.Double
  }

  toDocument(collection: CollectionDefinition, row: Row): Document {
    const document: Document = { _id: this.idOf(collection, row) }
    for (const { field, name, column, isKey } of placesOf(collection, collection.fieldList)) {
      const value = row[name]
      if (value !== null && !isKey) document[column] = this.encode(field, value)
    }
    return document
  }

  /** What `_id` holds for this row. */
  idOf({ key }: CollectionDefinition, row: Row): unknown {
    const [first] = key
    if (key.length === 1) return this.encode(first!, row[first!.name])
    return Object.fromEntries(
      key.map((field) => [field.column, this.encode(field, row[field.name])]),
    )
  }

  /** Throws Misfit where a value is none of its field's kind. */
  toRow(
    collection: CollectionDefinition,
    fields: readonly FieldDefinition[],
    document: Document,
  ): Row {
    const row: Row = {}
    for (const { field, name, column, part, read } of placesOf(collection, fields)) {
      const stored = Object.hasOwn(document, column) ? document[column] : undefined
      const value = part === undefined ? stored : partOf(collection.key, stored, part)
      if (value !== undefined && value !== null) row[name] = read(value, field)
      else if (field.nullable) row[name] = null
      else throw missingField(collection, field)
    }
    return row
  }

  /** A value that is not null as the driver is given it. */
  encode(type: ValueType, value: unknown): unknown {
    switch (type.kind) {
      case 'int':
        // The driver would store a number beyond 32 bits as a double.
        return Math.abs(value as number) < 2 ** 31 ? value : BigInt(value as number)
      case 'float':
        return new this.#double(value as number)
      case 'decimal':
        return decimalToScaled(value as string)
      case 'array':
        return (value as unknown[]).map((item) => this.encode(type.element!, item))
      case 'json':
        return encodeJson(value)
      default:
        return value
    }
  }
}

/**
 * Others may have stored a key that has no parts, or has them in another order: to the server that is
 * another key, by which one row could be there twice.
 */
function partOf(key: readonly FieldDefinition[], id: unknown, column: string): unknown {
  if (!isPlainObject(id)) return undefined
  const places = Object.keys(id).map((name) => key.findIndex((field) => field.column === name))
  if (places.every((place, at) => place > (places[at - 1] ?? -1))) return id[column]
  throw expected(`in a key of ${key.map((field) => field.column).join(', ')}, in this order`, id)
}

/** Where a field stands, and what reads it: looked up once, and not for each document. */
interface Place {
  readonly field: FieldDefinition
  readonly name: string
  /** Its own, or '_id'. */
  readonly column: string
  readonly isKey: boolean
  /** Of a key of several fields: which one. */
  readonly part: string | undefined
  readonly read: Reader
}

const places = new WeakMap<readonly FieldDefinition[], readonly Place[]>()

function placesOf(
  { key }: CollectionDefinition,
  fields: readonly FieldDefinition[],
): readonly Place[] {
  const known = places.get(fields)
  if (known !== undefined) return known
  const made = fields.map((field): Place => {
    const { name, column } = field
    const isKey = key.includes(field)
    const part = isKey && key.length > 1 ? column : undefined
    return { field, name, column: isKey ? '_id' : column, isKey, part, read: readerOf(field) }
  })
  places.set(fields, made)
  return made
}

/** Makes a value of a type of what the driver has made of the stored one. */
type Reader = (value: unknown, type: ValueType) => unknown

function readerOf({ kind }: ValueType): Reader {
  switch (kind) {
    case 'int':
    case 'float':
      return (value, type) => kinds[kind].accept(wholeAsNumber(value), type)
    case 'bigint':
      return (value, type) => kinds.bigint.accept(wholeNumber(value), type)
    case 'decimal':
      return (value, type) =>
        kinds.decimal.accept(scaledToDecimal(wholeNumber(value), type.scale ?? 0), type)
    case 'array':
      return (value, { element }) => {
        if (!Array.isArray(value)) throw expected('an array', value)
        return value.map((item) => decode(element!, item))
      }
    case 'json':
      return (value, type) => kinds.json.accept(decodeJson(value), type)
    case 'enum':
      return (value, type) => kinds.enum.decode(value as never, type)
    default:
      return kinds[kind].accept
  }
}

/** What the driver makes of a stored value, as a value of the type. */
export function decode(type: ValueType, value: unknown): unknown {
  return readerOf(type)(value, type)
}

/** The driver takes an object with a '_bsontype' for one of its own classes, but no map. */
function encodeJson(value: unknown): unknown {
  if (!holds(value, (item) => isPlainObject(item) && '_bsontype' in item)) return value
  if (Array.isArray(value)) return value.map(encodeJson)
  const entries = Object.entries(value as Document)
  return new Map(entries.map(([key, item]) => [key, encodeJson(item)] as const))
}

/** Whole numbers that others wrote in 64 bits are numbers, too, if one can hold them. */
function decodeJson(value: unknown): unknown {
  if (!holds(value, (item) => typeof item === 'bigint')) return value
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value
  }
  if (Array.isArray(value)) return value.map(decodeJson)
  const entries = Object.entries(value as Document)
  return Object.fromEntries(entries.map(([key, item]) => [key, decodeJson(item)]))
}

/** Whether something is so of a JSON value, or of any that is in it; most have nothing of the kind. */
function holds(value: unknown, isSo: (item: unknown) => boolean): boolean {
  if (isSo(value)) return true
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some((item) => holds(item, isSo))
}

function missingField({ name }: CollectionDefinition, field: FieldDefinition): WherryError {
  return new WherryError(
    'SchemaMismatch',
    `A document of '${name}' has no '${field.column}', which the schema needs; connect with ` +
      `{ ensure: 'create' } to add it, or make the field nullable`,
    { collection: name, fields: [field.name] },
  )
}

/** Others may have written a number in 64 bits; what no number can hold exactly stays what it is. */
function wholeAsNumber(value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  return BigInt(number) === value ? number : value
}

/** Whole numbers of 64 bits are bigints here; smaller ones that others wrote may be numbers. */
function wholeNumber(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  throw expected('a whole number', value)
}
