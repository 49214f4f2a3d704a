import type { ErrorCode } from '../errors/codes.ts'
import { eachRow, WherryError } from '../errors/wherry-error.ts'
import { isPlainObject, maxDepth } from '../lib/json.ts'
import type { CollectionDefinition, FieldDefinition } from '../schema/definition.ts'
import { kinds } from '../schema/kinds.ts'
import { groupShape } from './measure-field.ts'
import { operatorUse, permits, unfit, type Operator } from './operators.ts'
import { invalid, maxIncludeDepth, tooManyIncludes, undefinedKey, type Shape } from './shape.ts'

/**
 * What becomes of the values in a call on its way over the wire, at one of its ends: a client
 * encodes arguments and decodes results, a server does the opposite.
 */
export interface Conversion {
  /** A value of a field, never null; of a row or a patch of `collection`, where that is named. */
  field(field: FieldDefinition, value: unknown, collection?: string): unknown
  /** What has no field: limits, names, places in JSON. `code` is for what JSON cannot bring over. */
  plain(value: unknown, name: string, code: ErrorCode): unknown
  /** Whether all fields of a shape stay as they are, so that its rows need not be touched. */
  keeps?(shape: Shape): boolean
  /** The value of something that the schema does not know; whoever answers refuses it by name. */
  unknown(value: unknown): unknown
}

export type ReadMethod = 'find' | 'findOne' | 'get' | 'page' | 'count' | 'aggregate'
export type WriteMethod =
  'insert' | 'insertMany' | 'update' | 'updateMany' | 'upsert' | 'delete' | 'deleteMany'
export type CallMethod = ReadMethod | WriteMethod

interface Method {
  args(to: Conversion, collection: CollectionDefinition, args: readonly unknown[]): unknown[]
  result(
    to: Conversion,
    collection: CollectionDefinition,
    value: unknown,
    args: readonly unknown[],
  ): unknown
}

const rowResult: Method['result'] = (to, collection, row) => convertResult(to, collection, row)
const rowsResult: Method['result'] = (to, collection, rows) =>
  (rows as unknown[]).map((row) => convertResult(to, collection, row))
const plainResult: Method['result'] = (_, __, value) => value

/** Of a read that includes others, whose rows hold rows of other collections. */
const foundResult: Method['result'] = (to, collection, row, [query]) =>
  isIncluding(query) ? convertFound(to, collection, row) : convertResult(to, collection, row)
const allFoundResult: Method['result'] = (to, collection, rows, [query]) =>
  isIncluding(query)
    ? (rows as unknown[]).map((row) => convertFound(to, collection, row))
    : rowsResult(to, collection, rows, [query])

const queryArgs: Method['args'] = (to, collection, [query]) =>
  given(convertQuery(to, collection, query))

/** Only the last argument may be left out, and JSON would make null of it. */
function given(...args: unknown[]): unknown[] {
  return args.filter((arg) => arg !== undefined)
}

/** The reads that a client can ask for. `stream` is made of pages. */
export const readMethods: Readonly<Record<ReadMethod, Method>> = {
  find: { args: queryArgs, result: allFoundResult },
  findOne: { args: queryArgs, result: foundResult },
  get: {
    args: (to, collection, [key, options]) =>
      given(convertKey(to, collection, key), convertOptions(to, options, collection)),
    result: (to, collection, row, [, options]) => foundResult(to, collection, row, [options]),
  },
  page: {
    args: queryArgs,
    result(to, collection, value, args) {
      const { rows, next } = value as { rows: unknown[]; next: string | null }
      return { rows: allFoundResult(to, collection, rows, args), next }
    },
  },
  count: { args: queryArgs, result: plainResult },
  aggregate: {
    args: queryArgs,
    result(to, collection, rows, [query]) {
      const shape = groupShape(collection, query as object)
      return (rows as unknown[]).map((row) => convertResult(to, shape, row))
    },
  },
}

/** The writes that a client can ask for, each a mutation. */
export const writeMethods: Readonly<Record<WriteMethod, Method>> = {
  insert: {
    args: (to, collection, [row]) => [convertRow(to, collection, row)],
    result: rowResult,
  },
  insertMany: {
    args: (to, collection, [rows]) => [
      Array.isArray(rows)
        ? eachRow(rows as unknown[], (row) => convertRow(to, collection, row))
        : to.plain(rows, 'rows', 'InvalidValue'),
    ],
    result: rowsResult,
  },
  update: {
    args: (to, collection, [key, patch, options]) =>
      given(
        convertKey(to, collection, key),
        convertPatch(to, collection, patch),
        convertOptions(to, options),
      ),
    result: rowResult,
  },
  updateMany: { args: queryArgs, result: plainResult },
  upsert: { args: queryArgs, result: rowResult },
  delete: {
    args: (to, collection, [key, options]) =>
      given(convertKey(to, collection, key), convertOptions(to, options)),
    result: plainResult,
  },
  deleteMany: { args: queryArgs, result: plainResult },
}

