import type { NewEntry } from '../sql/capture.ts'
import type { EntriesOf } from '../sql/server/engine.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { channel } from './log-ddl.ts'
import { arrayLiteral } from './values.ts'

const insert = `
insert into wherry_log (collection, operation, schema_hash, key, version, "row", old)
select $1, e.operation, $2, e.key::json, e.version, e."row"::json, e.old::json
from unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])
  with ordinality as e(operation, key, version, "row", old, n)
order by e.n`

/** As the trigger on the log does, where there is one; of two of a transaction one goes out. */
const notify = `
select pg_notify('${channel}', '') where pg_try_advisory_xact_lock(hashtext('${channel}'))`

/** Writes entries into the log, and tells who listens. */
export async function appendLog(
  runner: PlanRunner,
  { collection, schemaHash }: EntriesOf,
  entries: readonly NewEntry[],
): Promise<void> {
  const column = (name: keyof NewEntry) =>
    arrayLiteral(
      name === 'version' ? 'int' : 'text',
      entries.map((entry) => entry[name]),
    )
  const columns = (['operation', 'key', 'version', 'row', 'old'] as const).map(column)
  await runner.run(insert, [collection, schemaHash, ...columns])
  await runner.run(notify)
}
