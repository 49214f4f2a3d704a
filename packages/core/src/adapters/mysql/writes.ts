import { sql } from 'kysely'
import type { WriteResult } from '../../contract/adapter.ts'
import type { WherryError } from '../../errors/wherry-error.ts'
import {
  planMark,
  type DeletePlan,
  type Filter,
  type InsertPlan,
  type UpdatePlan,
  type UpsertPlan,
  type WritePlan,
} from '../../query/ast.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../../schema/definition.ts'
import { findBy, whereEqual, whereKeys } from '../row-plans.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { unknownOutcome } from '../sql/server/outcome.ts'
import { uniqueViolation } from '../violations.ts'
import { kysely as compiler } from './dialect.ts'
import { isOfKind } from './ddl.ts'
import { beyondKind, constraintName, keyName, toWherryError } from './errors.ts'

export async function write(
  runner: PlanRunner,
  plan: WritePlan,
  isAlone: boolean,
): Promise<WriteResult> {
  try {
    return await apply(runner, plan, isAlone)
  } catch (error) {
    throw await explain(runner, plan, toWherryError(error, plan))
  }
}

/** The server tells only names: those of others' indexes say nothing, and their CHECKs are named like ours. */
async function explain(
  runner: PlanRunner,
  { collection }: WritePlan,
  error: WherryError,
): Promise<WherryError> {
  const { code, details, cause } = error
  const ask = async (query: string, name: string) => {
    // Who cannot be asked any more has told what matters.
    const { rows } = await runner.run(query, [collection.table, name]).catch(() => ({ rows: [] }))
    return rows.map(([text]) => String(text))
  }
  const fieldOf = (name: string) => collection.fieldList.find(({ column }) => column === name)
  if (code === 'UniqueViolation' && details.fields?.length === 0) {
    const columns = await ask(readIndex, keyName((cause as Error).message))
    return uniqueViolation(
      collection,
      columns.flatMap((name) => fieldOf(name) ?? []),
      cause,
    )
  }
  if (code === 'CheckViolation') {
    const [table, column = ''] = constraintName((cause as Error).message).split('.')
    const field = table === collection.table ? fieldOf(column) : undefined
    const isOurs = field !== undefined && (await ask(readCheck, column)).some(isOfKind)
    if (isOurs) return beyondKind(collection, field, cause)
  }
  return error
}

const readIndex = `select column_name from information_schema.statistics
  where table_schema = database() and table_name = ? and index_name = ?
  order by seq_in_index`

/** Of a column, after which MariaDB names it, whoever made it. */
const readCheck = `select check_clause from information_schema.check_constraints
  where constraint_schema = database() and table_name = ? and constraint_name = ?
  and level = 'Column'`

/** These engines return no rows of an update: what it left is read by the key, which never changes. */
async function apply(runner: PlanRunner, plan: WritePlan, isAlone: boolean): Promise<WriteResult> {
  switch (plan.kind) {
    case 'insert':
      return insert(runner, plan)
    case 'update':
      if (!plan.returning) return runner.result(plan)
      return isAlone ? updateAlone(runner, plan) : updateAndRead(runner, plan).result
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
  const filter = whereKeys(collection, await runner.find(findBy(collection, plan.filter, true)))
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

/**
 * All four are sent at once. The update is the only write, so there is nothing else to commit; but
 * each of the others may fail alone, such as when an administrator ends it.
 */
async function updateAlone(runner: PlanRunner, plan: UpdatePlan): Promise<WriteResult> {
  const { connection } = runner
  const begun = connection.run({ sql: 'start transaction' })
  const { updated, result } = updateAndRead(runner, plan)
  const committed = connection.run({ sql: 'commit' })
  const [begin, update, read, commit] = await Promise.allSettled([
    begun,
    updated,
    result,
    committed,
  ])
  if (commit.status === 'rejected') await connection.rollback()
  if (update.status === 'rejected') throw update.reason
  // An update outside of a transaction commits by itself.
  if (begin.status === 'rejected') throw unreadUpdate(begin.reason)
  if (commit.status === 'rejected') throw commit.reason
  if (read.status === 'rejected') throw unreadUpdate(read.reason)
  return read.value
}

function unreadUpdate(cause: unknown): WherryError {
  return unknownOutcome(cause, 'What an update left could not be read')
}

/**
 * Both are sent at once. Where an update has waited in vain for a row, its reading must not wait as
 * well, as that of a serializable transaction would.
 */
function updateAndRead(runner: PlanRunner, plan: UpdatePlan) {
  const { collection, filter } = plan
  const updated = runner.result({ ...plan, returning: false })
  const row = whereEqual(collection.key, keyIn(filter, collection.key))
  const rows = runner.find({ ...findBy(collection, row, true), skipLocked: true })
  const result = Promise.allSettled([updated, rows]).then(async (): Promise<WriteResult> => {
    const { count } = await updated
    return { count, rows: count === 0 ? [] : await rows }
  })
  return { updated, result }
}

/**
 * Changes the row that has the same values, or inserts one. MySQL's ON DUPLICATE KEY UPDATE would
 * change a row that has the same values in any unique index.
 */
async function upsert(runner: PlanRunner, plan: UpsertPlan): Promise<WriteResult> {
  const { collection, row, on, set } = plan
  const isNew = on.some(({ name }) => row[name] === null)
  const find = () => runner.find(findBy(collection, whereEqual(on, row), true))
  let [existing] = isNew ? [] : await find()
  if (existing === undefined) {
    try {
      return await insert(runner, { [planMark]: true, kind: 'insert', collection, rows: [row] })
    } catch (error) {
      const known = toWherryError(error, plan)
      if (isNew || known.code !== 'UniqueViolation') throw known
      // Another transaction may have inserted it meanwhile; of which index it is told, is chance.
      ;[existing] = await find()
      if (existing === undefined) throw known
    }
  }
  const filter = whereEqual(collection.key, existing)
  const update = { [planMark]: true, kind: 'update', collection, filter, set } as const
  return updateAndRead(runner, { ...update, returning: true }).result
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
