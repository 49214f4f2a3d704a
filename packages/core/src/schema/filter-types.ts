import type { Json } from '../lib/json.ts'

/** Tests every field takes. `N` is null when the field may be null. */
export interface EqualOps<out T, out N> {
  readonly eq?: T | N
  readonly ne?: T | N
  readonly in?: readonly (T | N)[]
  readonly notIn?: readonly (T | N)[]
  readonly isNull?: boolean
}

/** Tests of values that have an order. None of them matches null. */
export interface OrderOps<out T, out N> extends EqualOps<T, N> {
  readonly gt?: T
  readonly gte?: T
  readonly lt?: T
  readonly lte?: T
}

/** Tests of texts: exact, with no wildcards. */
export interface TextOps<out T, out N> extends OrderOps<T, N> {
  readonly contains?: string
  readonly startsWith?: string
  readonly endsWith?: string
}

/** Tests of arrays. `hasAll: []` matches every array, `hasAny: []` none. */
export interface ArrayOps<out E> {
  readonly has?: E
  readonly hasAny?: readonly E[]
  readonly hasAll?: readonly E[]
  readonly isNull?: boolean
}

/** Tests of a whole JSON field. */
export interface JsonOps {
  readonly isNull?: boolean
  /** That this may be undefined lets the compiler tell the tests of places apart by their path. */
  readonly path?: undefined
}

/**
 * Tests of one place in a JSON field. A value of another type than the operand's never matches; a
 * missing key is null, so `N` always admits null.
 */
export interface JsonEqualOps<out P, out V, out N = null> extends EqualOps<V, N> {
  /** Keys, and positions in arrays. */
  readonly path: P
}

export interface JsonOrderOps<out P, out V, out N = null> extends OrderOps<V, N> {
  readonly path: P
}

export interface JsonTextOps<out P, out V, out N = null> extends TextOps<V, N> {
  readonly path: P
}

/**
 * Nothing is assignable to this. It stands beside operands that are all literals, or the compiler
 * would tell the tests of places apart by their operand, and complain of a path that is right.
 */
export interface NoOtherValue {
  readonly '~never': never
}

type Step = string | number
type Scalar = string | number | boolean
type AnyPlace<P extends readonly Step[]> = JsonTextOps<readonly [...P, Step, ...Step[]], Scalar>

/** The tests of every place in `J`, so that a path completes and its operators fit it. */
type JsonTests<J, P extends readonly Step[] = readonly []> =
  NonNullable<Json> extends J
    ? AnyPlace<P>
    : P['length'] extends 5
      ? AnyPlace<P>
      : J extends readonly (infer E)[]
        ? number extends J['length']
          ? JsonTestsAt<E, readonly [...P, number]>
          : TupleTests<J, P>
        : J extends object
          ? { [N in keyof J & string]-?: JsonTestsAt<J[N], readonly [...P, N]> }[keyof J & string]
          : never

type TupleTests<J extends readonly unknown[], P extends readonly Step[]> = {
  [N in keyof J & `${number}`]-?: N extends `${infer At extends number}`
    ? JsonTestsAt<J[N], readonly [...P, At]>
    : never
}[keyof J & `${number}`]

type JsonTestsAt<V, P extends readonly Step[]> = TestsOf<P, Extract<V, Scalar>> | JsonTests<V, P>

type TestsOf<P, V> = [Extract<V, string>] extends [never]
  ? [Extract<V, number>] extends [never]
    ? JsonEqualOps<P, V, NullOf<V>>
    : JsonOrderOps<P, V, NullOf<V>>
  : JsonTextOps<P, V, NullOf<V>>

type NullOf<V> = string extends V ? null : number extends V ? null : NoOtherValue | null

/** What a filter may say of a field, by the field's kind: a value or tests. */
export interface FilterByKind<T, N> {
  readonly id: T | N | TextOps<T, N>
  readonly text: T | N | TextOps<T, N>
  readonly int: T | N | OrderOps<T, N>
  readonly bigint: T | N | OrderOps<T, N>
  readonly float: T | N | OrderOps<T, N>
  readonly decimal: T | N | OrderOps<T, N>
  readonly boolean: T | N | EqualOps<T, N>
  readonly timestamp: T | N | OrderOps<T, N>
  readonly date: T | N | OrderOps<T, N>
  readonly bytes: T | N | EqualOps<T, N>
  readonly enum: T | N | OrderOps<T, N>
  readonly json: N | JsonOps | JsonTests<T>
  readonly array: N | ArrayOps<T extends readonly (infer E)[] ? E : never>
}
