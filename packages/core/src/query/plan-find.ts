import { WherryError } from '../errors/wherry-error.ts'
import { isPlainObject } from '../lib/json.ts'
import type { CollectionDefinition } from '../schema/definition.ts'
import { got } from '../lib/got.ts'
import { checkOptions, invalidOptions } from '../lib/options.ts'
import type { Filter, FindPlan, OrderTerm } from './ast.ts'
import { acceptOperand } from '../schema/accept.ts'
import { parseFilter } from './parse-filter.ts'
import { readFind, type Query } from './read-find.ts'
import { checkKeys } from './shape.ts'

const findKeys = new Set(['where', 'select', 'include', 'orderBy', 'limit', 'offset', 'after'])

/** Reads a find query that anybody may have written, and makes the plan an adapter accepts. */
export function planFind(collection: CollectionDefinition, query: unknown = {}): FindPlan {
  checkKeys('A query', query, findKeys)
  return readFind(collection, query as Query)
}

const findOneKeys = new Set(['where', 'select', 'include', 'orderBy'])

/** The first row of a query. */
export function planFindOne(collection: CollectionDefinition, query: unknown = {}): FindPlan {
  checkKeys('A query for one row', query, findOneKeys)
  return readFind(collection, query as Query, 1)
}

const liveKeys = new Set(['where', 'include', 'orderBy', 'limit'])

/** A query that is kept up to date. */
export function planLive(collection: CollectionDefinition, query: unknown = {}): FindPlan {
  const plan = planFind(collection, query)
  const other = Object.keys(query as object).find((key) => !liveKeys.has(key))
  if (other === undefined) return plan
  throw new WherryError(
    'Unsupported',
    `A live query has where, include, orderBy and limit; '${other}' is not live yet`,
  )
}

const getOptions = ['select', 'include', 'forUpdate']

/** The row with a key. What it includes is not locked with it. */
export function planGet(
  collection: CollectionDefinition,
  key: unknown,
  options?: unknown,
): FindPlan {
  const filter = keyFilter(collection, key)
  if (options === undefined) return { ...planOfKey(collection), filter }
  checkOptions('get()', options, getOptions)
  const given = options as Query
  const lost = Object.keys(given).find((name) => given[name] === undefined)
  if (lost !== undefined) throw invalidOptions(`'${lost}' of get() is undefined; leave it out`)
  const { forUpdate = false, ...query } = given
  if (typeof forUpdate !== 'boolean') {
    throw invalidOptions(`'forUpdate' is true or false, ${got(forUpdate)}`)
  }
  return { ...readFind(collection, query, 1), filter, forUpdate }
}

const plansOfKeys = new WeakMap<CollectionDefinition, FindPlan>()

/** All of a plan for one row but the key: the same every time, so made once. */
function planOfKey(collection: CollectionDefinition): FindPlan {
  let plan = plansOfKeys.get(collection)
  if (plan === undefined) plansOfKeys.set(collection, (plan = readFind(collection, {}, 1)))
  return plan
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

/** The row's values in the order's terms are needed for a cursor, selected or not. */
export function withOrderFields(plan: FindPlan): FindPlan {
  const needed = new Set([...plan.fields, ...plan.order.map(({ field }: OrderTerm) => field)])
  if (needed.size === plan.fields.length) return plan
  return { ...plan, fields: plan.collection.fieldList.filter((field) => needed.has(field)) }
}
