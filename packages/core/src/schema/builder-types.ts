import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Json } from '../lib/json.ts'
import type { Kind, SchemaDefinition } from './definition.ts'
import type { JsonFault } from './json-types.ts'
import type { Naming, ReservedName } from './naming.ts'

/**
 * Who gives the value of a field. required: every insert. optional: an insert may leave it out.
 * generated: likewise, and it is the key unless `.key()` says otherwise. once: an insert may give
 * it, an update never. service: only the service.
 */
export type Presence = 'required' | 'optional' | 'generated' | 'once' | 'service'

/**
 * What a field is to the type system: `K` its kind, `T` a value in a row, `I` a value as written,
 * `N` null when it may be null, `P` who gives it, `A` what a patch may say instead of a value. The
 * members under `~` exist in types only; they are computed here once, and read by name everywhere
 * else, which is what keeps editors quick.
 */
export interface Field<
  out K extends Kind = Kind,
  out T = unknown,
  out I = unknown,
  out N extends null = null,
  out P extends Presence = Presence,
  out A = unknown,
> {
  readonly '~kind': K
  readonly '~value': T
  readonly '~null': N
  readonly '~row': T | N
  readonly '~input': I | N
  readonly '~patch': I | N | A
  readonly '~presence': P
}

export type NumberKind = 'int' | 'bigint' | 'float' | 'decimal'

/** Adds to the value that is there; null stays null. Negative values subtract. */
export interface Increment<out T> {
  readonly increment: T
}

/** A field whose values the service makes. */
export interface FixedField<
  out K extends Kind,
  out T,
  out I,
  out N extends null,
  out P extends Presence,
> extends Field<K, T, I, N, P, never> {
  /** Its name in the database, instead of what the schema's naming makes of its name. */
  column(name: string): FixedField<K, T, I, N, P>
}

/** A field whose values the application gives. Every method returns a new field. */
export interface ValueField<
  out K extends Kind,
  out T,
  out I,
  out N extends null,
  out P extends Presence,
  out A,
> extends Field<K, T, I, N, P, A> {
  /** It may be null, and is null when an insert leaves it out and there is no default. */
  nullable(): ValueField<K, T, I, null, 'optional', A>
  /** What it gets when an insert leaves it out: a value, or a function called for each row. */
  default(value: I | N | (() => I | N)): ValueField<K, T, I, N, 'optional', A>
  /**
   * A Standard Schema (of zod, valibot, arktype…) that every written value must also pass, after
   * Wherry's own check and unless it is null. It must be synchronous. What an increment would come
   * to cannot be checked, so there is none for such a field.
   */
  check(schema: StandardSchemaV1<T, T>): ValueField<K, T, I, N, P, never>
  /** Its name in the database, instead of what the schema's naming makes of its name. */
  column(name: string): ValueField<K, T, I, N, P, A>
}

type Required<K extends Kind, T, I = T> = ValueField<K, T, I, never, 'required', never>
type RequiredNumber<K extends NumberKind, T> = ValueField<K, T, T, never, 'required', Increment<T>>

/** What an array may hold: a plain scalar field. */
export type ElementField = ValueField<
  Exclude<Kind, 'json' | 'array'>,
  unknown,
  unknown,
  never,
  'required',
  unknown
>

/** `t`: one function for each kind of field. */
export interface FieldBuilders {
  /** A text of 1 to 191 characters; a UUIDv7 when an insert leaves it out. The key by default. */
  id(): FixedField<'id', string, string, never, 'generated'>
  /** A text; `maxLength` counts characters (code points). Indexed texts need one of at most 191. */
  text(options?: { readonly maxLength?: number }): Required<'text', string>
  /** A whole number within ±(2^53 - 1). */
  int(): RequiredNumber<'int', number>
  /** A whole number of 64 bits. */
  bigint(): RequiredNumber<'bigint', bigint>
  /** A finite double. */
  float(): RequiredNumber<'float', number>
  /** An exact decimal as text; `precision` counts all digits (at most 18), `scale` those after the point. */
  decimal(precision: number, scale: number): RequiredNumber<'decimal', string>
  boolean(): Required<'boolean', boolean>
  /** A moment, to the millisecond, in the years 1 to 9999. */
  timestamp(): Required<'timestamp', Date>
  /** A day of the calendar as text: '2026-01-31'. */
  date(): Required<'date', string>
  bytes(): Required<'bytes', Uint8Array>
  /** One of these texts. */
  enum<const V extends string>(values: readonly V[]): Required<'enum', V>
  /** Any JSON, or what a Standard Schema accepts. JSON null is null, so make it `.nullable()`. */
  json(): Required<'json', NonNullable<Json>>
  json<Z extends StandardSchemaV1>(schema: JsonSchema<Z>): Required<'json', Output<Z>, Input<Z>>
  /** An array of scalars, none of them null. */
  array<E extends ElementField>(
    element: E,
  ): Required<'array', E['~value'][], readonly E['~value'][]>
  /** Holds the key of a row of that collection, which must exist and cannot be deleted meanwhile. */
  ref(collection: string): Required<'id', string>
  /** When the row was inserted. The service sets it, unless the insert gives it. */
  createdAt(): FixedField<'timestamp', Date, Date, never, 'once'>
  /** When the row was last changed. The service sets it. */
  updatedAt(): FixedField<'timestamp', Date, Date, never, 'service'>
  /** 1 at first, and 1 more with every update. The service counts. */
  version(): FixedField<'int', number, number, never, 'service'>
}

