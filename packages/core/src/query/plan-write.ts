import { eachRow, WherryError } from '../errors/wherry-error.ts'
import { isPlainObject } from '../lib/json.ts'
import { acceptField, invalidValue } from '../schema/accept.ts'
import { checkRow } from '../schema/codec.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../schema/definition.ts'
import { kinds } from '../schema/kinds.ts'
import { got } from '../lib/got.ts'
import { invalidOptions } from '../lib/options.ts'
import {
  planMark,
  type Assignment,
  type DeletePlan,
  type Filter,
  type InsertPlan,
  type UpdatePlan,
  type UpsertPlan,
} from './ast.ts'
import { join, parseFilter } from './parse-filter.ts'
import { keyFilter } from './plan-find.ts'
import { checkKeys, invalid, unknownField } from './shape.ts'

/** What a plan takes from outside the query: the time of the write and new ids. */
export interface WriteContext {
  now(): number
  newId(): string
}

export function planInsert(
  collection: CollectionDefinition,
  rows: readonly unknown[],
  context: WriteContext,
): InsertPlan {
  const nowMs = context.now()
  const complete = eachRow(rows, (row) => completeRow(collection, row, nowMs, context))
  return { [planMark]: true, kind: 'insert', collection, rows: complete }
}

/** Changes one row by its key, if it still has the version that the caller saw. */
export function planUpdate(
  collection: CollectionDefinition,
  key: unknown,
  patch: unknown,
  ifVersion: unknown,
  context: WriteContext,
): UpdatePlan {
  const filter = keyAndVersion(collection, key, ifVersion)
  const set = parsePatch(collection, patch, context)
  return { [planMark]: true, kind: 'update', collection, filter, set, returning: true }
}

const updateManyKeys = new Set(['where', 'set'])

export function planUpdateMany(
  collection: CollectionDefinition,
  query: unknown,
  context: WriteContext,
): UpdatePlan {
  checkKeys('updateMany', query, updateManyKeys)
  const filter = requiredWhere(collection, 'updateMany', query)
  const set = parsePatch(collection, (query as { set?: unknown }).set, context)
  const unique = set.find(
    ({ field, operation }) => operation === 'increment' && isUnique(collection, field),
  )
  if (unique !== undefined) {
    throw invalid(
      `updateMany cannot increment '${unique.field.name}', which is part of a unique index: ` +
        `the outcome would depend on the order of the rows; update them one by one`,
    )
  }
  return { [planMark]: true, kind: 'update', collection, filter, set, returning: false }
}

const upsertKeys = new Set(['on', 'insert', 'update'])

export function planUpsert(
  collection: CollectionDefinition,
  query: unknown,
  context: WriteContext,
): UpsertPlan {
  checkKeys('upsert', query, upsertKeys)
  const { on, insert, update } = query as Record<string, unknown>
  return {
    [planMark]: true,
    kind: 'upsert',
    collection,
    row: completeRow(collection, insert, context.now(), context),
    on: parseConflictTarget(collection, on),
    set: parsePatch(collection, update, context),
  }
}

export function planDelete(
  collection: CollectionDefinition,
  key: unknown,
  ifVersion: unknown,
): DeletePlan {
  const filter = keyAndVersion(collection, key, ifVersion)
  return { [planMark]: true, kind: 'delete', collection, filter }
}

const deleteManyKeys = new Set(['where'])

export function planDeleteMany(collection: CollectionDefinition, query: unknown): DeletePlan {
  checkKeys('deleteMany', query, deleteManyKeys)
  const filter = requiredWhere(collection, 'deleteMany', query)
  return { [planMark]: true, kind: 'delete', collection, filter }
}

const blankRows = new WeakMap<CollectionDefinition, Row>()

/** Rows that are copied from one object share its hidden class, and are made and read faster. */
function blankRow(collection: CollectionDefinition): Row {
  let blank = blankRows.get(collection)
  if (blank === undefined) {
    blank = Object.fromEntries(collection.fieldList.map(({ name }) => [name, null]))
    blankRows.set(collection, blank)
  }
  return blank
}

/** Every field of the collection, from the input, its default, or the service itself. */
function completeRow(
  collection: CollectionDefinition,
  input: unknown,
  nowMs: number,
  context: WriteContext,
): Row {
  checkRow(collection, input)
  for (const name of Object.keys(input)) {
    if (!collection.fields.has(name)) throw unknownField(collection, name)
  }
  const row = { ...blankRow(collection) }
  for (const field of collection.fieldList) {
    const given = input[field.name]
    row[field.name] =
      given === undefined
        ? absentValue(collection, field, nowMs, context)
        : givenValue(collection, field, given)
  }
  return row
}

function givenValue(collection: CollectionDefinition, field: FieldDefinition, value: unknown) {
  if (field.managed === 'updatedAt' || field.managed === 'version') throw managed(collection, field)
  return acceptField(field, value, collection.name)
}

