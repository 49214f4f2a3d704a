import { floatResult, wholeResult } from '../../query/aggregate.ts'
import type { AggregatePlan, Measure } from '../../query/ast.ts'
import type { FieldDefinition, Row } from '../../schema/definition.ts'
import { minBigint } from '../../schema/kinds.ts'
import { decode, pathOf } from './documents.ts'
import type { Document } from './driver.ts'

/**
 * The groups of a plan as the server makes them: their fields are `_id.g0`, `_id.g1`, …, their
 * measures `m0`, `m1`, …, so that no name of a caller's stands where an operator or a path could. A
 * sum has the number of its values beside it, as `n0`, `n1`, …: nothing has no sum.
 */
export function aggregatePipeline(plan: AggregatePlan, filter: Document): Document[] {
  const pathTo = (field: FieldDefinition) => `$${pathOf(plan.collection, field)}`
  const fields = plan.groupBy.map((field, index) => {
    // Absent and null would be two groups.
    return [`g${index}`, { $ifNull: [pathTo(field), null] }] as const
  })
  const group: Document = { _id: fields.length === 0 ? null : Object.fromEntries(fields) }
  plan.measures.forEach(({ function: name, field }, index) => {
    if (field === undefined) {
      group[`m${index}`] = { $sum: 1 }
    } else if (name === 'min' || name === 'max') {
      group[`m${index}`] = { [`$${name}`]: pathTo(field) }
    } else {
      group[`m${index}`] = { $sum: term(field, pathTo(field)) }
      group[`n${index}`] = { $sum: { $cond: [{ $gt: [pathTo(field), null] }, 1, 0] } }
    }
  })
  return [{ $match: filter }, { $group: group }]
}

/** Whole numbers are added as such, even where another program has stored them as doubles. */
function term({ kind }: FieldDefinition, path: string): unknown {
  return kind === 'float' ? path : { $toLong: path }
}

/** The rows of the groups that the pipeline gives. Throws Misfit, as `decode` does, and OutOfRange. */
export function groupsOf(plan: AggregatePlan, documents: readonly Document[]): Row[] {
  // Without fields to group by all rows are one group, even if there are none.
  const isNothing = plan.groupBy.length === 0 && documents.length === 0
  const groups: readonly Document[] = isNothing ? [{}] : documents
  return groups.map(({ _id: key, ...group }) => {
    const row: Row = {}
    plan.groupBy.forEach((field, index) => {
      row[field.name] = valueOf(field, (key as Document)[`g${index}`])
    })
    plan.measures.forEach((measure, index) => {
      row[measure.name] = resultOf(measure, group[`m${index}`], group[`n${index}`])
    })
    return row
  })
}

function resultOf(measure: Measure, value: unknown, count: unknown): unknown {
  const { function: name, field } = measure
  if (field === undefined) return Number(value ?? 0)
  if (name === 'min' || name === 'max') return valueOf(field, value)
  const n = Number(count ?? 0)
  return field.kind === 'float'
    ? floatResult(measure, field, Number(value), n)
    : wholeResult(measure, field, wholeSum(value ?? 0), n)
}

/**
 * A sum is exact, unless 64 bits do not hold it: then it comes as the double that is nearest, which
 * is out of range for a sum, and near enough for a mean, a double itself.
 */
function wholeSum(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  const sum = BigInt(value as number)
  // What lies a little below the least that 64 bits hold is rounded to it.
  return sum === minBigint ? sum - 1n : sum
}

function valueOf(field: FieldDefinition, value: unknown): unknown {
  return value === undefined || value === null ? null : decode(field, value)
}
