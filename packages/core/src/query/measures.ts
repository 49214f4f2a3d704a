import { WherryError } from '../errors/wherry-error.ts'
import { isPlainObject } from '../lib/json.ts'
import type { CollectionDefinition, FieldDefinition } from '../schema/definition.ts'
import { kinds } from '../schema/kinds.ts'
import type { Measure } from './ast.ts'
import { groupShape, measureFunctions, readMeasure } from './measure-field.ts'
import { invalid, nameList, unknownField, type Shape } from './shape.ts'

/** What an aggregate groups by and measures. */
export interface Measured {
  readonly groupBy: readonly FieldDefinition[]
  readonly measures: readonly Measure[]
  /** The fields of the groups that come of it. */
  readonly result: Shape
}

/** Reads `groupBy` and `measures` of an aggregate that anybody may have written. */
export function parseMeasured(
  collection: CollectionDefinition,
  query: { readonly groupBy?: unknown; readonly measures?: unknown },
): Measured {
  const groupBy = query.groupBy === undefined ? [] : parseGroupBy(collection, query.groupBy)
  const measures = parseMeasures(collection, query.measures, groupBy)
  const title = `The result of aggregating '${collection.name}'`
  const result = { ...groupShape(collection, query), title }
  return { groupBy, measures, result }
}

function parseGroupBy(collection: CollectionDefinition, groupBy: unknown): FieldDefinition[] {
  return nameList('groupBy', groupBy).map((name) => {
    const field = collection.fields.get(name)
    if (field === undefined) throw unknownField(collection, name)
    if (!kinds[field.kind].allows.group) {
      throw invalid(`'${name}' is of kind ${field.kind}: it makes no groups`)
    }
    return field
  })
}

/** An engine returns so many columns, and no more than some thousand. */
const maxMeasures = 500

/** As for fields: names from outside become keys of rows, and of the cache of statements. */
const measureName = /^[A-Za-z][A-Za-z0-9_]{0,62}$/

function parseMeasures(
  collection: CollectionDefinition,
  measures: unknown,
  groupBy: readonly FieldDefinition[],
): Measure[] {
  if (!isPlainObject(measures) || Object.keys(measures).length === 0) {
    throw invalid("'measures' is an object such as { n: 'count', last: { max: 'createdAt' } }")
  }
  const names = Object.keys(measures)
  if (names.length > maxMeasures) {
    throw new WherryError(
      'QueryTooComplex',
      `An aggregate has at most ${maxMeasures} measures, and this one ${names.length}; ask in parts`,
    )
  }
  return names.map((name) => {
    if (!measureName.test(name)) {
      throw invalid(
        `A measure may not be named ${JSON.stringify(name)}; use letters, digits and underscores, a letter first`,
      )
    }
    if (['AND', 'OR', 'NOT'].includes(name) || groupBy.some((field) => field.name === name)) {
      throw invalid(`The name '${name}' is taken; rename the measure`)
    }
    return parseMeasure(collection, name, measures[name])
  })
}

function parseMeasure(collection: CollectionDefinition, name: string, spec: unknown): Measure {
  const measure = readMeasure(collection, name, spec)
  if (measure !== undefined) return measure
  const entries = isPlainObject(spec) ? Object.entries(spec) : []
  const [measureFunction, fieldName] = entries[0] ?? []
  if (
    entries.length !== 1 ||
    !measureFunctions.has(measureFunction) ||
    typeof fieldName !== 'string'
  ) {
    throw invalid(`The measure '${name}' must be 'count' or one of { sum, avg, min, max: field }`)
  }
  const field = collection.fields.get(fieldName)
  if (field === undefined) throw unknownField(collection, fieldName)
  throw invalid(
    `'${measureFunction}' does not apply to '${fieldName}', which is of kind ${field.kind}`,
  )
}
