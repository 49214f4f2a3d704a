import { WherryError } from '../errors/wherry-error.ts'
import { isPlainObject } from '../lib/json.ts'
import type { CollectionDefinition, FieldDefinition } from '../schema/definition.ts'
import { got } from '../lib/got.ts'
import { invalidOptions } from '../lib/options.ts'
import { planMark, type Filter, type FindPlan, type OrderTerm } from './ast.ts'
import { decodeCursor } from './cursor.ts'
import { acceptOperand } from '../schema/accept.ts'
import { parseOrder } from './order.ts'
import { parseFilter } from './parse-filter.ts'
import { checkKeys, invalid, nameList, unknownField, wholeNumber } from './shape.ts'

const every: Filter = { kind: 'every' }
const findKeys = new Set(['where', 'select', 'orderBy', 'limit', 'offset', 'after'])
/** Reads a find query that anybody may have written, and makes the plan an adapter accepts. */
export function planFind(collection: CollectionDefinition, query: unknown = {}): FindPlan {
  checkKeys('A query', query, findKeys)
  return readFind(collection, query as Record<string, unknown>)
}

const findOneKeys = new Set(['where', 'select', 'orderBy'])

/** The first row of a query. */
export function planFindOne(collection: CollectionDefinition, query: unknown = {}): FindPlan {
  checkKeys('A query for one row', query, findOneKeys)
  return readFind(collection, query as Record<string, unknown>, 1)
}

const liveKeys = new Set(['where', 'orderBy', 'limit'])

/** A query that is kept up to date by the changes alone. */
export function planLive(collection: CollectionDefinition, query: unknown = {}): FindPlan {
  const plan = planFind(collection, query)
  const other = Object.keys(query as object).find((key) => !liveKeys.has(key))
  if (other === undefined) return plan
  throw new WherryError(
    'Unsupported',
    `A live query has where, orderBy and limit; '${other}' is not live yet`,
  )
}

const getKeys = new Set(['select', 'forUpdate'])

/** The row with a key. */
export function planGet(
  collection: CollectionDefinition,
  key: unknown,
  options?: unknown,
): FindPlan {
  const filter = keyFilter(collection, key)
  if (options === undefined) return { ...planOfKey(collection), filter }
  checkKeys('The options of get', options, getKeys)
  const { select, forUpdate = false } = options as Record<string, unknown>
  if (typeof forUpdate !== 'boolean') {
    throw invalidOptions(`'forUpdate' is true or false, ${got(forUpdate)}`)
  }
  const query = select === undefined ? {} : { select }
  return { ...readFind(collection, query, 1), filter, forUpdate }
}

const plansOfKeys = new WeakMap<CollectionDefinition, FindPlan>()

/** All of a plan for one row but the key: the same every time, so made once. */
function planOfKey(collection: CollectionDefinition): FindPlan {
  let plan = plansOfKeys.get(collection)
  if (plan === undefined) plansOfKeys.set(collection, (plan = readFind(collection, {}, 1)))
  return plan
}

function readFind(
  collection: CollectionDefinition,
  query: Record<string, unknown>,
  onlyLimit?: number,
): FindPlan {
  const { where, select, orderBy, limit = onlyLimit, offset, after } = query
  const filter = where === undefined ? every : parseFilter(collection, where)
  const order = parseOrder(collection, orderBy, collection.key)
  if (after !== undefined && offset !== undefined) {
    throw invalid("'after' and 'offset' exclude each other; use one")
  }
  return {
    [planMark]: true,
    kind: 'find',
    collection,
    filter,
    fields: select === undefined ? collection.fieldList : parseSelect(collection, select),
    order,
    limit: limit === undefined ? undefined : wholeNumber('limit', limit),
    offset: offset === undefined ? 0 : wholeNumber('offset', offset),
    after: after === undefined ? undefined : decodeCursor(collection, order, after),
    forUpdate: false,
  }
}

/** The row with this key: a value, or an object of values when the key has several fields. */
export function keyFilter(collection: CollectionDefinition, key: unknown): Filter {
  const [field] = collection.key
  if (collection.key.length === 1) {
    if (key === undefined || key === null || isPlainObject(key)) {
      throw new WherryError(
        'InvalidValue',
        `The key of '${collection.name}' is the value of '${field!.name}', ${got(key)}`,
      )
    }
    const operand = acceptOperand(field!, key)
    return {
      kind: 'test',
      field: field!,
      operator: 'eq',
      operand,
      negated: false,
      matchesNull: false,
    }
  }
  const names = collection.key.map(({ name }) => name)
  if (
    !isPlainObject(key) ||
    names.some((name) => (key[name] ?? undefined) === undefined || isPlainObject(key[name]))
  ) {
    throw new WherryError(
      'InvalidValue',
      `The key of '${collection.name}' is an object { ${names.join(', ')} }, ${got(key)}`,
    )
  }
  checkKeys(`The key of '${collection.name}'`, key, new Set(names))
  return parseFilter(collection, key)
}

function parseSelect(collection: CollectionDefinition, select: unknown): FieldDefinition[] {
  const names = nameList('select', select)
  if (names.length === 0) throw invalid("'select' names no field")
  for (const name of names) if (!collection.fields.has(name)) throw unknownField(collection, name)
  return collection.fieldList.filter(({ name }) => names.includes(name))
}

/** The row's values in the order's terms are needed for a cursor, selected or not. */
export function withOrderFields(plan: FindPlan): FindPlan {
  const needed = new Set([...plan.fields, ...plan.order.map(({ field }: OrderTerm) => field)])
  if (needed.size === plan.fields.length) return plan
  return { ...plan, fields: plan.collection.fieldList.filter((field) => needed.has(field)) }
}