function absentValue(
  collection: CollectionDefinition,
  field: FieldDefinition,
  nowMs: number,
  context: WriteContext,
): unknown {
  if (field.managed !== undefined) return field.managed === 'version' ? 1 : new Date(nowMs)
  if (field.defaultValue !== undefined) {
    let value: unknown
    try {
      value = field.defaultValue()
    } catch (cause) {
      throw invalidValue(
        field,
        collection.name,
        `The default of '${field.name}' threw instead of answering; see the cause`,
        cause,
      )
    }
    // A constant has been accepted once for all, by a check too, which may change what it is given.
    return field.constantDefault === undefined ? acceptField(field, value, collection.name) : value
  }
  if (field.nullable) return null
  if (field.kind === 'id' && field.ref === undefined) return context.newId()
  throw invalidValue(
    field,
    collection.name,
    `'${field.name}' of '${collection.name}' is missing; give it a value, or declare it nullable or with a default`,
  )
}

/** A patch as assignments, with what the service itself changes on every update. */
function parsePatch(
  collection: CollectionDefinition,
  patch: unknown,
  context: WriteContext,
): Assignment[] {
  if (!isPlainObject(patch)) {
    throw new WherryError(
      'InvalidValue',
      `A patch of '${collection.name}' is a plain object, ${got(patch)}`,
    )
  }
  const set: Assignment[] = []
  for (const name of Object.keys(patch)) {
    const field = collection.fields.get(name)
    if (field === undefined) throw unknownField(collection, name)
    const value = patch[name]
    if (value !== undefined) set.push(parseAssignment(collection, field, value))
  }
  if (set.length === 0) {
    throw new WherryError('InvalidValue', `A patch of '${collection.name}' must set a field`)
  }
  for (const field of collection.fieldList) {
    if (field.managed === 'version') set.push({ field, operation: 'increment', value: 1 })
    if (field.managed === 'updatedAt') {
      set.push({ field, operation: 'set', value: new Date(context.now()) })
    }
  }
  return set
}

function parseAssignment(
  collection: CollectionDefinition,
  field: FieldDefinition,
  value: unknown,
): Assignment {
  if (field.managed !== undefined) throw managed(collection, field)
  if (collection.key.includes(field)) {
    throw invalidValue(
      field,
      collection.name,
      `'${field.name}' is the key of '${collection.name}' and cannot change; insert a new row and delete this one`,
    )
  }
  if (kinds[field.kind].allows.sum && isPlainObject(value)) {
    checkKeys(`The change of '${field.name}'`, value, new Set(['increment']))
    if (field.check !== undefined) {
      throw invalidValue(
        field,
        collection.name,
        `'${field.name}' has a check, which an increment in the database cannot be put through; set a value`,
      )
    }
    const difference = { ...field, nullable: false }
    return {
      field,
      operation: 'increment',
      value: acceptField(difference, value.increment, collection.name),
    }
  }
  return { field, operation: 'set', value: acceptField(field, value, collection.name) }
}

function keyAndVersion(collection: CollectionDefinition, key: unknown, ifVersion: unknown): Filter {
  const filter = keyFilter(collection, key)
  if (ifVersion === undefined) return filter
  if (collection.version === undefined) {
    throw invalidOptions(
      `'${collection.name}' has no version field, so ifVersion means nothing; declare one with t.version()`,
    )
  }
  if (!Number.isSafeInteger(ifVersion)) {
    throw invalidOptions(
      `'ifVersion' is the version that was read, a whole number, ${got(ifVersion)}`,
    )
  }
  return join([filter, parseFilter(collection, { [collection.version.name]: ifVersion })], 'and')
}

function requiredWhere(collection: CollectionDefinition, method: string, query: unknown): Filter {
  const { where } = query as { where?: unknown }
  if (where === undefined) {
    throw invalid(`${method} needs 'where'; {} spells out every row`)
  }
  return parseFilter(collection, where)
}

function parseConflictTarget(
  collection: CollectionDefinition,
  on: unknown,
): readonly FieldDefinition[] {
  const names = Array.isArray(on) ? (on as unknown[]) : []
  const fits = (fields: readonly FieldDefinition[]) =>
    fields.length === names.length && fields.every(({ name }) => names.includes(name))
  const target = [collection.key, ...uniqueIndexes(collection)].find(fits)
  if (target === undefined) {
    throw invalid(
      `upsert's 'on' must name the key or a unique index of '${collection.name}', such as ` +
        JSON.stringify(collection.key.map(({ name }) => name)),
    )
  }
  return target
}

function uniqueIndexes(collection: CollectionDefinition) {
  return collection.indexes.filter(({ unique }) => unique).map(({ fields }) => fields)
}

function isUnique(collection: CollectionDefinition, field: FieldDefinition): boolean {
  return uniqueIndexes(collection).some((fields) => fields.includes(field))
}

function managed(collection: CollectionDefinition, field: FieldDefinition): WherryError {
  return invalidValue(
    field,
    collection.name,
    `'${field.name}' of '${collection.name}' is kept by the service; leave it out`,
  )
}
