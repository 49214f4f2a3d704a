import { equal, isRecord } from '../lib/plain.ts'
import type { Single } from '../operation.ts'
import { differenceOf, type Outcome, type Row } from '../outcome.ts'
import type { Subject } from '../subject.ts'

/** Two totals of floats, added in different orders, are one if they differ by no more than this. */
const tolerance = 1e-12

/**
 * In what an engine's outcome differs from the oracle's. Only totals of floats may differ at all:
 * by `tolerance` times the largest sum that the same numbers could have.
 */
export async function disagreement(
  operation: Single,
  oracle: Subject,
  expected: Outcome,
  actual: Outcome,
): Promise<string | undefined> {
  const difference = differenceOf(expected, actual)
  if (difference === undefined || 'violation' in expected) return difference
  if ('violation' in actual) return difference
  const floats = floatTotals(oracle, operation)
  if (floats === undefined) return difference
  const most = await largestTotals(oracle, floats)
  const overflows = Array.from(most.values()).some((total) => !Number.isFinite(total))
  if (overflows && (isOutOfRange(expected) || isOutOfRange(actual))) return undefined
  if (!('value' in expected && 'value' in actual)) return difference
  const groups = [expected.value, actual.value] as [Row[], Row[]]
  return sameGroups(groups[0], groups[1], most) ? undefined : difference
}

interface FloatTotals {
  readonly on: string
  readonly where: unknown
  /** Measure to field; measures may have names that every object has, such as 'constructor'. */
  readonly fields: ReadonlyMap<string, string>
}

function floatTotals({ definition }: Subject, operation: Single): FloatTotals | undefined {
  const isAggregate =
    ('call' in operation && operation.call === 'aggregate') ||
    ('check' in operation && operation.check === 'groups')
  if (!isAggregate) return undefined
  const [query] = operation.args
  if (!isRecord(query) || !isRecord(query.measures)) return undefined
  const fields = new Map<string, string>()
  for (const [name, measure] of Object.entries(query.measures)) {
    if (!isRecord(measure)) continue
    const field = String(measure.sum ?? measure.avg)
    const kind = definition.collections.get(operation.on)?.fields.get(field)?.kind
    if (kind === 'float') fields.set(name, field)
  }
  const { where = {} } = query
  return fields.size === 0 ? undefined : { on: operation.on, where, fields }
}

/** The sum of the magnitudes, for each measure. */
async function largestTotals(
  oracle: Subject,
  { on, where, fields }: FloatTotals,
): Promise<ReadonlyMap<string, number>> {
  const rows = (await oracle.data.collection(on).find!({ where })) as Row[]
  const total = (field: string) =>
    rows.reduce((sum, row) => sum + Math.abs((row[field] as number | null) ?? 0), 0)
  return new Map(Array.from(fields, ([name, field]) => [name, total(field)]))
}

function isOutOfRange(outcome: Outcome): boolean {
  return 'failure' in outcome && outcome.failure.code === 'OutOfRange'
}

function sameGroups(
  expected: readonly Row[],
  actual: readonly Row[],
  most: ReadonlyMap<string, number>,
): boolean {
  return (
    expected.length === actual.length &&
    expected.every((row, index) => {
      const other = actual[index]!
      return (
        Object.keys(row).length === Object.keys(other).length &&
        Object.keys(row).every((name) => isClose(row[name], other[name], most.get(name)))
      )
    })
  )
}

function isClose(a: unknown, b: unknown, most: number | undefined): boolean {
  if (most === undefined || typeof a !== 'number' || typeof b !== 'number') return equal(a, b)
  return Math.abs(a - b) <= tolerance * most
}
