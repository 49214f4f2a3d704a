import type { Relation } from '../schema/builder-types.ts'
import type { Kind } from '../schema/definition.ts'
import type { FilterByKind, OrderOps, TextOps } from '../schema/filter-types.ts'
import type {
  AnySchema,
  CollectionName,
  ExtremeName,
  FieldName,
  InsertOf,
  KindOf,
  Logic,
  NumberName,
  OrderName,
  RelationsFrom,
  RowOf,
  UniqueName,
  UpdateOf,
  ValueOf,
  Where,
} from '../schema/types.ts'

/**
 * Infers `Q` as the literal that was written, in a branch that is never taken, and checks it
 * against `Shape`, so that names which do not belong are found at every depth.
 */
export type Checked<Q, Shape> = [Q] extends [never] ? Q : Shape

/** Likewise, where a term that turns out undefined would make a write or a count reach too far. */
export type CheckedWhere<Q, Shape> = [Q] extends [never]
  ? Q
  : [UndefinedIn<Q extends { readonly where: infer W } ? W : never>] extends [never]
    ? Shape
    : UndefinedIn<Q extends { readonly where: infer W } ? W : never>

/** Names the terms of a filter that are there but may be undefined; optional ones may be absent. */
type UndefinedIn<W> = W extends Date | Uint8Array
  ? never
  : W extends readonly (infer E)[]
    ? UndefinedIn<E>
    : W extends object
      ? {
          [P in keyof W & string]-?: {} extends Pick<W, P>
            ? never
            : undefined extends W[P]
              ? `'${P}' may be undefined, which no filter takes: leave it out, or use null`
              : UndefinedIn<W[P]>
        }[keyof W & string]
      : never

export type Direction = 'asc' | 'desc'

/** One term of an order; several terms are an array of such. */
export type OrderBy<S extends AnySchema, K extends CollectionName<S>> = {
  readonly [P in OrderName<S, K>]?: Direction
}

type OneOrMany<T> = T | readonly T[]

export interface FindOneQuery<S extends AnySchema, K extends CollectionName<S>> {
  /** Which rows; absent or `{}`: every row. */
  readonly where?: Where<S, K>
  /** Which fields the rows have; absent: all. Not empty, and without repetition. */
  readonly select?: readonly FieldName<S, K>[]
  /** Which relations to follow, by their names; what they lead to stands in the rows. */
  readonly include?: IncludeOf<S, K>
  /** The key is always added as the last term. Null is smallest. */
  readonly orderBy?: OneOrMany<OrderBy<S, K>>
}

export interface FindQuery<S extends AnySchema, K extends CollectionName<S>> extends FindOneQuery<
  S,
  K
> {
  /** At most so many rows; absent: all. */
  readonly limit?: number
  /** Skips so many rows. Not together with `after`. */
  readonly offset?: number
  /** Continues behind the page whose `next` this is; the order must be the same. */
  readonly after?: string
}

/** `true` for whole rows, or a query that says which, and what of them. */
export type IncludeOf<
  S extends AnySchema,
  K extends CollectionName<S>,
> = K extends keyof S['~relations']
  ? { readonly [R in keyof S['~relations'][K]]?: true | IncludeQuery<S, S['~relations'][K][R]> }
  : NoRelations

/** Of `{}` a compiler would take whatever it is given. */
export interface NoRelations {
  readonly '~none'?: never
}

type IncludeQuery<S extends AnySchema, R> =
  R extends Relation<infer How, infer To extends CollectionName<S>>
    ? How extends 'belongsTo'
      ? IncludeOne<S, To>
      : IncludeMany<S, To>
    : never

export type IncludeOne<S extends AnySchema, K extends CollectionName<S>> = Omit<
  FindOneQuery<S, K>,
  'orderBy'
>

export interface IncludeMany<S extends AnySchema, K extends CollectionName<S>> extends FindOneQuery<
  S,
  K
