import { WherryError } from '../errors/wherry-error.ts'
import { got } from '../lib/got.ts'
import { isPlainObject, type Json } from '../lib/json.ts'
import type { CollectionDefinition, FieldDefinition, Row, ValueType } from './definition.ts'
import { kinds } from './kinds.ts'
import { Misfit } from './misfit.ts'

/**
 * The row codec: the one JSON form of a row, on the wire, in the log, in queues and in backups.
 * What is encoded and decoded again is equal; what is decoded has been checked.
 */
export function encodeRow(collection: CollectionDefinition, row: Row): { [field: string]: Json } {
  checkRow(collection, row)
  const json: { [name: string]: Json } = {}
  for (const field of collection.fieldList) {
    const value = row[field.name]
    if (value !== undefined) json[field.name] = encodeValue(field, value)
  }
  for (const { name, to } of collection.relations.values()) {
    const related = row[name] as Related<Row> | undefined
    if (related !== undefined) json[name] = mapRelated(related, (one) => encodeRow(to, one))
  }
  return json
}

/** Refuses what is no object; what it holds is for each field to say. */
export function checkRow(
  { name: collection }: CollectionDefinition,
  row: unknown,
): asserts row is Row {
  if (isPlainObject(row)) return
  const message = `A row of '${collection}' is a plain object, ${got(row)}`
  throw new WherryError('InvalidValue', message, { collection })
}

/** Decodes the fields that are there (a selection may leave some out), and what is included; others are refused. */
export function decodeRow(collection: CollectionDefinition, json: Json): Row {
  if (!isPlainObject(json)) throw corrupt(collection.name, 'a row is not an object')
  const row: Row = {}
  for (const name of Object.keys(json)) {
    const field = collection.fields.get(name)
    const relation = collection.relations.get(name)
    if (field !== undefined) {
      row[name] = decodeValue(field, json[name]!)
      if (row[name] === null && !field.nullable) throw corrupt(name, 'it is never null')
    } else if (relation !== undefined) {
      row[name] = mapRelated<Json, Row>(json[name]!, (one) => decodeRow(relation.to, one))
    } else throw corrupt(collection.name, `a row has the unknown field '${name}'`)
  }
  return row
}

/** What stands under the name of a relation: a row or none, or a list of them. */
type Related<T> = T | null | readonly T[]

function mapRelated<T, U>(related: Related<T>, map: (one: T) => U): U | null | U[] {
  if (Array.isArray(related)) return related.map(map)
  return related === null ? null : map(related as T)
}

export function encodeValue(field: FieldDefinition, value: unknown): Json {
  return value === null || value === undefined
    ? null
    : kinds[field.kind].encode(value as never, field)
}

/** Whether values of a type are their own encoding. */
export function isJson({ kind, element }: ValueType): boolean {
  return element === undefined ? kinds[kind].encode === kinds.text.encode : isJson(element)
}

export function decodeValue(field: FieldDefinition, json: Json): unknown {
  if (json === null) return null
  try {
    return kinds[field.kind].decode(json, field)
  } catch (error) {
    if (error instanceof Misfit) throw corrupt(field.name, error.message)
    throw error
  }
}

/** A copy that shares nothing mutable with the row. */
export function copyRow(fields: readonly FieldDefinition[], row: Row): Row {
  const copy: Row = {}
  for (const field of fields) copy[field.name] = copyValue(field, row[field.name])
  return copy
}

export function copyValue(type: ValueType, value: unknown): unknown {
  const { copy } = kinds[type.kind]
  return copy === undefined || value === null ? value : copy(value as never)
}

function corrupt(where: string, fault: string): WherryError {
  return new WherryError('CorruptValue', `Cannot decode '${where}': ${fault}`)
}
