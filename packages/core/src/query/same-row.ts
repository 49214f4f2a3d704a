import { canonicalJson } from '../lib/json.ts'
import { encodeValue } from '../schema/codec.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../schema/definition.ts'
import { identity } from './evaluate.ts'

/** Whether two rows have the same values, also in what they include. */
export function isSameRow(collection: CollectionDefinition, a: Row, b: Row): boolean {
  if (a === b) return true
  for (const field of collection.fieldList) {
    if (!isSameValue(field, a[field.name], b[field.name])) return false
  }
  for (const { name, to } of collection.relations.values()) {
    if (!isSameRelated(to, a[name], b[name])) return false
  }
  return true
}

function isSameValue(field: FieldDefinition, a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a === null || b === null || a === undefined || b === undefined) return false
  const isWhole = field.kind === 'json' || field.element !== undefined
  if (!isWhole) return identity(field, a) === identity(field, b)
  return canonicalJson(encodeValue(field, a)) === canonicalJson(encodeValue(field, b))
}

/** A row or none, a list of rows, or nothing where it is not included. */
function isSameRelated(collection: CollectionDefinition, a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((row, at) => isSameRelated(collection, row, b[at]))
  }
  return a === b || (isRow(a) && isRow(b) && isSameRow(collection, a, b))
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null
}
