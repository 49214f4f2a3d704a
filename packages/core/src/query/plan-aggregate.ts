import type { CollectionDefinition, Row } from '../schema/definition.ts'
import { planMark, type AggregatePlan, type Filter, type Measure } from './ast.ts'
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
  /** Applies having, orderBy, limit and offset: one implementation, so the same everywhere. */
  readonly finish: (groups: Row[]) => Row[]
}

/** Reads an aggregate query that anybody may have written. */
export function planAggregate(collection: CollectionDefinition, query: unknown): PlannedAggregate {
  checkKeys('An aggregate', query, aggregateKeys)
  const { where, having, orderBy, limit, offset, ...rest } = query as Record<string, unknown>
  const { groupBy, measures, result } = parseMeasured(collection, rest)
  const admits = having === undefined ? undefined : compileFilter(parseFilter(result, having))
  const compare = rowComparator(parseOrder(result, orderBy, groupBy))
  const start = offset === undefined ? 0 : wholeNumber('offset', offset)
  const end = limit === undefined ? undefined : start + wholeNumber('limit', limit)
  return {
    plan: {
      [planMark]: true,
      kind: 'aggregate',
      collection,
      filter: where === undefined ? every : parseFilter(collection, where),
      groupBy,
      measures,
    },
    finish(groups) {
      const admitted = admits === undefined ? groups : groups.filter(admits)
      return admitted.sort(compare).slice(start, end)
    },
  }
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