export const callMethods: { readonly [M in CallMethod]: Method } = {
  ...readMethods,
  ...writeMethods,
}

/** A query of any method: `where` and the parts of writes by their fields, the rest as it is. */
function convertQuery(
  to: Conversion,
  collection: CollectionDefinition,
  query: unknown,
  depth = 0,
): unknown {
  if (!isPlainObject(query))
    return query === undefined ? undefined : to.plain(query, 'query', 'InvalidQuery')
  return mapObject(query, (name, value) => {
    if (value === undefined) throw undefinedKey('a query', name)
    switch (name) {
      case 'where':
        return convertFilter(to, collection, value)
      case 'include':
        return convertInclude(to, collection, value, depth)
      case 'having':
        return convertFilter(to, groupShape(collection, query), value)
      case 'insert':
        return convertRow(to, collection, value)
      case 'update':
      case 'set':
        return convertPatch(to, collection, value)
      case 'after':
        return to.plain(value, name, 'InvalidCursor')
      default:
        return to.plain(value, name, 'InvalidQuery')
    }
  })
}

function convertInclude(
  to: Conversion,
  { relations }: CollectionDefinition,
  include: unknown,
  depth: number,
): unknown {
  if (depth === maxIncludeDepth) throw tooManyIncludes()
  if (!isPlainObject(include)) return to.plain(include, 'include', 'InvalidQuery')
  return mapObject(include, (name, query) => {
    const relation = relations.get(name)
    if (relation === undefined) return to.unknown(query)
    if (query === undefined) throw invalid(`'${name}' in include is undefined; leave it out`)
    return convertQuery(to, relation.to, query, depth + 1)
  })
}

/** Of a call for one row; `collection` where they may say what of the row is read. */
function convertOptions(to: Conversion, options: unknown, collection?: CollectionDefinition) {
  if (!isPlainObject(options)) {
    return options === undefined ? undefined : to.plain(options, 'options', 'InvalidOptions')
  }
  return mapObject(options, (name, value) => {
    const isOfQuery = collection !== undefined && value !== undefined
    if (isOfQuery && name === 'include') return convertInclude(to, collection, value, 0)
    const code = isOfQuery && name === 'select' ? 'InvalidQuery' : 'InvalidOptions'
    return to.plain(value, name, code)
  })
}

function convertKey(to: Conversion, collection: CollectionDefinition, value: unknown): unknown {
  if (isPlainObject(value)) return convertFields(to, collection, value)
  const { key } = collection
  return key.length > 1 || value === null || value === undefined
    ? to.plain(value ?? null, 'key', 'InvalidValue')
    : to.field(key[0]!, value)
}

function convertRow(to: Conversion, collection: CollectionDefinition, row: unknown): unknown {
  return isPlainObject(row)
    ? convertFields(to, collection, row)
    : to.plain(row, 'row', 'InvalidValue')
}

/** A row that an engine made. Every answer passes here, so it is a plain loop. */
function convertResult(to: Conversion, shape: Shape, row: unknown): unknown {
  if (row === null || to.keeps?.(shape) === true) return row
  const { fields } = shape
  const result: Record<string, unknown> = {}
  for (const name of Object.keys(row as object)) {
    const field = fields.get(name)
    // A client knows nothing of a field that it has not been told of.
    if (field === undefined) continue
    result[name] = convertValue(to, field, (row as Record<string, unknown>)[name])
  }
  return result
}

function isIncluding(query: unknown): boolean {
  return isPlainObject(query) && query.include !== undefined
}

/** A row that may hold rows of other collections, under the names of its relations. */
function convertFound(to: Conversion, collection: CollectionDefinition, row: unknown): unknown {
  if (row === null) return null
  const found = row as Record<string, unknown>
  const result = { ...(convertResult(to, collection, found) as object) } as typeof found
  for (const { name, to: target } of collection.relations.values()) {
    const related = found[name]
    if (related === undefined) continue
    result[name] = Array.isArray(related)
      ? related.map((one) => convertFound(to, target, one))
      : convertFound(to, target, related)
  }
  return result
}