type Types<Z extends StandardSchemaV1> = NonNullable<Z['~standard']['types']>
type Input<Z extends StandardSchemaV1> = Types<Z>['input']
type Output<Z extends StandardSchemaV1> = Types<Z>['output']

/** The schema, or a text that says why it cannot describe a JSON field. */
export type JsonSchema<Z extends StandardSchemaV1> =
  JsonFault<Input<Z>, Output<Z>> extends infer Fault ? ([Fault] extends [never] ? Z : Fault) : never

export interface FieldMap {
  readonly [name: string]: Field
}

/**
 * A collection's fields `F`, the names of its key `K` (`readonly []` stands for the `t.id()` field),
 * and those that are part of a `.unique()`, `U`. Every method returns a new collection.
 */
export interface Collection<
  out F extends FieldMap = FieldMap,
  out K extends readonly string[] = readonly [],
  out U extends string = never,
> {
  readonly '~fields': F
  readonly '~key': K
  readonly '~unique': U
  /** Makes these fields the key, in this order, instead of the `t.id()` field. */
  key<const Names extends readonly (keyof F & string)[]>(...names: Names): Collection<F, Names, U>
  /** An index for filters and orders that begin with these fields. */
  index(...names: (keyof F)[]): Collection<F, K, U>
  /** No two rows have the same values here; rows with a null are never the same. */
  unique<N extends keyof F & string>(...names: N[]): Collection<F, K, U | N>
  /** Its name in the database, instead of what the schema's naming makes of its name. */
  table(name: string): Collection<F, K, U>
}

export interface AnyCollection {
  readonly '~fields': FieldMap
  readonly '~key': readonly string[]
  readonly '~unique': string
}

export interface Collections {
  readonly [name: string]: AnyCollection
}

/** The collections, with a text in place of each whose name cannot be used. */
export type NamesAllowed<C> = [C] extends [never]
  ? C
  : {
      readonly [N in keyof C]: N extends ReservedName
        ? `a collection may not be named ${N}: the name is reserved`
        : N extends `$${string}` | `__${string}`
          ? `a collection may not be named ${N}: names do not begin with $ or __`
          : C[N]
    }

export interface DefineSchemaOptions {
  /** How names become names in the database: as they are (the default), or `user_id` for `userId`. */
  readonly naming?: Naming
}

/** Collections `C` and relations `R`; `definition` is the same as plain data. */
export interface Schema<out C extends Collections = Collections, out R = unknown> {
  readonly definition: SchemaDefinition
  readonly '~collections': C
  readonly '~relations': R
}

/** A schema whose relations may still be declared. */
export interface SchemaBuilder<C extends Collections> extends Schema<C, {}> {
  /**
   * Declares how rows lead to others. Comes after the collections, so that their names complete.
   * Throws InvalidSchema for relations whose fields do not hold the other's key.
   */
  relations<D extends RelationsOf<C>>(build: (of: RelationMakers<C>) => D): Schema<C, D>
}

/**
 * What `.relations()` asks of a relation. It says nothing of where the relation leads: a compiler
 * that expected a `To` would try every name of every collection for it, at every relation.
 */
export interface AnyRelation {
  readonly '~kind': string
}

export interface Relation<out R extends string = string, out To = unknown> extends AnyRelation {
  readonly '~kind': R
  readonly '~to': To
}

export type RelationsOf<C> = {
  readonly [N in keyof C]?: { readonly [relation: string]: AnyRelation }
}

export type RelationMakers<C extends Collections> = {
  readonly [N in keyof C]: RelationMaker<FieldNames<C>, N>
}

/** Collection name to field names. Computed once a schema: it stands in many generic arguments. */
export type FieldNames<C extends Collections> = {
  readonly [N in keyof C]: keyof C[N]['~fields']
}

export interface RelationMaker<Names, From extends keyof Names> {
  /** `field` of this collection holds the other's key. Leads to a row or null. */
  belongsTo<To extends keyof Names>(to: To, field: Names[From]): Relation<'belongsTo', To>
  /** `field` of the other collection holds this one's key. Leads to rows. */
  hasMany<To extends keyof Names>(to: To, field: Names[To]): Relation<'hasMany', To>
  /**
   * Rows of `through` join the two: its `field` holds this collection's key, its `toField` the
   * other's. Leads to rows of the other.
   */
  hasManyThrough<To extends keyof Names, Through extends keyof Names>(
    to: To,
    join: {
      readonly through: Through
      readonly field: Names[Through]
      readonly toField: Names[Through]
    },
  ): Relation<'hasManyThrough', To>
}
