import { WherryError } from '../errors/wherry-error.ts'
import type { FieldDefinition } from '../schema/definition.ts'
import { kinds, type Uses } from '../schema/kinds.ts'
import type { Test } from './ast.ts'

/** What each operator asks of a kind: a use of the kinds' table, an array, or nothing. */
export const operatorUse = {
  eq: 'equal',
  ne: 'equal',
  in: 'equal',
  notIn: 'equal',
  gt: 'range',
  gte: 'range',
  lt: 'range',
  lte: 'range',
  contains: 'text',
  startsWith: 'text',
  endsWith: 'text',
  has: 'element',
  hasAny: 'element',
  hasAll: 'element',
  isNull: 'null',
} as const
export type Operator = keyof typeof operatorUse

export function permits(
  field: FieldDefinition,
  path: Test['path'],
  use: Uses | 'element' | 'null',
): boolean {
  if (use === 'null') return true
  if (use === 'element') return field.kind === 'array'
  return path !== undefined || kinds[field.kind].allows[use] === true
}

export function unfit(field: FieldDefinition, path: Test['path'], operator: string): WherryError {
  const advice =
    field.kind === 'array'
      ? 'use has, hasAny, hasAll or isNull'
      : field.kind === 'json' && path === undefined
        ? "name a place in it: { path: ['key'], eq: … }"
        : 'compare it with eq, in or isNull'
  return new WherryError(
    'UnknownOperator',
    `'${operator}' does not apply to '${field.name}', which is of kind ${field.kind}; ${advice}`,
    { fields: [field.name] },
  )
}
