import { sql } from 'kysely'
import type { WriteResult } from '../../contract/adapter.ts'
import type { WherryError } from '../../errors/wherry-error.ts'
import {
  planMark,
  type DeletePlan,
  type Filter,
  type FindPlan,
  type InsertPlan,
  type Test,
  type UpdatePlan,
  type UpsertPlan,
  type WritePlan,
} from '../../query/ast.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../../schema/definition.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { kysely as compiler } from './dialect.ts'
import { toWherryError } from './errors.ts'

/** These engines return no rows of an update: what it left is read by the key, which never changes. */
export async function write(
  runner: PlanRunner,
  plan: WritePlan,
  isAlone: boolean,
): Promise<WriteResult> {
  switch (plan.kind) {
    case 'insert':
      return insert(runner, plan)
    case 'update':
      if (!plan.returning) return runner.result(plan)
      return isAlone ? updateAlone(runner, plan) : updateAndRead(runner, plan)
    case 'upsert':
      return upsert(runner, plan)
    case 'delete':
      return remove(runner, plan)
  }
}

/** Whether a plan needs no transaction around it. */
export function isAtomic(plan: WritePlan): boolean {
  switch (plan.kind) {
    case 'insert':
      return plan.rows.length <= rowsPerInsert(plan.collection)
    case 'update':
      return true
    case 'upsert':
      return false
    case 'delete':
      return ownReferences(plan.collection).length === 0
  }
}

/** Fields by which rows refer to rows of their own collection, and need not. */
function ownReferences({ name, fieldList }: CollectionDefinition): readonly FieldDefinition[] {
  return fieldList.filter(({ ref, nullable }) => ref === name && nullable)
}

/**
 * InnoDB looks at references row by row, and so refuses to remove a row that refers to itself, or
 * rows that refer to each other. Where it does, what goes lets go of each other first.
 */
async function remove(runner: PlanRunner, plan: DeletePlan): Promise<WriteResult> {
  const { collection } = plan
  const fields = ownReferences(collection)
  try {
    return await runner.result(plan)
  } catch (error) {
    const known = toWherryError(error, plan)
    if (known.code !== 'ForeignKeyViolation' || fields.length === 0) throw known
  }
  const [key] = collection.key
  const found = await runner.find({ ...findBy(collection, [], {}, true), filter: plan.filter })
  const doomed = found.map((row) => row[key!.name])
  const filter = test(key!, 'in', doomed)
  const set = fields.map((field) => ({ field, operation: 'set', value: null }) as const)
  await runner.result({
    [planMark]: true,
    kind: 'update',
    collection,
    filter,
    set,
    returning: false,
  })
  return runner.result({ ...plan, filter })
}

/** How many rows one statement takes; each number of rows is a statement of its own. */
function rowsPerInsert({ fieldList }: CollectionDefinition): number {
  return Math.max(1, Math.min(256, Math.floor(maxParameters / fieldList.length)))
}

const maxParameters = 65_535

async function insert({ plans, connection }: PlanRunner, plan: InsertPlan): Promise<WriteResult> {
  const { rows, collection } = plan
  const most = rowsPerInsert(collection)
  for (let first = 0; first < rows.length; first += most) {
    const some = rows.slice(first, first + most)
    const prepared = plans.get(`insert ${some.length} ${collection.name}`, plan, () =>
      insertRows(collection, some.length),
    )
    const values: unknown[] = []
    for (const row of some) values.push(...prepared.bindRow!(row))
    await connection.run(prepared, values)
  }
  return { count: rows.length, rows }
}

function insertRows({ table, fieldList }: CollectionDefinition, count: number): string {
  const columns = sql.join(fieldList.map(({ column }) => sql.id(column)))
  const row = sql.raw(`(${fieldList.map(() => '?').join()})`)
  const rows = sql.join(Array.from({ length: count }, () => row))
  return sql`insert into ${sql.table(table)} (${columns}) values ${rows}`.compile(compiler).sql
}

/** All four are sent at once. The update is the only write, so there is nothing else to commit. */
async function updateAlone(runner: PlanRunner, plan: UpdatePlan): Promise<WriteResult> {
  const { connection } = runner
  const begun = connection.run({ sql: 'start transaction' })
  const result = updateAndRead(runner, plan)
  const committed = connection.run({ sql: 'commit' })
  await Promise.allSettled([begun, result, committed])
  await Promise.all([begun, committed])
  return result
}

async function updateAndRead(runner: PlanRunner, plan: UpdatePlan): Promise<WriteResult> {
  const update = runner.result({ ...plan, returning: false })
  const { key } = plan.collection
  const rows = runner.find(findBy(plan.collection, key, keyIn(plan.filter, key), false))
  await Promise.allSettled([update, rows])
  const { count } = await update
  return { count, rows: count === 0 ? [] : await rows }
}

/**
 * Changes the row that has the same values, or inserts one. MySQL's ON DUPLICATE KEY UPDATE would
 * change a row that has the same values in any unique index.
 */
async function upsert(runner: PlanRunner, plan: UpsertPlan): Promise<WriteResult> {
  const { collection, row, on, set } = plan
  const isNew = on.some(({ name }) => row[name] === null)
  for (;;) {
    const [existing] = isNew ? [] : await runner.find(findBy(collection, on, row, true))
    if (existing !== undefined) {
      const filter = whereEqual(collection.key, existing)
      const returning = true
      return updateAndRead(runner, {
        [planMark]: true,
        kind: 'update',
        collection,
        filter,
        set,
        returning,
      })
    }
    try {
      return await insert(runner, { [planMark]: true, kind: 'insert', collection, rows: [row] })
    } catch (error) {
      const known = toWherryError(error, plan)
      // Another transaction has inserted it meanwhile.
      if (!isNew && isDuplicateOf(known, on)) continue
      throw known
    }
  }
}

function isDuplicateOf({ code, details }: WherryError, on: readonly FieldDefinition[]): boolean {
  const names = on.map(({ name }) => name).sort()
  return code === 'UniqueViolation' && [...(details.fields ?? [])].sort().join() === names.join()
}

function findBy(
  collection: CollectionDefinition,
  fields: readonly FieldDefinition[],
  row: Row,
  forUpdate: boolean,
): FindPlan {
  return {
    [planMark]: true,
    kind: 'find',
    collection,
    filter: whereEqual(fields, row),
    fields: collection.fieldList,
    order: [],
    limit: undefined,
    offset: 0,
    after: undefined,
    forUpdate,
  }
}

function whereEqual(fields: readonly FieldDefinition[], row: Row): Filter {
  const terms = fields.map((field) => test(field, 'eq', row[field.name]))
  return terms.length === 1 ? terms[0]! : { kind: 'and', terms }
}

function test(field: FieldDefinition, operator: 'eq' | 'in', operand: unknown): Test {
  return { kind: 'test', field, operator, operand, negated: false, matchesNull: false }
}

/** The key that an update names, as all do that return their row. */
function keyIn(filter: Filter, key: readonly FieldDefinition[]): Row {
  const row: Row = {}
  const terms: readonly Filter[] = filter.kind === 'and' ? filter.terms : [filter]
  for (const term of terms) {
    if (term.kind === 'and') Object.assign(row, keyIn(term, key))
    else if (
      term.kind === 'test' &&
      term.operator === 'eq' &&
      !term.negated &&
      key.includes(term.field)
    ) {
      row[term.field.name] = term.operand
    }
  }
  return row
}
