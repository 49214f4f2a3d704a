import { floatResult, wholeResult } from '../../query/aggregate.ts'
import { measureField } from '../../query/measure-field.ts'
import type { AggregatePlan, Measure } from '../../query/ast.ts'
import type { FieldDefinition, Row } from '../../schema/definition.ts'
import type { Dialect } from './dialect.ts'
import { measureColumns } from './compile.ts'

export type RowMapper = (columns: readonly unknown[]) => Row

/** Makes the rows of an aggregate of the columns that `compilePlan` reads for its groups. */
export function createGroupMapper(
  dialect: Dialect,
  plan: AggregatePlan,
  createRowMapper: (fields: readonly FieldDefinition[]) => RowMapper,
): RowMapper {
  const readValue = (field: FieldDefinition) => {
    const map = createRowMapper([field])
    return (columns: readonly unknown[]) => map(columns)[field.name]
  }
  const readers = plan.groupBy.map((field) => ({
    name: field.name,
    width: 1,
    read: readValue(field),
  }))
  for (const measure of plan.measures) {
    const { name, field } = measure
    const width = measureColumns(dialect, measure).length
    const read =
      field === undefined || measure.function === 'min' || measure.function === 'max'
        ? readValue(measureField(measure))
        : (columns: readonly unknown[]) => totalOf(dialect, measure, field, columns)
    readers.push({ name, width, read })
  }
  return (columns) => {
    const row: Row = {}
    let at = 0
    for (const { name, width, read } of readers) {
      row[name] = read(columns.slice(at, at + width))
      at += width
    }
    return row
  }
}

function totalOf(
  dialect: Dialect,
  measure: Measure,
  field: FieldDefinition,
  [count, ...parts]: readonly unknown[],
): unknown {
  const n = Number(count)
  if (field.kind !== 'float')
    return wholeResult(measure, field, n === 0 ? 0n : dialect.total(parts), n)
  // An engine may show a total beyond the range of a double as null.
  const [total] = parts as readonly (number | string | null)[]
  return floatResult(measure, field, n === 0 ? 0 : Number(total ?? Infinity), n)
}
