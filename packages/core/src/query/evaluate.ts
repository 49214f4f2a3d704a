import { compareText } from '../lib/text.ts'
import type { FieldDefinition, Row, ValueType } from '../schema/definition.ts'
import { kinds, type Primitive } from '../schema/kinds.ts'
import type { Filter, FindPlan, LimitPer, Test } from './ast.ts'
import { rowComparator, valueComparator } from './order.ts'

/**
 * The evaluator: what every engine is measured against. It runs the memory adapter, matches live
 * queries, and answers offline. It works on decoded rows and needs nothing but them.
 */
export type Predicate = (row: Row) => boolean

/** Turns a filter into a function once, so that matching a row allocates nothing. */
export function compileFilter(filter: Filter): Predicate {
  switch (filter.kind) {
    case 'every':
      return () => true
    case 'none':
      return () => false
    case 'and': {
      const terms = filter.terms.map(compileFilter)
      return (row) => terms.every((matches) => matches(row))
    }
    case 'or': {
      const terms = filter.terms.map(compileFilter)
      return (row) => terms.some((matches) => matches(row))
    }
    case 'test':
      return compileTest(filter)
  }
}

function compileTest(test: Test): Predicate {
  const { field, path, negated, matchesNull } = test
  const { name } = field
  if (test.operator === 'null') {
    return path === undefined
      ? (row) => (row[name] === null) !== negated
      : (row) => (valueAt(row[name], path) === null) !== negated
  }
  const holds = path === undefined ? compileOperator(test) : compileJsonOperator(test)
  return (row) => {
    const value = path === undefined ? row[name] : valueAt(row[name], path)
    return value === null ? matchesNull : holds(value) !== negated
  }
}

/** The positive test, for a value that is not null. */
function compileOperator({ field, operator, operand }: Test): (value: unknown) => boolean {
  const compare = kinds[field.kind].compare as (a: unknown, b: unknown) => number
  switch (operator) {
    case 'eq': {
      const wanted = identity(field, operand)
      return (value) => identity(field, value) === wanted
    }
    case 'in': {
      const wanted = new Set((operand as unknown[]).map((item) => identity(field, item)))
      return (value) => wanted.has(identity(field, value))
    }
    case 'has': {
      const element = field.element!
      const wanted = identity(element, operand)
      return (value) => (value as unknown[]).some((item) => identity(element, item) === wanted)
    }
    case 'gt':
      return (value) => compare(value, operand) > 0
    case 'gte':
      return (value) => compare(value, operand) >= 0
    case 'lt':
      return (value) => compare(value, operand) < 0
    case 'lte':
      return (value) => compare(value, operand) <= 0
    default:
      return compileTextOperator(operator, operand as string)
  }
}

function compileTextOperator(operator: Test['operator'], operand: string) {
  switch (operator) {
    case 'contains':
      return (value: unknown) => (value as string).includes(operand)
    case 'startsWith':
      return (value: unknown) => (value as string).startsWith(operand)
    case 'endsWith':
      return (value: unknown) => (value as string).endsWith(operand)
    default:
      throw new Error(`no such operator: ${operator}`)
  }
}

/** Inside JSON a value of another type than the operand's never matches. */
function compileJsonOperator({ operator, operand }: Test): (value: unknown) => boolean {
  const type = typeof (operator === 'in' ? (operand as unknown[])[0] : operand)
  const ofType = (holds: (value: never) => boolean) => (value: unknown) =>
    typeof value === type && holds(value as never)
  const ranged = (holds: (difference: number) => boolean) =>
    type === 'string'
      ? ofType((value: string) => holds(compareText(value, operand as string)))
      : ofType((value: number) => holds(value - (operand as number)))
  switch (operator) {
    case 'eq':
      return (value) => value === operand
    case 'in':
      return (value) => (operand as unknown[]).includes(value)
    case 'gt':
      return ranged((difference) => difference > 0)
    case 'gte':
      return ranged((difference) => difference >= 0)
    case 'lt':
      return ranged((difference) => difference < 0)
    case 'lte':
      return ranged((difference) => difference <= 0)
    default:
      return ofType(compileTextOperator(operator, operand as string))
  }
}

/** What stands at a path in a JSON value; null where there is nothing. */
function valueAt(json: unknown, path: readonly (string | number)[]): unknown {
  let value = json
  for (const step of path) {
    if (value === null || typeof value !== 'object') return null
    if (Array.isArray(value) !== (typeof step === 'number')) return null
    if (!Object.hasOwn(value, step)) return null
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

/** A primitive that two values of a type share exactly when they are equal. */
export function identity(type: ValueType, value: unknown): Primitive {
  const identify = kinds[type.kind].identify
  return identify === undefined ? (value as Primitive) : identify(value as never)
}

/** A text that two rows share exactly when they are equal, and not null, in all these fields. */
export function identityOf(fields: readonly FieldDefinition[], row: Row): string | undefined {
  const parts: string[] = []
  for (const field of fields) {
    const value = row[field.name]
    if (value === null) return undefined
    parts.push(String(identity(field, value)))
  }
  return parts.length === 1 ? parts[0]! : JSON.stringify(parts)
}

/** Filters, orders and cuts rows as a plan says. The rows themselves are returned, not copies. */
export function evaluateFind(plan: FindPlan, rows: Iterable<Row>): Row[] {
  const matches = compileFilter(plan.filter)
  const isAfter = compileAfter(plan)
  const found: Row[] = []
  for (const row of rows) if (matches(row) && isAfter(row)) found.push(row)
  if (found.length > 1) found.sort(rowComparator(plan.order))
  const kept = plan.limitPer === undefined ? found : found.filter(isFirstPer(plan.limitPer))
  const end = plan.limit === undefined ? undefined : plan.offset + plan.limit
  return kept.slice(plan.offset, end)
}

/** Whether a row, of rows that come in order, is among the first that have its value. */
export function isFirstPer({ field, limit }: LimitPer): Predicate {
  const counts = new Map<Primitive | null, number>()
  return (row) => {
    const value = row[field.name]
    const id = value === null ? null : identity(field, value)
    const count = (counts.get(id) ?? 0) + 1
    counts.set(id, count)
    return count <= limit
  }
}

function compileAfter({ after, order }: FindPlan): Predicate {
  if (after === undefined) return () => true
  const terms = order.map(({ field, descending }, index) => {
    const compare = valueComparator(field)
    return { name: field.name, value: after[index], sign: descending ? -1 : 1, compare }
  })
  return (row) => {
    for (const { name, value, sign, compare } of terms) {
      const difference = compare(row[name], value) * sign
      if (difference !== 0) return difference > 0
    }
    return false
  }
}
