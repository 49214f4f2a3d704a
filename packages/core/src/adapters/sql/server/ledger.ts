import type { MutationSettings } from '../../../contract/adapter.ts'
import type { Json } from '../../../lib/json.ts'
import type { Runtime } from '../../../lib/runtime.ts'
import { recordedMs, recordedResult } from '../../ledger.ts'
import type { PlanRunner } from './plan-runner.ts'

/**
 * Runs `work` inside the transaction that is open, signed as the mutation's, unless the mutation
 * has happened. The id is written first: that waits for whoever is writing it, which looking would not.
 */
export async function once<T>(
  runner: PlanRunner,
  runtime: Runtime,
  { id, actor }: MutationSettings,
  work: () => Promise<T>,
): Promise<T> {
  const { ledger } = runner.plans.engine
  if (id !== null) {
    const nowMs = runtime.now()
    const { count } = await runner.run(ledger.claim, [id, actor, nowMs + recordedMs])
    if (count === 0) return (await recorded(runner, { id, actor })) as T
    await runner.run(ledger.forget, [nowMs])
  }
  await runner.run(ledger.sign, [actor, id])
  const result = await work()
  if (id !== null) await runner.run(ledger.record, [JSON.stringify(result), id])
  return result
}

async function recorded(runner: PlanRunner, mutation: MutationSettings): Promise<Json> {
  const { rows } = await runner.run(runner.plans.engine.ledger.look, [mutation.id])
  const [actor, result] = rows[0] as [string | null, string]
  return recordedResult({ actor, result }, mutation)
}
