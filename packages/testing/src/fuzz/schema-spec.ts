import { collection, defineSchema, t, type AnySchema } from '@wherry/core/schema'
import type { SchemaDefinition } from '@wherry/core/schema'
import { print } from './lib/print.ts'
import { drawnRelations, makeRelations, printRelations } from './relations.ts'

/** A schema as data, so that it can be drawn, shrunk and printed. */
export interface SchemaSpec {
  readonly collections: Readonly<Record<string, CollectionSpec>>
  readonly naming: 'as_is' | 'snake_case'
}

export interface CollectionSpec {
  readonly fields: Readonly<Record<string, FieldSpec>>
  /** Absent: the one field made by `t.id()`. */
  readonly key?: readonly string[]
  readonly indexes: readonly IndexSpec[]
}

export interface IndexSpec {
  readonly fields: readonly string[]
  readonly unique: boolean
}

/** The method of `t` and its arguments; an array's argument is the spec of its elements. */
export interface FieldSpec {
  readonly type: string
  readonly args: readonly unknown[]
  readonly element?: FieldSpec
  readonly nullable: boolean
  /** A constant default; absent: none. */
  readonly initial?: unknown
}

export interface BuiltSchema {
  readonly schema: AnySchema
  readonly definition: SchemaDefinition
}

interface Builder {
  nullable(): Builder
  default(value: unknown): Builder
  key(...names: string[]): Builder
  index(...names: string[]): Builder
  unique(...names: string[]): Builder
}

/** Throws InvalidSchema as `defineSchema` does. */
export function buildSchema(spec: SchemaSpec): BuiltSchema {
  const collections: Record<string, unknown> = {}
  for (const [name, each] of Object.entries(spec.collections)) {
    collections[name] = buildCollection(each)
  }
  const schema = defineSchema(collections as never, { naming: spec.naming })
  const { definition } = schema
  const relations = drawnRelations(definition)
  const related = schema.relations((of) => makeRelations(of, relations) as never) as unknown
  return { schema: related as AnySchema, ...(related as { definition: SchemaDefinition }) }
}

function buildCollection({ fields, key, indexes }: CollectionSpec): unknown {
  const builders: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) builders[name] = buildField(field)
  let builder = collection(builders as never) as unknown as Builder
  if (key !== undefined) builder = builder.key(...key)
  for (const index of indexes) {
    builder = index.unique ? builder.unique(...index.fields) : builder.index(...index.fields)
  }
  return builder
}

function buildField({ type, args, element, nullable, initial }: FieldSpec): Builder {
  const make = (t as unknown as Record<string, (...args: unknown[]) => Builder>)[type]!
  let builder = make(...(element === undefined ? args : [buildField(element)]))
  if (nullable) builder = builder.nullable()
  if (initial !== undefined) builder = builder.default(initial)
  return builder
}

/** The schema as TypeScript. */
export function printSchema(spec: SchemaSpec): string {
  const options = spec.naming === 'as_is' ? '' : `, { naming: '${spec.naming}' }`
  const collections = Object.entries(spec.collections).map(
    ([name, each]) => `  ${name}: ${printCollection(each)},\n`,
  )
  const { definition } = buildSchema(spec)
  return `const schema = defineSchema({\n${collections.join('')}}${options})${printRelations(definition)}`
}

function printCollection({ fields, key, indexes }: CollectionSpec): string {
  const names = (list: readonly string[]) => list.map((name) => print(name)).join(', ')
  const lines = Object.entries(fields).map(
    ([name, field]) => `    ${name}: ${printField(field)},\n`,
  )
  return (
    `collection({\n${lines.join('')}  })` +
    (key === undefined ? '' : `.key(${names(key)})`) +
    indexes
      .map(({ fields: list, unique }) => `.${unique ? 'unique' : 'index'}(${names(list)})`)
      .join('')
  )
}

function printField({ type, args, element, nullable, initial }: FieldSpec): string {
  const given =
    element === undefined ? args.map((arg) => print(arg)).join(', ') : printField(element)
  const suffix = initial === undefined ? '' : `.default(${print(initial)})`
  return `t.${type}(${given})${nullable ? '.nullable()' : ''}${suffix}`
}
