import type { CollectionDefinition, Row } from '../schema/definition.ts'
import { planMark, type AggregatePlan, type Filter, type Measure, type OrderTerm } from './ast.ts'
import { compileFilter } from './evaluate.ts'
import { parseMeasured } from './measures.ts'
import { parseOrder, rowComparator } from './order.ts'
import { parseFilter } from './parse-filter.ts'
import { checkKeys, wholeNumber } from './shape.ts'

const every: Filter = { kind: 'every' }
const aggregateKeys = new Set([
  'where',
  'groupBy',
  'measures',
  'having',
  'orderBy',
  'limit',
  'offset',
])
/** An aggregate, and what is left to do with the groups that an adapter returns for it. */
export interface PlannedAggregate {
  readonly plan: AggregatePlan
  /** Which groups, in what order, and which of those: what `finish` does. */
  readonly having: Filter
  readonly order: readonly OrderTerm[]
  readonly offset: number
  readonly limit: number | undefined
  /** Applies having, orderBy, limit and offset: one implementation, so the same everywhere. */
  readonly finish: (groups: Row[]) => Row[]
}

/** Reads an aggregate query that anybody may have written. */
export function planAggregate(collection: CollectionDefinition, query: unknown): PlannedAggregate {
  checkKeys('An aggregate', query, aggregateKeys)
  const { where, ...given } = query as Record<string, unknown>
  const { groupBy, measures, result } = parseMeasured(collection, given)
  const having = given.having === undefined ? every : parseFilter(result, given.having)
  const order = parseOrder(result, given.orderBy, groupBy)
  const offset = given.offset === undefined ? 0 : wholeNumber('offset', given.offset)
  const limit = given.limit === undefined ? undefined : wholeNumber('limit', given.limit)
  const admits = compileFilter(having)
  const compare = rowComparator(order)
  const end = limit === undefined ? undefined : offset + limit
  return {
    plan: {
      [planMark]: true,
      kind: 'aggregate',
      collection,
      filter: where === undefined ? every : parseFilter(collection, where),
      groupBy,
      measures,
    },
    having,
    order,
    offset,
    limit,
    finish: (groups) => groups.filter(admits).sort(compare).slice(offset, end),
  }
}

/** `count` as the aggregate that it is, whose one group says it as `count`. */
export function countAsAggregate(query: unknown = {}): object {
  checkKeys('A count', query, countKeys)
  return { ...(query as object), measures: { count: 'count' } }
}

const countMeasure: readonly Measure[] = [{ name: 'count', function: 'count' }]
const countKeys = new Set(['where'])

/** `count` is an aggregate with one measure, named 'count'. */
export function planCount(collection: CollectionDefinition, query: unknown = {}): AggregatePlan {
  checkKeys('A count', query, countKeys)
  const { where } = query as { where?: unknown }
  const filter = where === undefined ? every : parseFilter(collection, where)
  return {
    [planMark]: true,
    kind: 'aggregate',
    collection,
    filter,
    groupBy: [],
    measures: countMeasure,
  }
}