> {
  /** At most so many rows for each row that they belong to; absent: all. */
  readonly limit?: number
}

export interface LiveQueryOf<S extends AnySchema, K extends CollectionName<S>> {
  readonly where?: Where<S, K>
  readonly include?: IncludeOf<S, K>
  readonly orderBy?: OneOrMany<OrderBy<S, K>>
  readonly limit?: number
}

export interface CountQuery<S extends AnySchema, K extends CollectionName<S>> {
  /** Which rows; absent or `{}`: every row. */
  readonly where?: Where<S, K>
}

export interface DeleteManyQuery<S extends AnySchema, K extends CollectionName<S>> {
  /** Which rows; `{}`: every row. */
  readonly where: Where<S, K>
}

export interface UpdateManyQuery<
  S extends AnySchema,
  K extends CollectionName<S>,
> extends DeleteManyQuery<S, K> {
  /** At least one field. */
  readonly set: UpdateOf<S, K>
}

export interface UpsertQuery<S extends AnySchema, K extends CollectionName<S>> {
  /** The key, or the fields of a `.unique()`: a row that has the same values there is updated. */
  readonly on: readonly UniqueName<S, K>[]
  readonly insert: InsertOf<S, K>
  /** At least one field. */
  readonly update: UpdateOf<S, K>
}

/** Its name is the message: nothing is assignable to it. */
export interface OneFunctionPerMeasure {
  readonly '~error': 'a measure is one function; name a second measure for the other'
}

/** Likewise. */
export interface NameIsTaken {
  readonly '~error': 'a measure has a name of its own, which is neither AND, OR, NOT nor in groupBy'
}

interface NoFunction {
  readonly sum?: OneFunctionPerMeasure
  readonly avg?: OneFunctionPerMeasure
  readonly min?: OneFunctionPerMeasure
  readonly max?: OneFunctionPerMeasure
}

export interface Sum<out Name> extends Omit<NoFunction, 'sum'> {
  readonly sum: Name
}
export interface Avg<out Name> extends Omit<NoFunction, 'avg'> {
  readonly avg: Name
}
export interface Min<out Name> extends Omit<NoFunction, 'min'> {
  readonly min: Name
}
export interface Max<out Name> extends Omit<NoFunction, 'max'> {
  readonly max: Name
}

/** `count` counts rows; the others measure the values of a field that are not null. */
export type Measure<S extends AnySchema, K extends CollectionName<S>> =
  | 'count'
  | Sum<NumberName<S, K>>
  | Avg<NumberName<S, K>>
  | Min<ExtremeName<S, K>>
  | Max<ExtremeName<S, K>>

export interface AggregateQuery<
  S extends AnySchema,
  K extends CollectionName<S>,
  Q = { readonly measures: { readonly [name: string]: unknown } },
> {
  /** Which rows are measured; absent or `{}`: every row. */
  readonly where?: Where<S, K>
  /** One group for each combination of their values, null among them; absent: all rows are one. */
  readonly groupBy?: readonly OrderName<S, K>[]
  /** What to measure, by the name it has in the result. */
  readonly measures: { readonly [name: string]: Measure<S, K> } & {
    readonly [P in GroupName<Q> | keyof Logic<Q>]?: NameIsTaken
  }
  /** Which groups; filters by measures and by fields of `groupBy`. */
  readonly having?: Having<S, K, Q>
  /** The fields of `groupBy` are always added as the last terms. */
  readonly orderBy?: OneOrMany<GroupOrder<GroupName<Q> | (keyof MeasuresOf<Q> & string)>>
  /** At most so many groups; absent: all. */
  readonly limit?: number
  /** Skips so many groups. */
  readonly offset?: number
}

type GroupName<Q> = Q extends { readonly groupBy: readonly (infer P)[] } ? P & string : never
type MeasuresOf<Q> = Q extends { readonly measures: infer M } ? M : never

