import type { Logic } from '../../src/query/parse-filter.ts'
import type { Row } from '../../src/schema/definition.ts'
import { things } from '../support/things.ts'
import type { Where } from './filters.ts'

/**
 * The contract's meaning of a filter, read straight off what a caller writes: slow, without
 * normal forms, negation kept where it stands. It shares no code with the evaluator.
 */
type Truth = boolean | 'unknown'

export function admits(where: Where, row: Row, logic: Logic): boolean {
  return group(where, row, logic) === true
}

function group(where: Where, row: Row, logic: Logic): Truth {
  return every(
    Object.entries(where).map(([name, value]) => {
      if (name === 'NOT') return not(group(value as Where, row, logic))
      const terms = () => (value as Where[]).map((term) => group(term, row, logic))
      if (name === 'AND') return every(terms())
      if (name === 'OR') return not(every(terms().map(not)))
      return field(name, value, row[name], logic)
    }),
  )
}

function field(name: string, written: unknown, value: unknown, logic: Logic): Truth {
  const plain =
    written === null ||
    typeof written !== 'object' ||
    Object.getPrototypeOf(written) !== Object.prototype
  const operators: Where = plain ? { eq: written } : (written as Where)
  const { path, ...tests } = operators
  const tested = path === undefined ? value : at(value, path as (string | number)[])
  const { kind } = things.fields.get(name)!
  return every(
    Object.entries(tests).map(([operator, operand]) =>
      test(kind, operator, operand, tested, logic, path !== undefined),
    ),
  )
}

function test(
  kind: string,
  operator: string,
  operand: unknown,
  value: unknown,
  logic: Logic,
  inJson: boolean,
): Truth {
  const again = (other: string, of: unknown) => test(kind, other, of, value, logic, inJson)
  switch (operator) {
    case 'isNull':
      return (value === null) === operand
    case 'ne':
      return not(again('eq', operand))
    case 'notIn':
      return not(again('in', operand))
    case 'in': {
      const items = operand as unknown[]
      // A policy's list may have come out empty because a claim is absent: that admits nobody.
      if (items.length === 0 && logic === 'three') return 'unknown'
      return some(items.map((item) => again('eq', item)))
    }
    case 'hasAny':
      if (logic === 'three' && (operand as unknown[]).length === 0) return 'unknown'
      return some((operand as unknown[]).map((item) => again('has', item)))
    case 'hasAll':
      if (value === null) return logic === 'two' ? false : 'unknown'
      return every((operand as unknown[]).map((item) => again('has', item)))
    case 'eq':
      if (logic === 'two' && operand === null) return value === null
      if (logic === 'three' && operand === null) return 'unknown'
  }
  if (value === null) return logic === 'two' ? false : 'unknown'
  return inJson ? holdsInJson(operator, operand, value) : holds(kind, operator, operand, value)
}

function holds(kind: string, operator: string, operand: unknown, value: unknown): boolean {
  switch (operator) {
    case 'contains':
      return (value as string).split(operand as string).length > 1 || operand === ''
    case 'startsWith':
      return (value as string).slice(0, (operand as string).length) === operand
    case 'endsWith':
      return operand === '' || (value as string).slice(-(operand as string).length) === operand
    case 'has':
      return (value as unknown[]).some(
        (item) => Number(item) === Number(operand) || item === operand,
      )
    default:
      return compares(operator, order(kind, value, operand))
  }
}

function holdsInJson(operator: string, operand: unknown, value: unknown): boolean {
  if (typeof value !== typeof operand) return false
  const kind = typeof value === 'string' ? 'text' : 'float'
  return holds(kind, operator, operand, value)
}

function compares(operator: string, difference: number): boolean {
  switch (operator) {
    case 'eq':
      return difference === 0
    case 'gt':
      return difference > 0
    case 'gte':
      return difference >= 0
    case 'lt':
      return difference < 0
    case 'lte':
      return difference <= 0
    default:
      throw new Error(`the naive interpreter does not know ${operator}`)
  }
}

/** Bytes for texts and bytes, numbers for the rest, decimals as whole numbers of thousandths. */
function order(kind: string, a: unknown, b: unknown): number {
  switch (kind) {
    case 'bytes':
      return Buffer.compare(a as Uint8Array, b as Uint8Array)
    case 'id':
    case 'text':
    case 'enum':
    case 'date':
      return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string))
    case 'decimal':
      return sign(BigInt((a as string).replace('.', '')), BigInt((b as string).replace('.', '')))
    case 'bigint':
      return sign(a as bigint, b as bigint)
    default:
      return sign(Number(a), Number(b))
  }
}

function sign<T extends number | bigint>(a: T, b: T): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function at(json: unknown, path: readonly (string | number)[]): unknown {
  let value = json
  for (const step of path) {
    const here: Record<string, unknown> =
      typeof value === 'object' &&
      value !== null &&
      Array.isArray(value) === (typeof step === 'number')
        ? (value as Record<string, unknown>)
        : {}
    value = Object.entries(here).find(([key]) => key === String(step))?.[1] ?? null
  }
  return value
}

function every(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false
  return truths.includes('unknown') ? 'unknown' : true
}

function some(truths: readonly Truth[]): Truth {
  return not(every(truths.map(not)))
}

function not(truth: Truth): Truth {
  return truth === 'unknown' ? truth : !truth
}
