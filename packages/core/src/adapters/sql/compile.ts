import {
  sql,
  type CompiledQuery,
  type RawBuilder,
  type SelectQueryBuilder,
  type SqlBool,
} from 'kysely'
import type {
  AggregatePlan,
  Assignment,
  DeletePlan,
  FindPlan,
  Measure,
  Plan,
  UpdatePlan,
} from '../../query/ast.ts'
import type { CollectionDefinition, FieldDefinition } from '../../schema/definition.ts'
import type { Dialect, Tables } from './dialect.ts'
import { columnOf, compileAfter, compileFilter, type TakeSlot } from './filter.ts'

/** Rows of a table, of which nothing is selected yet. */
type Rows = SelectQueryBuilder<Tables, string, {}>

/** A statement, and which of a shape's values each of its parameters takes. */
export interface Statement {
  readonly sql: string
  /** Undefined when the parameters are the values, in their order. */
  readonly parameters: readonly number[] | undefined
}

/** Stands in a compiled query's parameters for a value that is bound when the statement runs. */
class SlotMark {
  readonly index: number
  constructor(index: number) {
    this.index = index
  }
}

/** The statement of a plan's shape; an insert's is for one row. */
export function compilePlan(dialect: Dialect, plan: Plan): Statement {
  let taken = 0
  const take: TakeSlot = () => sql.val(new SlotMark(taken++))
  const { sql: text, parameters } = compileQuery(dialect, plan, take)
  const order = parameters.map((parameter) => (parameter as SlotMark).index)
  const inOrder = order.length === taken && order.every((index, at) => index === at)
  return { sql: text, parameters: inOrder ? undefined : order }
}

function compileQuery(dialect: Dialect, plan: Plan, take: TakeSlot): CompiledQuery {
  switch (plan.kind) {
    case 'find':
      return compileFind(dialect, plan, take)
    case 'aggregate':
      return compileAggregate(dialect, plan, take)
    case 'insert':
      return insertRow(dialect, plan.collection, take).compile()
    case 'upsert': {
      const insert = insertRow(dialect, plan.collection, take)
      const changes = compileChanges(dialect, plan.set, take, plan.collection.table)
      return insert
        .onConflict((conflict) =>
          conflict.columns(plan.on.map(({ column }) => column)).doUpdateSet(changes),
        )
        .returning(readColumns(dialect, plan.collection.fieldList))
        .compile()
    }
    case 'update':
      return compileUpdate(dialect, plan, take)
    case 'delete':
      return compileDelete(dialect, plan, take)
  }
}

function compileFind(dialect: Dialect, plan: FindPlan, take: TakeSlot): CompiledQuery {
  let column: typeof columnOf = columnOf
  const order = () => plan.order.map((term) => dialect.order(term, column(term.field)))
  let rows = dialect.kysely.selectFrom(plan.collection.table)
  if (plan.filter.kind !== 'every')
    rows = rows.where(compileFilter({ dialect, table: plan.collection.table, take }, plan.filter))
  if (plan.after !== undefined) rows = rows.where(compileAfter(dialect, plan, take))
  if (plan.limitPer !== undefined) {
    // By position, and named with digits as no column is: SQLite takes "true" of a subquery for 1.
    const needed = Array.from(new Set([...plan.fields, ...plan.order.map(({ field }) => field)]))
    const nameOf = (field: FieldDefinition) => String(needed.indexOf(field) + 2)
    const named = rows.select(needed.map((field) => columnOf(field).as(nameOf(field))))
    rows = firstPer(dialect, plan, order(), named, take)
    column = (field) => sql.ref(nameOf(field))
  }
  let query = rows.select(readColumns(dialect, plan.fields, column))
  for (const term of order()) query = query.orderBy(term)
  if (plan.limit !== undefined || plan.offset > 0) query = query.limit(dialect.limit(take()))
  if (plan.offset > 0) query = query.offset(dialect.limit(take()))
  if (plan.forUpdate && dialect.locksRows) {
    query = query.forUpdate()
    if (plan.skipLocked) query = query.skipLocked()
  }
  return query.compile()
}

