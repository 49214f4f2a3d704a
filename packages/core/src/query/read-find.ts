import { got } from '../lib/got.ts'
import { isPlainObject } from '../lib/json.ts'
import type {
  CollectionDefinition,
  FieldDefinition,
  RelationDefinition,
} from '../schema/definition.ts'
import { planMark, type Filter, type FindPlan, type Include } from './ast.ts'
import { decodeCursor } from './cursor.ts'
import { parseOrder } from './order.ts'
import { parseFilter } from './parse-filter.ts'
import {
  checkKeys,
  invalid,
  maxIncludeDepth,
  maxIncludes,
  nameList,
  tooManyIncludes,
  unknownField,
  unknownRelation,
  wholeNumber,
} from './shape.ts'

export type Query = Readonly<Record<string, unknown>>

/** Where an include stands in its query, and how many more of them the query may have. */
interface Nesting {
  readonly depth: number
  readonly count: { left: number }
}

const every: Filter = { kind: 'every' }
const nothing: readonly Include[] = []

/** Makes a plan of a query whose keys are those that its method takes. */
export function readFind(
  collection: CollectionDefinition,
  query: Query,
  onlyLimit?: number,
  nesting?: Nesting,
): FindPlan {
  const { where, select, include, orderBy, limit = onlyLimit, offset, after } = query
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
    limitPer: undefined,
    forUpdate: false,
    includes: include === undefined ? nothing : parseIncludes(collection, include, nesting),
  }
}

function parseSelect(collection: CollectionDefinition, select: unknown): FieldDefinition[] {
  const names = nameList('select', select)
  if (names.length === 0) throw invalid("'select' names no field")
  for (const name of names) if (!collection.fields.has(name)) throw unknownField(collection, name)
  return collection.fieldList.filter(({ name }) => names.includes(name))
}

function parseIncludes(
  collection: CollectionDefinition,
  include: unknown,
  { depth, count }: Nesting = { depth: 0, count: { left: maxIncludes } },
): readonly Include[] {
  if (!isPlainObject(include)) {
    throw invalid(`'include' is an object such as { author: true }, ${got(include)}`)
  }
  const names = Object.keys(include)
  for (const name of names) {
    if (!collection.relations.has(name)) throw unknownRelation(collection, name)
  }
  count.left -= names.length
  if (depth === maxIncludeDepth || count.left < 0) throw tooManyIncludes()
  return Array.from(collection.relations.values())
    .filter(({ name }) => names.includes(name))
    .map((relation) => parseInclude(relation, include[relation.name], { depth: depth + 1, count }))
}

const oneKeys = new Set(['where', 'select', 'include'])
const manyKeys = new Set(['where', 'select', 'include', 'orderBy', 'limit'])

function parseInclude(relation: RelationDefinition, query: unknown, nesting: Nesting): Include {
  const { name, kind, to, field, through } = relation
  const keys = kind === 'belongsTo' ? oneKeys : manyKeys
  const what = `'${name}' in include`
  if (query !== true && !isPlainObject(query)) {
    throw invalid(`${what} is true, or an object of ${Array.from(keys).join(', ')}, ${got(query)}`)
  }
  if (query !== true) checkKeys(what, query, keys)
  const plan = readFind(to, query === true ? {} : query, undefined, nesting)
  if (through === undefined) return { relation, plan }
  const join = readFind(through.collection, {})
  return { relation, plan, join: { ...join, fields: [field, through.toField] } }
}
