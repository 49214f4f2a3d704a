import { kysely } from '@wherry/core/sql'
import type { Data } from './schema.ts'
import { Tracker } from './tracker.ts'

/** Reads on in the log; `read` resolves with how many entries it found. */
export interface PlantedReader {
  readonly tracker: Tracker
  read(): Promise<number>
}

interface LogTable {
  wherry_log: {
    seq: string | number | bigint
    xid: string
    collection: string
    operation: string
    row: unknown
    old: unknown
  }
}

const most = 1_000

/**
 * The readers that everybody writes first, each of them wrong: they are run beside the right one, so
 * that a run shows what it would find. On SQLite numbers are the order of commits, and there is none.
 */
export const planted: Readonly<Record<string, Readonly<Record<string, Plant>>>> = {
  postgres: { bySeq, byXid },
  mysql: { bySeq },
  sqlite: {},
}

type Plant = (data: Data, engine: string) => PlantedReader

/** Takes the numbers for the order of commits: those that commit late are never read. */
function bySeq(data: Data, engine: string): PlantedReader {
  const db = kysely<LogTable>(data, engine)
  let last: string | number | bigint = 0
  return reader(async () => {
    const entries = await db
      .selectFrom('wherry_log')
      .select(['seq', 'collection', 'operation', 'row', 'old'])
      .where('seq', '>', last)
      .orderBy('seq')
      .limit(most)
      .execute()
    last = entries.at(-1)?.seq ?? last
    return entries
  })
}

/** Waits until all older transactions have ended, and takes their order for that of commits. */
function byXid(data: Data, engine: string): PlantedReader {
  const db = kysely<LogTable>(data, engine)
  let [lastXid, lastSeq]: [string, string | number | bigint] = ['0', 0]
  return reader(async () => {
    const entries = await db
      .selectFrom('wherry_log')
      .select(['seq', 'xid', 'collection', 'operation', 'row', 'old'])
      .where((entry) =>
        entry.or([
          entry('xid', '>', lastXid),
          entry.and([entry('xid', '=', lastXid), entry('seq', '>', lastSeq)]),
        ]),
      )
      .where((entry) =>
        entry(
          'xid',
          '<',
          entry.fn<string>('pg_snapshot_xmin', [entry.fn('pg_current_snapshot', [])]),
        ),
      )
      .orderBy('xid')
      .orderBy('seq')
      .limit(most)
      .execute()
    const newest = entries.at(-1)
    if (newest !== undefined) [lastXid, lastSeq] = [newest.xid, newest.seq]
    return entries
  })
}

type Entry = Pick<LogTable['wherry_log'], 'collection' | 'operation' | 'row' | 'old'>

function reader(next: () => Promise<readonly Entry[]>): PlantedReader {
  const tracker = new Tracker()
  return {
    tracker,
    async read() {
      const entries = await next()
      for (const { collection, operation, row, old } of entries) {
        // Such as those that fill gaps.
        if (collection === '') continue
        const isDelete = operation === 'delete'
        const { id, version, accountId } = parsed(isDelete ? old : row)
        const seen = { collection, id, version: isDelete ? version + 1 : version }
        tracker.read(accountId === undefined ? seen : { ...seen, accountId })
      }
      return entries.length
    },
  }
}

interface LoggedRow {
  readonly id: string
  readonly version: number
  readonly accountId?: string
}

/** Drivers differ in what they make of JSON. */
function parsed(value: unknown): LoggedRow {
  return (typeof value === 'string' ? JSON.parse(value) : value) as LoggedRow
}
