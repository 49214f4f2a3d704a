import { sql } from 'kysely'
import type { WriteResult } from '../../contract/adapter.ts'
import type { InsertPlan, WritePlan } from '../../query/ast.ts'
import type { CollectionDefinition } from '../../schema/definition.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { foreignKeyViolation } from '../violations.ts'
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
