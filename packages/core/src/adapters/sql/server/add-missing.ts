import type { AdapterContext } from '../../../contract/adapter.ts'
import { cannotAdd, findMissing, findProblems, refuseUnfit } from '../ensure.ts'
import type { PlanRunner } from './plan-runner.ts'

/** Whether the database has all that the schema and the log ask for. */
export async function lacksNothing(
  { connection, plans }: PlanRunner,
  context: AdapterContext,
): Promise<boolean> {
  const { schema } = plans.engine
  const catalog = await schema.read(connection, context)
  if (findMissing(context.schema, catalog).length > 0) return false
  return (await schema.missingLog(connection, context, catalog)).length === 0
}

/** Adds what is missing; what is there already may be in the way. */
export async function addMissing(runner: PlanRunner, context: AdapterContext): Promise<void> {
  const { connection, plans } = runner
  const { schema, toWherryError } = plans.engine
  const catalog = await schema.read(connection, context)
  refuseUnfit(findProblems(context.schema, catalog, schema.fitsType))
  const missing = findMissing(context.schema, catalog)
  for (const { sql, missing: what } of schema.add(context, missing)) {
    await connection.run({ sql }).catch((error: unknown) => {
      const known = toWherryError(error)
      const isRefusal = connection.isUsable && !known.retryable && known.code !== 'DatabaseReadOnly'
      throw isRefusal ? cannotAdd(what, error as Error) : known
    })
  }
  const complete = await schema.read(connection, context)
  for (const sql of await schema.missingLog(connection, context, complete)) await runner.run(sql)
}
