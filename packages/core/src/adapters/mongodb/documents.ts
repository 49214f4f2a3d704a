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
    const { key, fieldList } = collection
    const document: Document = { _id: this.idOf(collection, row) }
    for (const field of fieldList) {
      const value = row[field.name]
      if (value !== null && !key.includes(field)) document[field.column] = this.encode(field, value)
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
    const { key } = collection
    const row: Row = {}
    for (const field of fields) {
      const { name, column } = field
      const value = !key.includes(field)
        ? ownValue(document, column)
        : key.length === 1
          ? document._id
          : partOf(key, document._id, column)
      if (value !== undefined && value !== null) row[name] = decode(field, value)
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

/** What the driver makes of a stored value, as a value of the field's type. */
export function decode(type: ValueType, value: unknown): unknown {
  switch (type.kind) {
    case 'int':
      return kinds.int.accept(typeof value === 'bigint' ? Number(value) : value, type)
    case 'float':
      return kinds.float.accept(typeof value === 'bigint' ? Number(value) : value, type)
    case 'bigint':
      return kinds.bigint.accept(wholeNumber(value), type)
    case 'decimal':
      return kinds.decimal.accept(scaledToDecimal(wholeNumber(value), type.scale ?? 0), type)
    case 'array':
      if (!Array.isArray(value)) throw expected('an array', value)
      return value.map((item) => decode(type.element!, item))
    case 'json':
      return kinds.json.accept(decodeJson(value), type)
    case 'enum':
      return kinds.enum.decode(value as never, type)
    default:
      return kinds[type.kind].accept(value, type)
  }
}

/** The driver takes an object with a '_bsontype' for one of its own classes, but no map. */
function encodeJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(encodeJson)
  if (!isPlainObject(value)) return value
  const entries = Object.entries(value).map(([key, item]) => [key, encodeJson(item)] as const)
  return '_bsontype' in value ? new Map(entries) : Object.fromEntries(entries)
}

/** Whole numbers that others wrote in 64 bits are numbers, too, if one can hold them. */
function decodeJson(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value
  }
  if (Array.isArray(value)) return value.map(decodeJson)
  if (!isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decodeJson(item)]))
}

function missingField({ name }: CollectionDefinition, field: FieldDefinition): WherryError {
  return new WherryError(
    'SchemaMismatch',
    `A document of '${name}' has no '${field.column}', which the schema needs; connect with ` +
      `{ ensure: 'create' } to add it, or make the field nullable`,
    { collection: name, fields: [field.name] },
  )
}

/** A document has what every object inherits, too, where the name is such a one. */
function ownValue(document: Document, column: string): unknown {
  return Object.hasOwn(document, column) ? document[column] : undefined
}

/** Whole numbers of 64 bits are bigints here; smaller ones that others wrote may be numbers. */
function wholeNumber(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  throw expected('a whole number', value)
}
