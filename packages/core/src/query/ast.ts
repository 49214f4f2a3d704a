import type {
  CollectionDefinition,
  FieldDefinition,
  RelationDefinition,
  Row,
} from '../schema/definition.ts'

/**
 * A filter as the evaluator and every compiler read it: typed operands, negation only at the
 * leaves, the two logics already told apart. `parse-filter.ts` makes it from what a caller wrote.
 */
export type Filter = Every | None | Both | Either | Test

export interface Every {
  readonly kind: 'every'
}
export interface None {
  readonly kind: 'none'
}
export interface Both {
  readonly kind: 'and'
  readonly terms: readonly Filter[]
}
export interface Either {
  readonly kind: 'or'
  readonly terms: readonly Filter[]
}

/** One comparison of one field, or of one place inside a JSON field. */
export interface Test {
  readonly kind: 'test'
  readonly field: FieldDefinition
  /** JSON fields only: keys are texts, array positions are numbers. */
  readonly path?: readonly (string | number)[]
  readonly operator: TestOperator
  /** An accepted value of the field's type; an array of such for `in`; undefined for `null`. */
  readonly operand: unknown
  readonly negated: boolean
  /**
   * What a row with null here yields. In two-valued logic the opposite of what the positive test
   * yields, so `ne` and `NOT` are exact complements; in three-valued logic (policies) always false.
   */
  readonly matchesNull: boolean
}

/** What remains when `ne`, `notIn`, `isNull`, `hasAny` and `hasAll` are said by the others. */
export type TestOperator =
  | 'eq'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'in'
  | 'contains'
  | 'startsWith'
  | 'endsWith'
  | 'has'
  | 'null'

export interface OrderTerm {
  readonly field: FieldDefinition
  readonly descending: boolean
}

export type MeasureFunction = 'count' | 'sum' | 'avg' | 'min' | 'max'

export interface Measure {
  readonly name: string
  readonly function: MeasureFunction
  /** Absent for `count`, which counts rows. */
  readonly field?: FieldDefinition
}

/** The only mark by which an adapter knows that a plan came through this package's planner. */
export const planMark: unique symbol = Symbol('wherry.plan')

interface Planned {
  readonly [planMark]: true
  readonly collection: CollectionDefinition
}

export interface FindPlan extends Planned {
  readonly kind: 'find'
  readonly filter: Filter
  /** What to return, in the order of the schema. */
  readonly fields: readonly FieldDefinition[]
  /** Total: it ends with the key. */
  readonly order: readonly OrderTerm[]
  readonly limit: number | undefined
  readonly offset: number
  /** Only rows behind these values, one for each term of the order. */
  readonly after: readonly unknown[] | undefined
  /** Of the rows that have the same value in a field only the first few, before `offset` and `limit`. */
  readonly limitPer: LimitPer | undefined
  /** Lock the rows until the transaction ends. */
  readonly forUpdate: boolean
  /** With `forUpdate`: leave out rows that others hold, and wait for none. Adapters' own plans say so. */
  readonly skipLocked?: boolean
  /**
   * What belongs to the rows, in the order of the schema. `include.ts` asks for it by plans of its
   * own, so this is nothing to an adapter: its rows are flat.
   */
  readonly includes: readonly Include[]
}

export interface LimitPer {
  readonly field: FieldDefinition
  readonly limit: number
}

/** The rows that a relation leads to from each row of a plan. */
export interface Include {
  readonly relation: RelationDefinition
  /** Finds them, but for the condition that ties them to a row; its limit is one for each row. */
  readonly plan: FindPlan
  /** Finds the rows that join the two, when the relation leads through such. */
  readonly join?: FindPlan
}

/** Groups come back unordered and whole: `planAggregate(…).finish` filters, orders and cuts them. */
export interface AggregatePlan extends Planned {
  readonly kind: 'aggregate'
  readonly filter: Filter
  readonly groupBy: readonly FieldDefinition[]
  readonly measures: readonly Measure[]
}

/** `rows` are complete: every field of the collection has an accepted value or null. */
export interface InsertPlan extends Planned {
  readonly kind: 'insert'
  readonly rows: readonly Row[]
}

export interface UpdatePlan extends Planned {
  readonly kind: 'update'
  readonly filter: Filter
  readonly set: readonly Assignment[]
  /** Return the changed rows, and not only their number. */
  readonly returning: boolean
}

/** Inserts `row`; if a row has the same values in `on`, changes that row by `set` instead. */
export interface UpsertPlan extends Planned {
  readonly kind: 'upsert'
  readonly row: Row
  readonly on: readonly FieldDefinition[]
  readonly set: readonly Assignment[]
}

export interface DeletePlan extends Planned {
  readonly kind: 'delete'
  readonly filter: Filter
}

/** `increment` adds to the value before; null stays null. */
export interface Assignment {
  readonly field: FieldDefinition
  readonly operation: 'set' | 'increment'
  readonly value: unknown
}

export type ReadPlan = FindPlan | AggregatePlan
export type WritePlan = InsertPlan | UpdatePlan | UpsertPlan | DeletePlan
export type Plan = ReadPlan | WritePlan
