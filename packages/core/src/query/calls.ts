import type { ErrorCode } from '../errors/codes.ts'
import { eachRow, WherryError } from '../errors/wherry-error.ts'
import { isPlainObject, maxDepth } from '../lib/json.ts'
import type { CollectionDefinition, FieldDefinition } from '../schema/definition.ts'
import { kinds } from '../schema/kinds.ts'
import { parseMeasured } from './measures.ts'
import { operatorUse, permits, type Operator } from './operators.ts'
import { invalid, type Shape } from './shape.ts'

/**
 * What becomes of the values in a call on its way over the wire, at one of its ends: a client
 * encodes arguments and decodes results, a server does the opposite.
 */
export interface Conversion {
  /** A value of a field. Null is passed by. */
  field(field: FieldDefinition, value: unknown): unknown
  /** What has no field: limits, names, places in JSON. `code` is that of a value unfit for JSON. */
  plain(value: unknown, code: ErrorCode): unknown
  /** The value of something that the schema does not know; whoever answers refuses it by name. */
  unknown(value: unknown): unknown
}

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

const queryArgs: Method['args'] = (to, collection, [query]) => [convertQuery(to, collection, query)]

/** The reads that a client can ask for. `stream` is made of pages. */
export const readMethods = {
  find: { args: queryArgs, result: rowsResult },
  findOne: { args: queryArgs, result: rowResult },
  get: {
    args: (to, collection, [key, options]) => [
      convertKey(to, collection, key),
      convertQuery(to, collection, options),
    ],
    result: rowResult,
  },
  page: {
    args: queryArgs,
    result(to, collection, value, args) {
      const { rows, next } = value as { rows: unknown[]; next: string | null }
      return { rows: rowsResult(to, collection, rows, args), next }
    },
  },
  count: { args: queryArgs, result: plainResult },
  aggregate: {
    args: queryArgs,
    result(to, collection, rows, [query]) {
      const shape = parseMeasured(collection, query as object).result
      return (rows as unknown[]).map((row) => convertResult(to, shape, row))
    },
  },
} satisfies Record<string, Method>

/** The writes that a client can ask for, each a mutation. */
export const writeMethods = {
  insert: {
    args: (to, collection, [row]) => [convertRow(to, collection, row)],
    result: rowResult,
  },
  insertMany: {
    args: (to, collection, [rows]) => [
      Array.isArray(rows)
        ? eachRow(rows as unknown[], (row) => convertRow(to, collection, row))
        : to.plain(rows, 'InvalidValue'),
    ],
    result: rowsResult,
  },
  update: {
    args: (to, collection, [key, patch, options]) => [
      convertKey(to, collection, key),
      convertPatch(to, collection, patch),
      writeOptions(to, options),
    ],
    result: rowResult,
  },
  updateMany: { args: queryArgs, result: plainResult },
  upsert: { args: queryArgs, result: rowResult },
  delete: {
    args: (to, collection, [key, options]) => [
      convertKey(to, collection, key),
      writeOptions(to, options),
    ],
    result: plainResult,
  },
  deleteMany: { args: queryArgs, result: plainResult },
} satisfies Record<string, Method>

export type ReadMethod = keyof typeof readMethods
export type WriteMethod = keyof typeof writeMethods
export type CallMethod = ReadMethod | WriteMethod

export const callMethods: { readonly [M in CallMethod]: Method } = {
  ...readMethods,
  ...writeMethods,
}

/** A query of any method: `where` and the parts of writes by their fields, the rest as it is. */
function convertQuery(to: Conversion, collection: CollectionDefinition, query: unknown): unknown {
  if (!isPlainObject(query))
    return query === undefined ? undefined : to.plain(query, 'InvalidQuery')
  return mapObject(query, (name, value) => {
    if (value === undefined) throw invalid(`'${name}' in a query is undefined; leave it out`)
    switch (name) {
      case 'where':
        return convertFilter(to, collection, value, 0)
      case 'having':
        return convertFilter(to, parseMeasured(collection, query).result, value, 0)
      case 'insert':
        return convertRow(to, collection, value)
      case 'update':
      case 'set':
        return convertPatch(to, collection, value)
      default:
        return to.plain(value, 'InvalidQuery')
    }
  })
}

function writeOptions(to: Conversion, options: unknown): unknown {
  if (!isPlainObject(options)) {
    return options === undefined ? undefined : to.plain(options, 'InvalidOptions')
  }
  return mapObject(options, (_, value) => to.plain(value, 'InvalidOptions'))
}