export type GroupOrder<Names extends string> = {
  readonly [P in Names]?: Direction
}

export type Having<S extends AnySchema, K extends CollectionName<S>, Q> = {
  readonly [P in GroupName<Q> | (keyof MeasuresOf<Q> & string)]?: P extends keyof MeasuresOf<Q>
    ? MeasureFilter<S, K, MeasuresOf<Q>[P]>
    : P extends FieldName<S, K>
      ? Where<S, K>[P]
      : never
} & Logic<Having<S, K, Q>>

type MeasureFilter<S extends AnySchema, K extends CollectionName<S>, M> = M extends 'count'
  ? FilterByKind<number, never>['int']
  : M extends { readonly avg: string }
    ? FilterByKind<number, null>['float']
    : FieldMeasured<M> extends infer P extends FieldName<S, K>
      ? MeasuredFilter<ValueOf<S, K, P>, KindOf<S, K, P>>
      : never

/**
 * FilterByKind would do. But a compiler looks at every way this may turn out before it knows the
 * measures, and in a choice of two it has less to look at than in a table of all kinds.
 */
type MeasuredFilter<T, Measured extends Kind> = Measured extends 'id' | 'text'
  ? T | null | TextOps<T, null>
  : T | null | OrderOps<T, null>

type FieldMeasured<M> = M extends
  { readonly sum: infer P } | { readonly min: infer P } | { readonly max: infer P }
  ? P
  : never

/** What a measure yields. Every measure but `count` of no values is null. */
export type MeasureResult<S extends AnySchema, K extends CollectionName<S>, M> = M extends 'count'
  ? number
  : M extends { readonly avg: string }
    ? number | null
    : FieldMeasured<M> extends infer P extends FieldName<S, K>
      ? ValueOf<S, K, P> | null
      : never

/** Shows the result of a computation instead of the computation. */
type Simplify<T> = { [P in keyof T]: T[P] } & {}

/** A group: its fields of `groupBy`, and its measures. */
export type GroupOf<S extends AnySchema, K extends CollectionName<S>, Q> = Simplify<
  Pick<RowOf<S, K>, GroupName<Q> & keyof RowOf<S, K>> & {
    -readonly [P in keyof MeasuresOf<Q>]: MeasureResult<S, K, MeasuresOf<Q>[P]>
  }
>

/** A row as a query returns it: what it selects, and what it includes. */
export type Found<S extends AnySchema, K extends CollectionName<S>, Q> = Q extends {
  readonly include: infer I
}
  ? Simplify<Selected<S, K, Q> & Related<S, RelationsFrom<S, K>, I>>
  : Selected<S, K, Q>

type Related<S extends AnySchema, R, I> = {
  -readonly [N in keyof I]: N extends keyof R ? RelatedBy<S, R[N], I[N]> : never
}

type RelatedBy<S extends AnySchema, R, Q> =
  R extends Relation<infer How, infer To extends CollectionName<S>>
    ? How extends 'belongsTo'
      ? Found<S, To, Q> | null
      : Found<S, To, Q>[]
    : never

/**
 * A row as a query with this `select` returns it. Where the type does not tell which fields were
 * selected, because the query was declared as FindQuery, every field is optional.
 */
export type Selected<S extends AnySchema, K extends CollectionName<S>, Q> = Q extends {
  readonly select: infer L
}
  ? SelectedBy<S, K, L>
  : 'select' extends keyof Q
    ? Partial<RowOf<S, K>>
    : RowOf<S, K>

type SelectedBy<
  S extends AnySchema,
  K extends CollectionName<S>,
  L,
> = L extends readonly (infer P)[]
  ? number extends L['length']
    ? Simplify<Partial<Pick<RowOf<S, K>, P & keyof RowOf<S, K>>>>
    : Simplify<Pick<RowOf<S, K>, P & keyof RowOf<S, K>>>
  : RowOf<S, K>
