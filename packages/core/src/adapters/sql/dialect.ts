import type { Expression, Kysely, RawBuilder, SqlBool } from 'kysely'
import type { OrderTerm, Test } from '../../query/ast.ts'
import type { FieldDefinition } from '../../schema/definition.ts'
import type { KyselyParts } from './kysely-parts.ts'
import type { RowCode } from './row-code.ts'

/** Tables and columns come from the schema map at run time, so Kysely knows none by type. */
export type Tables = Record<string, Record<string, unknown>>

/** Where a value will be bound when the statement runs. */
export type Slot = Expression<unknown>

/**
 * What differs between SQL engines. Everything else (which statement a plan is, and its shape) is
 * said once, in this folder.
 */
export interface Dialect {
  /** Compiles statements; never runs them. */
  readonly kysely: Kysely<Tables>
  /** The same for who runs them, too. */
  readonly kyselyParts: KyselyParts

  /** Whether an index serves `(a, b) > (?, ?)`. Where it does not, the comparison is written out. */
  readonly rowValues: boolean

  /** The values that a test binds, as the engine stores them. Their number is part of the shape. */
  operands(test: Test): readonly unknown[]

  /** The positive test of a value that is not null. `slots` stand for the operands, in order. */
  test(column: RawBuilder<unknown>, test: Test, slots: readonly Slot[]): RawBuilder<SqlBool>

  /** Whether the tested value, or the place in the JSON value, is null. */
  isNull(column: RawBuilder<unknown>, test: Test, slots: readonly Slot[]): RawBuilder<SqlBool>

  /** A value of this field as the engine stores it. Null stays null. */
  encode(field: FieldDefinition, value: unknown): unknown

  /** The same for whole rows, and the way back. */
  readonly rowCode: RowCode

  /** How a column is read so that nothing is lost on the way, such as a bigint as text. */
  read(field: FieldDefinition, expression: RawBuilder<unknown>): RawBuilder<unknown>

  /** An order's term; null must come out smallest. */
  order(term: OrderTerm, column: RawBuilder<unknown>): RawBuilder<unknown>

  /** A LIMIT or OFFSET whose number is bound. */
  limit(slot: Slot): RawBuilder<number>
  /** What to bind as the limit of a query that has an offset only. */
  readonly noLimit: unknown

  /** Whether rows are locked by saying so; where one writer at a time is let in, they need not be. */
  readonly locksRows: boolean

  /** The value after an increment; what leaves the kind's range must fail. */
  increment(field: FieldDefinition, column: RawBuilder<unknown>, slot: Slot): RawBuilder<unknown>

  /**
   * The exact total of a whole-number column, as columns to read; `total` puts what was read
   * together. In parts, because engines' own sums overflow on the way to a total that fits.
   */
  wholeSum(column: RawBuilder<unknown>): readonly RawBuilder<unknown>[]
  total(parts: readonly unknown[]): bigint
}
