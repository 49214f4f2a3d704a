import type { Collections, Field, NumberKind } from './builder-types.ts'
import type { Kind } from './definition.ts'
import type { FilterByKind } from './filter-types.ts'

/** Any schema; also `interface AppSchema extends S {}` where `S` is `typeof schema`. */
export interface AnySchema {
  readonly '~collections': Collections
  readonly '~relations': unknown
}

export type CollectionName<S extends AnySchema> = keyof S['~collections'] & string

type FieldsOf<S extends AnySchema, K extends CollectionName<S>> = S['~collections'][K]['~fields']

export type FieldName<S extends AnySchema, K extends CollectionName<S>> = keyof FieldsOf<S, K> &
  string

/** The names of a collection's key. */
export type KeyName<
  S extends AnySchema,
  K extends CollectionName<S>,
> = S['~collections'][K]['~key'] extends readonly []
  ? GeneratedName<FieldsOf<S, K>>
  : S['~collections'][K]['~key'][number]

type GeneratedName<F> = {
  [P in keyof F]: F[P] extends { readonly '~presence': 'generated' } ? P : never
}[keyof F]

/** The names of a collection's key, and of its unique fields. */
export type UniqueName<S extends AnySchema, K extends CollectionName<S>> =
  KeyName<S, K> | S['~collections'][K]['~unique']

/** What identifies a row: the key's value, or an object of values when it has several fields. */
export type KeyOf<
  S extends AnySchema,
  K extends CollectionName<S>,
> = S['~collections'][K]['~key'] extends readonly [string, string, ...string[]]
  ? { readonly [P in keyof RowOf<S, K> as P extends KeyName<S, K> ? P : never]: RowOf<S, K>[P] }
  : RowOf<S, K>[KeyName<S, K> & keyof RowOf<S, K>]

/** How rows of a collection lead to others, by the names of the relations. */
export type RelationsFrom<
  S extends AnySchema,
  K extends CollectionName<S>,
> = K extends keyof S['~relations'] ? S['~relations'][K] : {}

/** A row as it is read. */
export type RowOf<S extends AnySchema, K extends CollectionName<S>> = {
  [P in keyof FieldsOf<S, K>]: FieldsOf<S, K>[P]['~row']
}

/** A row as it is inserted. What is absent or undefined gets its default, or null. */
export type InsertOf<S extends AnySchema, K extends CollectionName<S>> = {
  readonly [
    P in keyof FieldsOf<S, K> as FieldsOf<S, K>[P]['~presence'] extends 'required' ? P : never
  ]: FieldsOf<S, K>[P]['~input']
} & {
  readonly [
    P in keyof FieldsOf<S, K> as FieldsOf<S, K>[P]['~presence'] extends 'required' | 'service'
      ? never
      : P
  ]?: FieldsOf<S, K>[P]['~input'] | undefined
}

/** A patch: new values, or `{ increment: 1 }` for numbers. What is absent or undefined stays. */
export type UpdateOf<S extends AnySchema, K extends CollectionName<S>> = {
  readonly [
    P in keyof FieldsOf<S, K> as P extends KeyName<S, K>
      ? never
      : FieldsOf<S, K>[P]['~presence'] extends 'once' | 'service'
        ? never
        : P
  ]?: FieldsOf<S, K>[P]['~patch'] | undefined
}

/** A row's version, of a collection that counts them. */
export type VersionOf<S extends AnySchema, K extends CollectionName<S>> = [
  VersionName<FieldsOf<S, K>>,
] extends [never]
  ? 'this collection has no t.version() field'
  : number

type VersionName<F> = {
  [P in keyof F]: F[P] extends { readonly '~kind': 'int'; readonly '~presence': 'service' }
    ? P
    : never
}[keyof F]

/** Joins filters. An empty AND matches every row, an empty OR none. */
export interface Logic<out W> {
  readonly AND?: readonly W[]
  readonly OR?: readonly W[]
  readonly NOT?: W
}

type FilterOf<F extends Field> = FilterByKind<F['~value'], F['~null']>[F['~kind']]

/** A filter: every term must hold. A field takes a value or tests. `{}` matches every row. */
export type Where<S extends AnySchema, K extends CollectionName<S>> = {
  readonly [P in keyof FieldsOf<S, K>]?: FilterOf<FieldsOf<S, K>[P]>
} & Logic<Where<S, K>>

type NamesOfKind<F, Wanted extends Kind> = {
  [P in keyof F]: F[P] extends { readonly '~kind': Wanted } ? P : never
}[keyof F] &
  string

/** The fields that can be added up. */
export type NumberName<S extends AnySchema, K extends CollectionName<S>> = NamesOfKind<
  FieldsOf<S, K>,
  NumberKind
>

/** The fields that rows can be ordered and grouped by. */
export type OrderName<S extends AnySchema, K extends CollectionName<S>> = NamesOfKind<
  FieldsOf<S, K>,
  Exclude<Kind, 'bytes' | 'json' | 'array'>
>

/** The fields that have a least and a greatest value. */
export type ExtremeName<S extends AnySchema, K extends CollectionName<S>> = NamesOfKind<
  FieldsOf<S, K>,
  Exclude<Kind, 'boolean' | 'bytes' | 'json' | 'array'>
>

export type KindOf<
  S extends AnySchema,
  K extends CollectionName<S>,
  P extends FieldName<S, K>,
> = FieldsOf<S, K>[P]['~kind']

export type ValueOf<
  S extends AnySchema,
  K extends CollectionName<S>,
  P extends FieldName<S, K>,
> = FieldsOf<S, K>[P]['~value']
