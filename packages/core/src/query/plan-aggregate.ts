import { WherryError } from '../errors/wherry-error.ts'
import { isPlainObject } from '../lib/json.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../schema/definition.ts'
import { kinds } from '../schema/kinds.ts'
import { measureField, permitsMeasure } from './aggregate.ts'
import {
  planMark,
  type AggregatePlan,
  type Filter,
  type Measure,
  type MeasureFunction,
} from './ast.ts'
import { compileFilter } from './evaluate.ts'
import { parseOrder, rowComparator } from './order.ts'
import { parseFilter } from './parse-filter.ts'
import { nameList, wholeNumber } from './plan-find.ts'
import { checkKeys, unknownField, type Shape } from './shape.ts'

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
  const groupBy = rest.groupBy === undefined ? [] : parseGroupBy(collection, rest.groupBy)
  const measures = parseMeasures(collection, rest.measures, groupBy)
  const result: Shape = {
    name: collection.name,
    title: `The result of aggregating '${collection.name}'`,
    fields: new Map([...groupBy, ...measures.map(measureField)].map((f) => [f.name, f])),
  }
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

function parseGroupBy(collection: CollectionDefinition, groupBy: unknown): FieldDefinition[] {
  return nameList('groupBy', groupBy).map((name) => {
    const field = collection.fields.get(name)
    if (field === undefined) throw unknownField(collection, name)
    if (!kinds[field.kind].allows.group) {
      throw new WherryError(
        'InvalidQuery',
        `'${name}' is of kind ${field.kind}: it makes no groups`,
      )
    }
    return field
  })
}

/** As for fields: names from outside become keys of rows, and of the cache of statements. */
const measureName = /^[A-Za-z][A-Za-z0-9_]{0,62}$/
const measureFunctions = new Set<string>(['sum', 'avg', 'min', 'max'])

function parseMeasures(
  collection: CollectionDefinition,
  measures: unknown,
  groupBy: readonly FieldDefinition[],
): Measure[] {
  if (!isPlainObject(measures) || Object.keys(measures).length === 0) {
    throw new WherryError(
      'InvalidQuery',
      "'measures' is an object such as { n: 'count', last: { max: 'createdAt' } }",
    )
  }
  return Object.keys(measures).map((name) => {
    if (!measureName.test(name)) {
      throw new WherryError(
        'InvalidQuery',
        `A measure may not be named ${JSON.stringify(name)}; use letters, digits and underscores, a letter first`,
      )
    }
    if (['AND', 'OR', 'NOT'].includes(name) || groupBy.some((field) => field.name === name)) {
      throw new WherryError('InvalidQuery', `The name '${name}' is taken; rename the measure`)
    }
    return parseMeasure(collection, name, measures[name])
  })
}

function parseMeasure(collection: CollectionDefinition, name: string, spec: unknown): Measure {
  if (spec === 'count') return { name, function: 'count' }
  const entries = isPlainObject(spec) ? Object.entries(spec) : []
  const [measureFunction, fieldName] = entries[0] ?? []
  if (
    entries.length !== 1 ||
    !measureFunctions.has(measureFunction!) ||
    typeof fieldName !== 'string'
  ) {
    throw new WherryError(
      'InvalidQuery',
      `The measure '${name}' must be 'count' or one of { sum, avg, min, max: field }`,
    )
  }
  const field = collection.fields.get(fieldName)
  if (field === undefined) throw unknownField(collection, fieldName)
  const measure: Measure = { name, function: measureFunction as MeasureFunction, field }
  if (!permitsMeasure(measure)) {
    throw new WherryError(
      'InvalidQuery',
      `'${measureFunction}' does not apply to '${fieldName}', which is of kind ${field.kind}`,
    )
  }
  return measure
}
