import type { CollectionDefinition, FieldDefinition, Kind } from '@wherry/core/schema'

/** What the contract lets each kind of field do, said a second time so that a slip shows. */

const equality = ['value', 'eq', 'ne', 'in', 'notIn', 'isNull'] as const
const ranges = ['gt', 'gte', 'lt', 'lte'] as const
const textual = ['contains', 'startsWith', 'endsWith'] as const

/** `value` is a field with a bare value, which means equality. */
export const operators: Readonly<Record<Kind, readonly string[]>> = {
  id: [...equality, ...ranges, ...textual],
  text: [...equality, ...ranges, ...textual],
  int: [...equality, ...ranges],
  bigint: [...equality, ...ranges],
  float: [...equality, ...ranges],
  decimal: [...equality, ...ranges],
  boolean: [...equality],
  timestamp: [...equality, ...ranges],
  date: [...equality, ...ranges],
  bytes: [...equality],
  enum: [...equality, ...ranges],
  json: ['isNull'],
  array: ['isNull', 'has', 'hasAny', 'hasAll'],
}

/** Inside a JSON field, by the type of the operand. */
export const pathOperators: Readonly<Record<string, readonly string[]>> = {
  string: ['eq', 'ne', 'in', 'notIn', ...ranges, ...textual],
  number: ['eq', 'ne', 'in', 'notIn', ...ranges],
  boolean: ['eq', 'ne', 'in', 'notIn'],
  null: ['eq', 'ne', 'isNull'],
}

/** What a list may hold, and how many of them. */
export const listLengths: Readonly<Record<string, readonly number[]>> = {
  empty: [0],
  one: [1],
  several: [2, 2, 3, 6],
}

export const allKinds = Object.keys(operators) as Kind[]
const scalarKinds: readonly Kind[] = allKinds.filter((k) => k !== 'json' && k !== 'array')
export const elementKinds: readonly Kind[] = scalarKinds.filter((kind) => kind !== 'id')
export const orderedKinds: readonly Kind[] = scalarKinds.filter((kind) => kind !== 'bytes')
export const keyKinds: readonly Kind[] = orderedKinds.filter(
  (kind) => kind !== 'float' && kind !== 'boolean',
)
export const summedKinds: readonly Kind[] = ['int', 'bigint', 'float', 'decimal']
const extremeKinds: readonly Kind[] = orderedKinds.filter((kind) => kind !== 'boolean')

export const measures: Readonly<Record<string, readonly Kind[]>> = {
  sum: summedKinds,
  avg: summedKinds,
  min: extremeKinds,
  max: extremeKinds,
}

/** How a field is found: what index it leads, if any. */
export function accessOf(
  collection: CollectionDefinition,
  field: FieldDefinition,
): 'key' | 'unique' | 'index' | 'plain' {
  if (collection.key.includes(field)) return 'key'
  const led = collection.indexes.filter(({ fields }) => fields[0] === field)
  if (led.some(({ unique }) => unique)) return 'unique'
  return led.length > 0 ? 'index' : 'plain'
}

export function nullability(field: FieldDefinition): string {
  return field.nullable ? 'nullable' : 'required'
}
