import { createDataService } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { planInsert } from '@wherry/core/query'
import { equal } from '../lib/plain.ts'
import { createFuzzRuntime } from '../lib/runtime.ts'
import type { RowsByCollection } from '../outcome.ts'
import { readAll } from '../run/perform.ts'
import type { LooseScope, Subject } from '../subject.ts'
import type { Raced } from './laws.ts'
import { runClient, type Run } from './run-client.ts'

/**
 * Whether the transactions that committed can be put into an order in which each, run alone by the
 * memory adapter, is answered just the same, and which leads to the same rows. The order in which
 * they ended is tried first: mostly it is the one.
 */
export async function hasSerialOrder(
  subject: Subject,
  { runs, before, after }: Raced,
): Promise<boolean> {
  const isSame = async (order: readonly Run[]): Promise<boolean> =>
    equal(await rowsAfter(subject, before, order), after)
  // Orders whose beginning is answered differently are not looked at any further.
  const search = async (order: readonly Run[], rest: readonly Run[]): Promise<boolean> => {
    if (rest.length === 0) return isSame(order)
    for (const [at, next] of rest.entries()) {
      const longer = [...order, next]
      if ((await rowsAfter(subject, before, longer)) === undefined) continue
      if (await search(longer, rest.toSpliced(at, 1))) return true
    }
    return false
  }
  const committed = runs.filter(({ ending }) => ending === 'applied')
  return (await isSame(committed)) || search([], committed)
}

/** Undefined when one of them is answered differently. */
async function rowsAfter(
  { schema, definition, runtime: { nowMs } }: Subject,
  before: RowsByCollection,
  order: readonly Run[],
): Promise<RowsByCollection | undefined> {
  const runtime = createFuzzRuntime(0)
  runtime.nowMs = nowMs
  const adapter = memory()
  const data = createDataService({ schema, databases: [adapter], runtime })
  await data.connect()
  try {
    const context = { now: () => nowMs, newId: () => '' }
    for (const collection of definition.collections.values()) {
      const rows = before[collection.name] ?? []
      // As they are, with what the service would give them anew.
      await adapter.write([{ ...planInsert(collection, [], context), rows }])
    }
    const scope = data as unknown as LooseScope
    for (const { client, actor, steps } of order) {
      const again = await runClient(scope, definition, client, actor, atOnce)
      if (again.ending !== 'applied' || !equal(again.steps, steps)) return undefined
    }
    return await readAll({ data: scope, definition }, Array.from(definition.collections.keys()))
  } finally {
    await data.close()
  }
}

const atOnce = () => Promise.resolve()