function convertKey(
  to: Conversion,
  { key, fields }: CollectionDefinition,
  value: unknown,
): unknown {
  if (isPlainObject(value)) return convertFields(to, fields, value)
  return key.length > 1 || value === null || value === undefined
    ? to.plain(value ?? null, 'InvalidValue')
    : to.field(key[0]!, value)
}

function convertRow(to: Conversion, { fields }: CollectionDefinition, row: unknown): unknown {
  return isPlainObject(row) ? convertFields(to, fields, row) : to.plain(row, 'InvalidValue')
}

/** A row that an engine made: its fields are those of the schema, so the codec's table is enough. */
function convertResult(to: Conversion, { fields }: Shape, row: unknown): unknown {
  return row === null ? null : convertFields(to, fields, row as Record<string, unknown>)
}

function convertFields(
  to: Conversion,
  fields: Shape['fields'],
  row: Record<string, unknown>,
): Record<string, unknown> {
  return mapObject(row, (name, value) => {
    const field = fields.get(name)
    if (value === undefined) return undefined
    return field === undefined ? to.unknown(value) : convertValue(to, field, value)
  })
}

function convertPatch(to: Conversion, { fields }: CollectionDefinition, patch: unknown): unknown {
  if (!isPlainObject(patch)) return to.plain(patch, 'InvalidValue')
  return mapObject(patch, (name, value) => {
    const field = fields.get(name)
    if (value === undefined) return undefined
    if (field === undefined) return to.unknown(value)
    if (!isPlainObject(value) || !kinds[field.kind].allows.sum)
      return convertValue(to, field, value)
    return mapObject(value, (key, difference) => {
      if (difference === undefined) throw invalid(`'${key}' of '${name}' is undefined`)
      return key === 'increment' ? convertValue(to, field, difference) : to.unknown(difference)
    })
  })
}

function convertFilter(to: Conversion, shape: Shape, where: unknown, depth: number): unknown {
  if (depth > maxDepth) {
    throw new WherryError(
      'QueryTooComplex',
      `The filter is nested deeper than ${maxDepth} levels; flatten it`,
    )
  }
  if (!isPlainObject(where)) return to.plain(where, 'InvalidQuery')
  return mapObject(where, (name, value) => {
    if (value === undefined) throw invalid(`The filter on '${name}' is undefined; leave it out`)
    if (name === 'NOT') return convertFilter(to, shape, value, depth + 1)
    if (name === 'AND' || name === 'OR') {
      if (!Array.isArray(value)) return to.plain(value, 'InvalidQuery')
      return Array.from(value, (term) => convertFilter(to, shape, term, depth + 1))
    }
    const field = shape.fields.get(name)
    if (field === undefined) return to.unknown(value)
    if (!isPlainObject(value)) return convertOperand(to, field, false, 'eq', value)
    const hasPath = 'path' in value
    return mapObject(value, (operator, operand) => {
      if (operand === undefined) throw invalid(`'${operator}' on '${name}' is undefined`)
      return convertOperand(to, field, hasPath, operator, operand)
    })
  })
}

/** Operands of one kind are converted by it; places in JSON hold JSON already. */
function convertOperand(
  to: Conversion,
  field: FieldDefinition,
  hasPath: boolean,
  operator: string,
  operand: unknown,
): unknown {
  if (operator === 'path') return to.plain(operand, 'InvalidQuery')
  if (!Object.hasOwn(operatorUse, operator)) return to.unknown(operand)
  const use = operatorUse[operator as Operator]
  const isPlain = hasPath || use === 'null' || operand === null
  if (isPlain) return to.plain(operand, use === 'null' ? 'InvalidQuery' : 'InvalidValue')
  if (!permits(field, undefined, use)) return to.unknown(operand)
  const type = use === 'element' ? { ...field, ...field.element! } : field
  if (!listOperators.has(operator)) return convertValue(to, type, operand)
  if (!Array.isArray(operand)) return to.plain(operand, 'InvalidQuery')
  return Array.from(operand, (item) => {
    if (item === undefined) throw invalid(`'${operator}' on '${field.name}' lists undefined`)
    return convertValue(to, type, item)
  })
}

const listOperators: ReadonlySet<string> = new Set(['in', 'notIn', 'hasAny', 'hasAll'])

function convertValue(to: Conversion, field: FieldDefinition, value: unknown): unknown {
  return value === null ? null : to.field(field, value)
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
