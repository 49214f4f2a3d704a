import { isPlainObject } from '../lib/json.ts'
import type { CollectionDefinition, FieldDefinition } from '../schema/definition.ts'
import { kinds } from '../schema/kinds.ts'
import type { Measure, MeasureFunction } from './ast.ts'
import type { Shape } from './shape.ts'

export const measureFunctions: ReadonlySet<unknown> = new Set(['sum', 'avg', 'min', 'max'])

/** Reads a measure; undefined when it is none, or not one of that field. */
export function readMeasure(
  { fields }: CollectionDefinition,
  name: string,
  spec: unknown,
): Measure | undefined {
  if (spec === 'count') return { name, function: 'count' }
  const entries = isPlainObject(spec) ? Object.entries(spec) : []
  const [measureFunction, fieldName] = entries.length === 1 ? entries[0]! : []
  const field = fields.get(fieldName as string)
  if (field === undefined || !measureFunctions.has(measureFunction)) return undefined
  const { sum, extreme } = kinds[field.kind].allows
  const isAdded = measureFunction === 'sum' || measureFunction === 'avg'
  if (!(isAdded ? sum : extreme)) return undefined
  return { name, function: measureFunction as MeasureFunction, field }
}

/**
 * The fields of the groups that come of an aggregate. None when there is anything wrong with what
 * it groups by and measures: the planner, who reads that first, says it by name.
 */
export function groupShape(
  collection: CollectionDefinition,
  { groupBy, measures }: { readonly groupBy?: unknown; readonly measures?: unknown },
): Shape {
  const groups = Array.isArray(groupBy) ? groupBy : []
  const specs = isPlainObject(measures) ? Object.entries(measures) : []
  const fields = [
    ...groups.map((name) => collection.fields.get(name as string)),
    ...specs.map(([name, spec]) => {
      const measure = readMeasure(collection, name, spec)
      return measure && measureField(measure)
    }),
  ]
  const known = fields.filter((field) => field !== undefined)
  const entries = known.length < fields.length ? [] : known.map((f) => [f.name, f] as const)
  return { name: collection.name, fields: new Map(entries) }
}

/** The type of what a measure yields, as a field, so that `having` and `orderBy` can read it. */
export function measureField(measure: Measure): FieldDefinition {
  const { name, field } = measure
  if (field === undefined) return { name, column: name, kind: 'int', nullable: false }
  if (measure.function === 'avg') return { name, column: name, kind: 'float', nullable: true }
  const { kind, scale } = field
  const result = { name, column: name, kind, nullable: true }
  if (measure.function === 'sum') {
    // A sum may have more digits than its terms: all that 64 bits hold.
    return kind === 'decimal' ? { ...result, precision: 19, scale: scale ?? 0 } : result
  }
  return { ...field, ...result }
}
