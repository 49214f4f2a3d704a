import { sql } from 'kysely'
import type { WriteResult } from '../../contract/adapter.ts'
import type { InsertPlan, WritePlan } from '../../query/ast.ts'
import type { CollectionDefinition } from '../../schema/definition.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { postgresDialect } from './dialect.ts'
import { arrayLiteral, columnTypes } from './values.ts'

/** Every plan is one statement here, for inserts of any number of rows, too. */
export function write(runner: PlanRunner, plan: WritePlan): Promise<WriteResult> {
  return plan.kind === 'insert' ? insert(runner, plan) : runner.result(plan)
}

async function insert({ plans, connection }: PlanRunner, plan: InsertPlan): Promise<WriteResult> {
  const { rows, collection } = plan
  if (rows.length === 1) {
    const prepared = plans.get(`insert ${collection.name}`, plan)
    await connection.run(prepared, prepared.bindRow!(rows[0]!))
  } else if (rows.length > 1) {
    const prepared = plans.get(`insert all ${collection.name}`, plan, () => insertAll(collection))
    const bound = rows.map(prepared.bindRow!)
    const columns = collection.fieldList.map((_, at) => arrayLiteral(bound.map((row) => row[at])))
    await connection.run(prepared, columns)
  }
  return { count: rows.length, rows }
}

/** One array for each column: one statement, and few parameters, however many rows there are. */
function insertAll({ table, fieldList }: CollectionDefinition): string {
  const columns = sql.join(fieldList.map(({ column }) => sql.id(column)))
  const arrays = sql.join(
    fieldList.map(({ kind }) => sql`${null}::${sql.raw(columnTypes[kind])}[]`),
  )
  return sql`insert into ${sql.table(table)} (${columns}) select * from unnest(${arrays})`.compile(
    postgresDialect.kysely,
  ).sql
}
