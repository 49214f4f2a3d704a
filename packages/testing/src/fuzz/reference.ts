import { Buffer } from 'node:buffer'
import type { CollectionDefinition, FieldDefinition, ValueType } from '@wherry/core/schema'
import { isRecord } from './lib/plain.ts'

type Row = Readonly<Record<string, unknown>>
/** Null is unknown, which only three-valued logic knows. */
export type Truth = boolean | null
type Logic = 'two' | 'three'
/** Named fields: of a collection, or of what an aggregate returns. */
export type Shape = Pick<CollectionDefinition, 'fields'>

/**
 * What a filter, as it was written, says of a row: a second and naive reading of the contract that
 * shares no code with the first. It trusts that the filter is valid.
 */
export function truthOf(shape: Shape, where: Row, row: Row, logic: Logic): Truth {
  return all(
    Object.entries(where).map(([name, value]) => {
      const terms = value as readonly Row[]
      if (name === 'AND') return all(terms.map((term) => truthOf(shape, term, row, logic)))
      if (name === 'OR') return any(terms.map((term) => truthOf(shape, term, row, logic)))
      if (name === 'NOT') return not(truthOf(shape, value as Row, row, logic))
      return fieldTruth(shape.fields.get(name)!, value, row[name], logic)
    }),
  )
}

const not = (truth: Truth): Truth => (truth === null ? null : !truth)

function all(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false
  return truths.includes(null) ? null : true
}

function any(truths: readonly Truth[]): Truth {
  return not(all(truths.map(not)))
}

function fieldTruth(field: FieldDefinition, test: unknown, value: unknown, logic: Logic): Truth {
  if (!isRecord(test)) return operatorTruth(field, 'eq', test, value, logic)
  const { path, ...operators } = test
  const inside = path !== undefined
  const type: ValueType = inside ? { kind: 'json' } : field
  const found = inside ? valueAt(value, path as (string | number)[]) : value
  return all(
    Object.entries(operators).map(([operator, operand]) =>
      operatorTruth(type, operator, operand, found, logic),
    ),
  )
}

function operatorTruth(
  type: ValueType,
  operator: string,
  operand: unknown,
  value: unknown,
  logic: Logic,
): Truth {
  const list = operand as readonly unknown[]
  const again = (name: string) => operatorTruth(type, name, operand, value, logic)
  const unknown: Truth = logic === 'three' ? null : false
  switch (operator) {
    case 'isNull':
      return (value === null) === operand
    case 'ne':
      return not(again('eq'))
    case 'notIn':
      return not(again('in'))
    case 'eq':
      if (logic === 'two' && operand === null) return value === null
      return operand === null || value === null ? unknown : same(type, value, operand)
    case 'in': {
      // A policy's list that is empty stands for a claim that is absent: unknown, not false.
      if (list.length === 0) return unknown
      return any(list.map((item) => operatorTruth(type, 'eq', item, value, logic)))
    }
    case 'has':
      return value === null ? unknown : holds(type, value, operand)
    case 'hasAll':
      return value === null ? unknown : list.every((item) => holds(type, value, item))
    case 'hasAny':
      return value === null || list.length === 0
        ? unknown
        : list.some((item) => holds(type, value, item))
    default:
      return value === null ? unknown : relation(type, operator, value, operand)
  }
}

function holds(type: ValueType, array: unknown, item: unknown): boolean {
  return (array as readonly unknown[]).some((each) => same(type.element!, each, item))
}

function relation(type: ValueType, operator: string, value: unknown, operand: unknown): boolean {
  if (type.kind === 'json' && typeof value !== typeof operand) return false
  switch (operator) {
    case 'contains':
      return (value as string).split(operand as string).length > 1 || operand === ''
    case 'startsWith':
      return (value as string).slice(0, (operand as string).length) === operand
    case 'endsWith': {
      const from = (value as string).length - (operand as string).length
      return from >= 0 && (value as string).slice(from) === operand
    }
  }
  const difference = compareValues(type, value, operand)
  switch (operator) {
    case 'gt':
      return difference > 0
    case 'gte':
      return difference >= 0
    case 'lt':
      return difference < 0
    case 'lte':
      return difference <= 0
    default:
      throw new Error(`The reference does not know the operator ${operator}`)
  }
}

function same(type: ValueType, a: unknown, b: unknown): boolean {
  return typeof a === typeof b && compareValues(type, a, b) === 0
}

/** Null is the smallest; texts go by their bytes in UTF-8, decimals by what they are worth. */
export function compareValues(type: ValueType, a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null)
  if (a instanceof Date) return a.getTime() - (b as Date).getTime()
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array)
  if (type.kind === 'decimal') return compare(worth(a as string), worth(b as string))
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  return compare(a as number, b as number)
}

function compare<T extends number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A decimal as a whole number of 10^-18. */
export function worth(decimal: string): bigint {
  const [whole = '', fraction = ''] = decimal.replace('-', '').split('.')
  const digits = BigInt(whole + fraction.slice(0, 18).padEnd(18, '0'))
  return decimal.startsWith('-') ? -digits : digits
}

function valueAt(json: unknown, path: readonly (string | number)[]): unknown {
  const [step, ...rest] = path
  if (step === undefined) return json
  const fits = typeof step === 'number' ? Array.isArray(json) : isRecord(json)
  if (!fits || !Object.hasOwn(json as object, step)) return null
  return valueAt((json as Record<string | number, unknown>)[step], rest)
}
