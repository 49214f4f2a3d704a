import type { FieldDefinition } from '../schema/definition.ts'
import { kinds } from '../schema/kinds.ts'
import type { Measure } from './ast.ts'

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

/** Whether a kind can be measured so. */
export function permitsMeasure(measure: Measure): boolean {
  if (measure.field === undefined) return measure.function === 'count'
  const { allows } = kinds[measure.field.kind]
  return measure.function === 'sum' || measure.function === 'avg' ? !!allows.sum : !!allows.extreme
}
