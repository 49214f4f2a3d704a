import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { Filter, FindPlan, Test } from '../../query/ast.ts'
import type { FieldDefinition } from '../../schema/definition.ts'
import type { Dialect, Slot } from './dialect.ts'

/** Gives out the slot of each value, in the order in which `shapeOf` lists the values. */
export type TakeSlot = () => Slot

export function columnOf(field: FieldDefinition): RawBuilder<unknown> {
  return sql.ref(field.column)
}

/** Where a filter is compiled: for which engine, on which table, with which slots. */
export interface FilterScope {
  readonly dialect: Dialect
  readonly table: string
  readonly take: TakeSlot
}

/** The WHERE of a filter. SQL's unknown never shows: each test says itself what null yields. */
export function compileFilter(scope: FilterScope, filter: Filter): RawBuilder<SqlBool> {
  switch (filter.kind) {
    case 'every':
      return sql<SqlBool>`1 = 1`
    case 'none':
      return sql<SqlBool>`1 = 0`
    case 'and':
    case 'or':
      return balance(
        filter.terms.map((term) => compileFilter(scope, term)),
        filter.kind,
      )
    case 'test':
      return compileTest(scope, filter)
  }
}

function compileTest({ dialect, table, take }: FilterScope, test: Test): RawBuilder<SqlBool> {
  // With its table, because a test may bring in columns of a function, such as json_each's.
  const column = sql.id(table, test.field.column)
  const slots = dialect.operands(test).map(take)
  const isNull = () => dialect.isNull(column, test, slots)
  if (test.operator === 'null') return test.negated ? sql<SqlBool>`not ${isNull()}` : isNull()
  const holds = dialect.test(column, test, slots)
  if (!test.negated) return holds
  if (test.matchesNull) return sql<SqlBool>`(${isNull()} or not (${holds}))`
  const canBeNull = test.field.nullable || test.path !== undefined
  return canBeNull
    ? sql<SqlBool>`(not (${isNull()}) and not (${holds}))`
    : sql<SqlBool>`not (${holds})`
}

/** A tree rather than a chain, because engines limit the depth of an expression. */
function balance(terms: readonly RawBuilder<SqlBool>[], kind: 'and' | 'or'): RawBuilder<SqlBool> {
  if (terms.length === 1) return terms[0]!
  const middle = terms.length >> 1
  const left = balance(terms.slice(0, middle), kind)
  const right = balance(terms.slice(middle), kind)
  return kind === 'and' ? sql<SqlBool>`(${left} and ${right})` : sql<SqlBool>`(${left} or ${right})`
}

/**
 * Rows behind a cursor. Where all terms run one way and none can be null, most engines use an index
 * for `(a, b) > (?, ?)`; elsewhere the comparison is written out, term within term.
 */
export function compileAfter(
  { rowValues }: Dialect,
  { order, after }: FindPlan,
  take: TakeSlot,
): RawBuilder<SqlBool> {
  const slots = after!.map((value) => (value === null ? null : take()))
  const [first] = order
  const simple =
    rowValues && order.every((t) => !t.field.nullable && t.descending === first!.descending)
  if (simple) {
    const columns = sql.join(order.map(({ field }) => columnOf(field)))
    const values = sql.join(slots)
    return first!.descending
      ? sql<SqlBool>`(${columns}) < (${values})`
      : sql<SqlBool>`(${columns}) > (${values})`
  }
  const written = order.reduceRight<RawBuilder<SqlBool>>(
    (rest, { field, descending }, index) => {
      const column = columnOf(field)
      const slot = slots[index]!
      const behind = compileBehind(field, descending, slot)
      const same = slot === null ? sql`${column} is null` : sql`${column} = ${slot}`
      return sql<SqlBool>`(${behind} or (${same} and ${rest}))`
    },
    sql<SqlBool>`1 = 0`,
  )
  const [slot] = slots
  if (first === undefined || first.field.nullable || slot === null) return written
  // It follows from the rest, but engines look only for such a bound to begin at the cursor in an
  // index, and would read all rows before it otherwise.
  const column = columnOf(first.field)
  const bound = first.descending ? sql`${column} <= ${slot}` : sql`${column} >= ${slot}`
  return sql<SqlBool>`(${bound} and ${written})`
}

function compileBehind(field: FieldDefinition, descending: boolean, slot: Slot | null) {
  const column = columnOf(field)
  if (descending) {
    if (slot === null) return sql`1 = 0`
    return field.nullable
      ? sql`(${column} < ${slot} or ${column} is null)`
      : sql`${column} < ${slot}`
  }
  if (slot !== null) return sql`${column} > ${slot}`
  return sql`${column} is not null`
}