function convertFields(
  to: Conversion,
  { name: collection, fields }: Shape,
  row: Record<string, unknown>,
): Record<string, unknown> {
  return mapObject(row, (name, value) => {
    const field = fields.get(name)
    if (field === undefined) return to.unknown(value)
    return value === undefined ? undefined : convertValue(to, field, value, collection)
  })
}

function convertPatch(to: Conversion, collection: CollectionDefinition, patch: unknown): unknown {
  if (!isPlainObject(patch)) return to.plain(patch, 'patch', 'InvalidValue')
  return mapObject(patch, (name, value) => {
    const field = collection.fields.get(name)
    if (field === undefined) return to.unknown(value)
    if (value === undefined) return undefined
    if (!isPlainObject(value) || !kinds[field.kind].allows.sum)
      return convertValue(to, field, value, collection.name)
    return mapObject(value, (key, difference) => {
      if (difference === undefined) throw invalid(`'${key}' of '${name}' is undefined`)
      if (key !== 'increment') return to.unknown(difference)
      return convertValue(to, field, difference, collection.name)
    })
  })
}

/** 500 conditions, each 64 levels deep: more is refused by every planner. Shared objects count wherever they stand. */
const maxGroups = 32_000

function convertFilter(to: Conversion, shape: Shape, where: unknown): unknown {
  let groups = 0
  const group = (terms: unknown, depth: number): unknown => {
    if (depth > maxDepth || ++groups > maxGroups) {
      throw new WherryError(
        'QueryTooComplex',
        `The filter is nested deeper than ${maxDepth} levels, or too large; flatten it`,
      )
    }
    if (!isPlainObject(terms)) return to.plain(terms, 'where', 'InvalidQuery')
    return mapObject(terms, (name, value) => {
      if (name === 'NOT') return group(value, depth + 1)
      if (name === 'AND' || name === 'OR') {
        if (!Array.isArray(value)) return to.plain(value, name, 'InvalidQuery')
        return Array.from(value, (term) => group(term, depth + 1))
      }
      const field = shape.fields.get(name)
      if (field === undefined) return to.unknown(value)
      if (!isPlainObject(value)) return convertOperand(to, field, false, 'eq', value)
      const hasPath = 'path' in value
      return mapObject(value, (operator, operand) =>
        convertOperand(to, field, hasPath, operator, operand),
      )
    })
  }
  return group(where, 0)
}

/**
 * Operands of one kind are converted by it; places in JSON hold JSON already. What the field's kind
 * does not permit is refused here: no conversion is known for the operand, and null means null.
 */
function convertOperand(
  to: Conversion,
  field: FieldDefinition,
  hasPath: boolean,
  operator: string,
  operand: unknown,
): unknown {
  const place = `${field.name}.${operator}`
  if (operator === 'path') return to.plain(operand, place, 'InvalidQuery')
  if (!Object.hasOwn(operatorUse, operator)) return to.unknown(operand)
  if (operand === undefined) throw invalid(`'${operator}' on '${field.name}' is undefined`)
  const use = operatorUse[operator as Operator]
  // The empty text is part of every text, also of ids, which are not empty.
  const isPlain = use === 'null' || operand === null || (use === 'text' && operand === '')
  if (isPlain) return to.plain(operand, place, 'InvalidQuery')
  if (!hasPath && !permits(field, undefined, use)) throw unfit(field, undefined, operator)
  const type = use === 'element' ? { ...field, ...field.element! } : field
  const convert = (item: unknown) =>
    hasPath ? to.plain(item, place, 'InvalidValue') : convertValue(to, type, item)
  if (!listOperators.has(operator)) return convert(operand)
  if (!Array.isArray(operand)) return to.plain(operand, place, 'InvalidQuery')
  return Array.from(operand, (item) => {
    if (item === undefined) throw invalid(`'${operator}' on '${field.name}' lists undefined`)
    return convert(item)
  })
}

const listOperators: ReadonlySet<string> = new Set(['in', 'notIn', 'hasAny', 'hasAll'])

function convertValue(
  to: Conversion,
  field: FieldDefinition,
  value: unknown,
  collection?: string,
): unknown {
  return value === null ? null : to.field(field, value, collection)
}

/** As JSON has it: what is undefined is not there. */
function mapObject(
  object: Record<string, unknown>,
  convert: (name: string, value: unknown) => unknown,
): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const name of Object.keys(object)) {
    const value = convert(name, object[name])
    // '__proto__' is a name like others here, which an assignment would not make it.
    if (name === '__proto__') Object.defineProperty(result, name, { value, enumerable: true })
    else if (value !== undefined) result[name] = value
  }
  return result
}
