import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { FieldDefinition, ValueType } from './definition.ts'

/**
 * What the builders collect, before names and references are resolved. Builders carry it under a
 * registered symbol: it stays out of completions, and a builder of another copy of this package,
 * which `instanceof` would not know, is understood.
 */
export interface FieldSpec extends ValueType {
  readonly nullable: boolean
  readonly ref?: string
  readonly column?: string
  readonly initial?: { readonly value: unknown } | { readonly make: () => unknown }
  readonly managed?: FieldDefinition['managed']
  readonly check?: StandardSchemaV1
  /** The builder's call, for messages: 't.text()'. */
  readonly source: string
}

export interface IndexSpec {
  readonly names: readonly string[]
  readonly unique: boolean
}

export interface CollectionSpec {
  readonly fields: ReadonlyMap<string, FieldSpec>
  readonly key?: readonly string[]
  readonly indexes: readonly IndexSpec[]
  readonly table?: string
}

export const fieldSpec: unique symbol = Symbol.for('wherry.field')
export const collectionSpec: unique symbol = Symbol.for('wherry.collection')

export function fieldSpecOf(value: unknown): FieldSpec | undefined {
  return carried(value, fieldSpec) as FieldSpec | undefined
}

export function collectionSpecOf(value: unknown): CollectionSpec | undefined {
  return carried(value, collectionSpec) as CollectionSpec | undefined
}

function carried(value: unknown, symbol: symbol): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as { readonly [key: symbol]: unknown })[symbol]
}
