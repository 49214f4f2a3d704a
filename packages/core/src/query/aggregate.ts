import { WherryError } from '../errors/wherry-error.ts'
import { copyValue } from '../schema/codec.ts'
import type { FieldDefinition, Row } from '../schema/definition.ts'
import { decimalToScaled, scaledToDecimal } from '../schema/decimal.ts'
import { maxBigint, minBigint } from '../schema/kinds.ts'
import type { AggregatePlan, Measure } from './ast.ts'
import { compileFilter, identity } from './evaluate.ts'
import { valueComparator } from './order.ts'

/** Groups rows and measures the groups as a plan says; the evaluator's half of `aggregate`. */
export function evaluateAggregate(plan: AggregatePlan, rows: Iterable<Row>): Row[] {
  const matches = compileFilter(plan.filter)
  const groups = new Map<string, { readonly first: Row; readonly totals: Total[] }>()
  const open = (first: Row) => ({ first, totals: plan.measures.map(createTotal) })
  if (plan.groupBy.length === 0) groups.set('[]', open({}))
  for (const row of rows) {
    if (!matches(row)) continue
    const key = groupKey(plan.groupBy, row)
    let group = groups.get(key)
    if (group === undefined) groups.set(key, (group = open(row)))
    for (const total of group.totals) total.add(row)
  }
  return Array.from(groups.values(), ({ first, totals }) => {
    const result: Row = {}
    for (const field of plan.groupBy) result[field.name] = copyValue(field, first[field.name])
    plan.measures.forEach((measure, index) => {
      result[measure.name] = totals[index]!.result()
    })
    return result
  })
}

function groupKey(fields: readonly FieldDefinition[], row: Row): string {
  return JSON.stringify(
    fields.map((field) => {
      const value = row[field.name]
      return value === null ? null : String(identity(field, value))
    }),
  )
}

interface Total {
  add(row: Row): void
  result(): unknown
}

function createTotal(measure: Measure): Total {
  const { field } = measure
  if (field === undefined) {
    let count = 0
    return { add: () => void count++, result: () => count }
  }
  return measure.function === 'min' || measure.function === 'max'
    ? createExtreme(field, measure.function === 'min' ? 1 : -1)
    : createSum(measure, field)
}

function createExtreme(field: FieldDefinition, sign: 1 | -1): Total {
  const compare = valueComparator(field)
  let best: unknown = null
  return {
    add(row) {
      const value = row[field.name]
      if (value === null) return
      if (best === null || compare(value, best) * sign < 0) best = value
    },
    result: () => copyValue(field, best),
  }
}

function createSum(measure: Measure, field: FieldDefinition): Total {
  let count = 0
  if (field.kind === 'float') {
    // Compensated summation (Neumaier 1974), as SQLite does, so that both keep the small terms.
    let sum = 0
    let lost = 0
    return {
      add(row) {
        const value = row[field.name] as number | null
        if (value === null) return
        const next = sum + value
        lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
        sum = next
        count++
      },
      result: () => floatResult(measure, field, Number.isFinite(lost) ? sum + lost : sum, count),
    }
  }
  let sum = 0n
  return {
    add(row) {
      const value = row[field.name]
      if (value === null) return
      sum += toWhole(field, value)
      count++
    },
    result: () => wholeResult(measure, field, sum, count),
  }
}

function toWhole(field: FieldDefinition, value: unknown): bigint {
  return field.kind === 'decimal'
    ? decimalToScaled(value as string)
    : BigInt(value as number | bigint)
}

/** `sum` or `avg` of floats from their total; every engine's total goes through here. */
export function floatResult(
  measure: Measure,
  field: FieldDefinition,
  sum: number,
  count: number,
): number | null {
  if (count === 0) return null
  if (!Number.isFinite(sum)) throw overflow(measure, field)
  return measure.function === 'avg' ? sum / count : sum
}

/**
 * `sum` or `avg` of int, bigint and decimal from their exact total (of a decimal: of its scaled
 * whole number); every engine's total goes through here.
 */
export function wholeResult(
  measure: Measure,
  field: FieldDefinition,
  sum: bigint,
  count: number,
): unknown {
  if (count === 0) return null
  const { scale = 0 } = field
  if (measure.function === 'avg') return Number(sum) / count / 10 ** scale
  if (sum < minBigint || sum > maxBigint) throw overflow(measure, field)
  switch (field.kind) {
    case 'bigint':
      return sum
    case 'decimal':
      return scaledToDecimal(sum, scale)
    default: {
      const total = Number(sum)
      if (!Number.isSafeInteger(total)) throw overflow(measure, field)
      return total
    }
  }
}

function overflow(measure: Measure, field: FieldDefinition): WherryError {
  return new WherryError(
    'OutOfRange',
    `The ${measure.function} of '${field.name}' is beyond the range of its kind, ${field.kind}; ` +
      `narrow 'where' or group it finer`,
    { fields: [field.name] },
  )
}