/** The same rows under the same name, without those that lie behind the first of their value. */
function firstPer(
  dialect: Dialect,
  { collection, limitPer }: FindPlan,
  order: readonly RawBuilder<unknown>[],
  rows: Rows,
  take: TakeSlot,
): Rows {
  const value = columnOf(limitPer!.field)
  const place = sql`row_number() over (partition by ${value} order by ${sql.join(order)})`
  return dialect.kysely
    .selectFrom(rows.select(place.as('1')).as(collection.table))
    .where(sql<SqlBool>`${sql.ref('1')} <= ${dialect.limit(take())}`)
}

function compileAggregate(dialect: Dialect, plan: AggregatePlan, take: TakeSlot): CompiledQuery {
  let query = dialect.kysely
    .selectFrom(plan.collection.table)
    .select(readColumns(dialect, plan.groupBy))
    .select(
      plan.measures.flatMap((measure, index) =>
        measureColumns(dialect, measure).map((column, part) => column.as(`m${index}_${part}`)),
      ),
    )
  if (plan.filter.kind !== 'every')
    query = query.where(compileFilter({ dialect, table: plan.collection.table, take }, plan.filter))
  for (const field of plan.groupBy) query = query.groupBy(columnOf(field))
  return query.compile()
}

/** `sum` and `avg` are read as a total in parts and the number of values; the rest as itself. */
export function measureColumns(dialect: Dialect, measure: Measure): readonly RawBuilder<unknown>[] {
  const { field } = measure
  if (field === undefined) return [sql`count(*)`]
  const column = columnOf(field)
  switch (measure.function) {
    case 'min':
      return [dialect.read(field, sql`min(${column})`)]
    case 'max':
      return [dialect.read(field, sql`max(${column})`)]
    default: {
      const total = field.kind === 'float' ? [sql`sum(${column})`] : dialect.wholeSum(column)
      return [sql`count(${column})`, ...total]
    }
  }
}

function insertRow(dialect: Dialect, collection: CollectionDefinition, take: TakeSlot) {
  const values = Object.fromEntries(collection.fieldList.map(({ column }) => [column, take()]))
  return dialect.kysely.insertInto(collection.table).values(values)
}

function compileUpdate(dialect: Dialect, plan: UpdatePlan, take: TakeSlot): CompiledQuery {
  const query = dialect.kysely
    .updateTable(plan.collection.table)
    .set(compileChanges(dialect, plan.set, take, plan.collection.table))
    .where(compileFilter({ dialect, table: plan.collection.table, take }, plan.filter))
  return plan.returning
    ? query.returning(readColumns(dialect, plan.collection.fieldList)).compile()
    : query.compile()
}

function compileDelete(dialect: Dialect, plan: DeletePlan, take: TakeSlot): CompiledQuery {
  return dialect.kysely
    .deleteFrom(plan.collection.table)
    .where(compileFilter({ dialect, table: plan.collection.table, take }, plan.filter))
    .compile()
}

function compileChanges(
  dialect: Dialect,
  set: readonly Assignment[],
  take: TakeSlot,
  table: string,
) {
  return Object.fromEntries(
    set.map(({ field, operation }) => {
      const slot = take()
      // With its table: in an upsert a bare name might also be the row that was to be inserted.
      const column = sql.id(table, field.column)
      return [field.column, operation === 'set' ? slot : dialect.increment(field, column, slot)]
    }),
  )
}

/**
 * Columns are found by their position, and all have one alias: SQLite takes an alias in ORDER BY for
 * the column, though what is read is not always the column itself, and no column is named '0'.
 */
function readColumns(
  dialect: Dialect,
  fields: readonly FieldDefinition[],
  column: typeof columnOf = columnOf,
) {
  return fields.map((field) => dialect.read(field, column(field)).as('0'))
}
