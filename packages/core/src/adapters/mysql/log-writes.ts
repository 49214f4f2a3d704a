import type { NewEntry } from '../sql/capture.ts'
import type { EntriesOf } from '../sql/server/engine.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'

/** How many entries one statement takes. */
const most = 100

/** Writes entries into the log, in their order. */
export async function appendLog(
  runner: PlanRunner,
  { collection, schemaHash }: EntriesOf,
  entries: readonly NewEntry[],
): Promise<void> {
  for (let first = 0; first < entries.length; first += most) {
    const some = entries.slice(first, first + most)
    const values = some.flatMap(({ operation, key, version, row, old }) => {
      return [collection, operation, key, version, row, old, schemaHash]
    })
    await runner.run(insertEntries(some.length), values)
  }
}

function insertEntries(count: number): string {
  const entry = '(?, ?, ?, ?, ?, ?, ?, @wherry_actor, @wherry_mutation)'
  return `insert into wherry_log
    (collection, operation, \`key\`, version, \`row\`, \`old\`, schema_hash, actor, mutation_id)
    values ${Array.from({ length: count }, () => entry).join()}`
}
