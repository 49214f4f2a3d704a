import { sql } from 'kysely'
import type { WriteResult } from '../../contract/adapter.ts'
import type { WherryError } from '../../errors/wherry-error.ts'
import type { InsertPlan, UpsertPlan, WritePlan } from '../../query/ast.ts'
import type { CollectionDefinition } from '../../schema/definition.ts'
import { findBy, whereEqual } from '../row-plans.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { foreignKeyViolation, inTheWay } from '../violations.ts'
import { postgresDialect } from './dialect.ts'
import { keptFewer, tooFewKept, toWherryError } from './errors.ts'
import { arrayLiteral, columnTypes } from './values.ts'

/** Every plan is one statement here, for inserts of any number of rows, too. */
export function write(runner: PlanRunner, plan: WritePlan, isAlone: boolean): Promise<WriteResult> {
  switch (plan.kind) {
    case 'insert':
      return insert(runner, plan)
    case 'upsert':
      return upsert(runner, plan, isAlone).then((result) => {
        if (result.count === 0) throw tooFewKept(plan.collection)
        return result
      })
    default:
      return runner.result(plan)
  }
}

/**
 * ON CONFLICT sees who is inserting the same row in the index of `on` alone. In another index that
 * both are in, such as the key's, it fails once that one has committed.
 */
async function upsert(
  runner: PlanRunner,
  plan: UpsertPlan,
  isAlone: boolean,
): Promise<WriteResult> {
  try {
    return await runner.result(plan)
  } catch (error) {
    const known = toWherryError(error, plan)
    if (known.code !== 'UniqueViolation') throw known
    if (isAlone) return runner.result(plan)
    // Who cannot be asked any more has told what matters.
    const overtaken = await isOvertaken(runner, plan, known).catch(() => false)
    throw overtaken ? inTheWay(known) : known
  }
}

/**
 * Whether what the insert of a transaction has met is the row that `on` names. The transaction has
 * ended with the failure, and only behind it can one look.
 */
async function isOvertaken(
  runner: PlanRunner,
  { collection, row, on, set }: UpsertPlan,
  { details }: WherryError,
): Promise<boolean> {
  const met = collection.fieldList.filter(({ name }) => details.fields?.includes(name))
  const isNew = on.some(({ name }) => row[name] === null)
  // What the update sets may have met another row: that is a duplicate, however often it runs.
  const isOfUpdate = set.some(({ field }) => met.includes(field))
  if (isNew || isOfUpdate || met.length === 0) return false
  await runner.run('rollback')
  const both = whereEqual([...on, ...met], row)
  return (await runner.find(findBy(collection, both, false))).length > 0
}

async function insert({ plans, connection }: PlanRunner, plan: InsertPlan): Promise<WriteResult> {
  const { rows, collection } = plan
  if (rows.length === 1) {
    const prepared = plans.get(`insert ${collection.name}`, plan)
    const { count } = await connection.run(prepared, prepared.bindRow!(rows[0]!))
    if (count === 0) throw tooFewKept(collection)
  } else if (rows.length > 1) {
    checkOrder(plan)
    const prepared = plans.get(`insert all ${collection.name}`, plan, () => insertAll(collection))
    const bound = rows.map(prepared.bindRow!)
    const columns = collection.fieldList.map(({ kind }, at) =>
      arrayLiteral(
        kind,
        bound.map((row) => row[at]),
      ),
    )
    await connection.run(prepared, columns)
  }
  return { count: rows.length, rows }
}

/**
 * One statement checks references when it has inserted all rows; the contract is that they are
 * inserted in their order, so that none refers to one behind it.
 */
function checkOrder({ rows, collection }: InsertPlan): void {
  const [key] = collection.key
  const own = collection.fieldList.filter(({ ref }) => ref === collection.name)
  if (own.length === 0) return
  const ahead = new Set(rows.map((row) => row[key!.name]))
  rows.forEach((row, at) => {
    ahead.delete(row[key!.name])
    if (!own.some(({ name }) => ahead.has(row[name]))) return
    throw foreignKeyViolation(collection).annotate({ row: at })
  })
}

/**
 * One array for each column: one statement, and few parameters, however many rows there are. It
 * commits by itself, so it is also what fails where a trigger has left rows out.
 */
function insertAll({ table, fieldList }: CollectionDefinition): string {
  const columns = sql.join(fieldList.map(({ column }) => sql.id(column)))
  const arrays = fieldList.map(({ kind }) => sql`${null}::${sql.raw(columnTypes[kind])}[]`)
  const given = sql.raw(`cardinality($1::${columnTypes[fieldList[0]!.kind]}[])`)
  return sql`with kept as (
      insert into ${sql.table(table)} (${columns}) select * from unnest(${sql.join(arrays)}) returning 1)
    select (case count(*) when ${given} then '1' else ${sql.lit(keptFewer)} end)::int from kept`.compile(
    postgresDialect.kysely,
  ).sql
}
