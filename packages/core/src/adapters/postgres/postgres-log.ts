import type { Change, ChangeBatch, Position, Reader, Snapshot } from '../../contract/change-log.ts'
import type { CollectionDefinition } from '../../schema/definition.ts'
import { noPosition } from '../positions.ts'
import { capturedBy, notCaptured } from '../sql/capture.ts'
import { decodeEntry, type LogEntry } from '../sql/log-entry.ts'
import { leaseMs, LogKeeper, type KeeperHost } from '../sql/log-keeper.ts'
import type { SqlText } from '../sql/server/connection.ts'
import type { EngineLog, LogHost } from '../sql/server/engine.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { Wakes } from '../sql/server/wakes.ts'
import { positionLost } from '../violations.ts'
import { uncaptured } from './log-ddl.ts'

const maxBatch = 1_000
/** How many of the oldest entries are looked at at once, of which some may go. */
const oldest = 5_000
/** How often to look where the database tells of commits: it may not tell of each. */
const pauses = { shortestMs: 15, longestMs: 500 }
/**
 * Who is told of so many commits in less than this looks by itself for a while, and has writers tell
 * of none: telling makes commits wait for each other, and wakes somebody who reads anyway.
 */
const [manyTold, manyToldMs, hushMs] = [50, 50, 200]

/**
 * Where a reader stands: it has seen what `seen` sees. Within a batch that was cut, it has also seen
 * what `upTo` sees up to the entry `seq`.
 */
interface Place {
  readonly seen: string
  readonly upTo?: string
  readonly seq?: string
}

/** A connection on which the database tells of commits. */
export interface Listener {
  readonly isUsable: boolean
  /** Has writers tell of no commits for so long; absent where telling costs them nothing. */
  hush?(forMs: number): void
  close(): Promise<void>
}

/** Opens a listener to the channel of the log. */
export type OpenListener = (onMessage: () => void) => Promise<Listener>

/**
 * The log that triggers write. Numbers are given before transactions commit, so no number tells what
 * has been read: a position is a snapshot, and what is new is the difference of two. In the order of
 * the numbers that is complete, and a row's changes are in their order.
 */
export class PostgresLog implements EngineLog {
  readonly hidesReplaced = false
  readonly #host: LogHost
  readonly #openListener: OpenListener
  readonly #wakes: Wakes
  #opening: Promise<void> | undefined
  #listener: Listener | undefined
  /** How often it has been told of commits since when, by the monotonic clock. */
  #told = { count: 0, sinceMs: -Infinity }
  readonly #keeper: LogKeeper

  constructor(host: LogHost, openListener: OpenListener) {
    this.#host = host
    this.#openListener = openListener
    this.#wakes = new Wakes(() => host.context().runtime, pauses)
    this.#keeper = new LogKeeper(keeperHost(host))
  }

  snapshot<T>(
    collections: readonly CollectionDefinition[],
    read: (reader: Reader) => Promise<T>,
  ): Promise<Snapshot<T>> {
    return this.#host.withConnection(async (runner) => {
      await runner.run('begin isolation level repeatable read read only')
      try {
        const byTriggers = capturedBy(this.#host.context(), 'triggers')
        // A table that another program has made anew has lost its triggers.
        const followed = collections.filter((each) => byTriggers.has(each))
        const unseen = await uncaptured(runner, followed)
        if (unseen.length > 0) throw notCaptured(unseen)
        const position = collections.length === 0 ? noPosition : await headOf(runner)
        return { position, value: await read(runner) }
      } finally {
        await runner.run('rollback').catch(() => runner.connection.destroy())
      }
    })
  }

  head(): Promise<Position> {
    return this.#host.withConnection(headOf)
  }

  read(after: Position, upTo?: Position): Promise<ChangeBatch> {
    if (this.#listener?.isUsable === false) this.#listener = undefined
    this.#listen()
    return this.#host.withConnection((runner) => this.#read(runner, after, upTo))
  }

  committed(): void {
    this.#wakes.wake()
    this.#keeper.noticed(1)
  }

  watch(onCommit: () => void, position?: () => Position | undefined): () => void {
    const unwatch = this.#wakes.watch(onCommit)
    const letGo = position && this.#keeper.watch(position)
    this.#listen()
    return () => {
      unwatch()
      letGo?.()
      if (!this.#wakes.isWatched) void this.#endListening()
    }
  }

  async close(): Promise<void> {
    this.#wakes.close()
    await Promise.all([this.#keeper.close(), this.#opening, this.#endListening()])
  }

  async #endListening(): Promise<void> {
    const listener = this.#listener
    this.#listener = undefined
    await listener?.close()
  }

  async #read(runner: PlanRunner, after: Position, upTo?: Position): Promise<ChangeBatch> {
    const [generation, from] = parsePosition(after)
    const [endGeneration, end] = upTo === undefined ? [generation, undefined] : parsePosition(upTo)
    if (generation !== endGeneration) throw positionLost()
    const limit = from.upTo ?? end?.seen ?? null
    const asked =
      from.seq === undefined
        ? runner.runStatement(readNew, [from.seen, limit])
        : runner.runStatement(readRest, [from.seen, limit, from.seq])
    const { rows } = await asked.catch((error: unknown) => {
      throw isMalformed(error) ? positionLost() : error
    })
    if (rows.length === 0) throw notCaptured(['wherry_log'])
    const [id, current, isLost] = rows[0] as [string, string, string]
    if (id !== generation || isLost === 't') throw positionLost()
    const entries = rows.filter((columns) => columns[3] !== null)
    if (entries.length > 0) this.#wakes.found()
    this.#keeper.noticed(entries.length)
    const position = this.#positionAfter(after, upTo, from, limit ?? current, entries)
    const { collections } = this.#host.context().schema
    const changes: Change[] = []
    for (const columns of entries) {
      const entry = entryOf(columns)
      const collection = collections.get(entry.collection)
      // Entries of collections that the schema does not have concern nobody.
      if (collection === undefined) continue
      if (entry.operation === 'truncate') throw positionLost()
      changes.push(decodeEntry(collection, entry))
    }
    // Behind the rest of a batch that was cut there may be what was committed since.
    const isToNewest = upTo === undefined && from.upTo === undefined && entries.length < maxBatch
    return { changes, position, isWhole: isToNewest || position === upTo }
  }

  #positionAfter(
    after: Position,
    upTo: Position | undefined,
    from: Place,
    limit: string,
    entries: readonly unknown[][],
  ): Position {
    const generation = after.slice(0, after.indexOf(':'))
    if (entries.length === maxBatch) {
      return `${generation}:${from.seen}/${limit}/${String(entries.at(-1)![3])}`
    }
    if (from.upTo === undefined && upTo !== undefined) return upTo
    return entries.length === 0 && from.upTo === undefined ? after : `${generation}:${limit}`
  }

  /** Keeps a connection that listens while somebody watches; reading tries again where it failed. */
  #listen(): void {
    if (!this.#wakes.isWatched || this.#listener !== undefined) return
    this.#opening ??= this.#openListener(() => this.#hear())
      .then((listener) => this.#keep(listener))
      .catch(() => undefined)
      .finally(() => (this.#opening = undefined))
  }

  #hear(): void {
    this.#wakes.wake()
    if (++this.#told.count < manyTold) return
    const { sinceMs } = this.#told
    const nowMs = this.#host.context().runtime.monotonic()
    this.#told = { count: 0, sinceMs: nowMs }
    if (nowMs - sinceMs >= manyToldMs || this.#listener?.hush === undefined) return
    this.#listener.hush(hushMs)
    this.#wakes.alert(hushMs)
  }

  async #keep(listener: Listener): Promise<void> {
    if (!this.#wakes.isWatched) return listener.close()
    this.#listener = listener
    // What was committed before it listened is not told.
    this.#wakes.wake()
  }
}

/**
 * Lost is who may have missed what was removed, and who has seen what has not happened here. That
 * there is one generation is said for the planner, which takes a table that it has never analyzed for
 * a thousand rows, and compiles what then seems so much work.
 */
function readChanges(name: string, where: string): SqlText {
  const sql = `
select g.id, pg_current_snapshot()::text,
  g.pruned >= pg_snapshot_xmin($1::pg_snapshot)
    or greatest(pg_snapshot_xmax($1::pg_snapshot), pg_snapshot_xmax($2::pg_snapshot))
      > pg_snapshot_xmax(pg_current_snapshot()),
  l.*
from (select id, pruned from wherry_generation limit 1) g left join lateral (
  select seq, collection, operation, "row"::text, old::text, actor, mutation_id
  from wherry_log
  where ${where}
    and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
    and ($2::pg_snapshot is null or pg_visible_in_snapshot(xid, $2::pg_snapshot))
  order by seq limit ${maxBatch}
) l on true order by l.seq`
  return { name, sql }
}

/**
 * Both ends are there for the planner: knowing nothing of a young log, it takes what lies between
 * two bounds for little, and finds it by the index, and what has one bound for a third of all.
 */
const readNew = readChanges(
  'wherry_log_new',
  `xid >= pg_snapshot_xmin($1::pg_snapshot)
    and xid < pg_snapshot_xmax(coalesce($2::pg_snapshot, pg_current_snapshot()))`,
)

/** The rest of a batch that was cut: nearly all that follows is part of it. */
const readRest = readChanges('wherry_log_rest', 'seq > $3::bigint')

function keeperHost({ context, withConnection }: LogHost): KeeperHost {
  return {
    context,
    isShared: true,
    hold: (reader, position) =>
      withConnection(async (runner) => void (await runner.run(hold, [reader, position, leaseMs]))),
    release: (reader) =>
      withConnection(async (runner) => void (await runner.run(release, [`${reader}-%`]))),
    held: () =>
      withConnection(async (runner) => {
        const { rows } = await runner.run(
          'select position from wherry_cursor where lease_until > clock_timestamp()',
        )
        return (rows as [Position][]).map(([position]) => position)
      }),
    prune: (retention, positions) =>
      withConnection(async (runner) => {
        const { keepEntries, keepMs, maxEntries } = retention
        const { rows } = await runner.run('select id from wherry_generation')
        const seen = positions.flatMap((position) => {
          const [generation, place] = parsePosition(position)
          return generation === rows[0]?.[0] ? [BigInt(place.seen.split(':')[0]!)] : []
        })
        const floor = seen.reduce<bigint | null>(
          (least, xmin) => (least === null || xmin < least ? xmin : least),
          null,
        )
        const values = [keepEntries, maxEntries, keepMs, floor === null ? null : String(floor)]
        return (await runner.run(prune, values)).count > 0
      }),
  }
}

const hold = `
insert into wherry_cursor values ($1, $2, clock_timestamp() + $3::int * interval '1 ms')
on conflict (target) do update set position = excluded.position, lease_until = excluded.lease_until`

const release = `
delete from wherry_cursor
where target like $1 or lease_until < clock_timestamp() - interval '1 day'`

/**
 * What a transaction that still runs may be older than stays: who begins to read now has not seen
 * that transaction, and would be taken for one who is behind. $4: the same of the readers alive.
 */
const prune = `
with newest as (
  select max(seq) as seq from wherry_log),
oldest as (
  select seq, xid, at from wherry_log
  where seq <= (select seq from newest) - $1::bigint order by seq limit ${oldest}),
old as (
  delete from wherry_log where seq in (
    select oldest.seq from oldest, newest
    where oldest.xid < pg_snapshot_xmin(pg_current_snapshot())
      and (oldest.seq <= newest.seq - $2::bigint
        or oldest.at < clock_timestamp() - $3::bigint * interval '1 ms'
          and ($4::text is null or oldest.xid < $4::text::xid8)))
  returning xid)
update wherry_generation
set pruned = greatest(pruned::text::numeric, (select max(xid::text::numeric) from old))::text::xid8
where exists (select from old)`

async function headOf(runner: PlanRunner): Promise<Position> {
  const { rows } = await runner.run(`select id, pg_current_snapshot()::text from wherry_generation`)
  if (rows.length === 0) throw notCaptured(['wherry_log'])
  return rows[0]!.join(':')
}

/** `<generation>:<snapshot>`, or within a batch `<generation>:<snapshot>/<snapshot>/<seq>`. */
function parsePosition(position: Position): [string, Place] {
  const snapshot = '\\d{1,20}:\\d{1,20}:[\\d,]{0,100000}'
  const form = new RegExp(`^([^:]*):(${snapshot})(?:/(${snapshot})/(\\d{1,19}))?$`)
  const [, generation, seen, upTo, seq] = form.exec(position) ?? []
  if (generation === undefined || seen === undefined) throw positionLost()
  return [generation, { seen, ...(upTo !== undefined && { upTo, seq: seq! }) }]
}

/** Whether the server could not read a position that has the form of one. */
function isMalformed(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } }
  return cause?.code === '22P02' || cause?.code === '22003'
}

/** By index, for there may be thousands a second. */
function entryOf(columns: readonly unknown[]): LogEntry {
  return {
    seq: Number(columns[3]),
    collection: columns[4] as string,
    operation: columns[5] as string,
    row: columns[6] as string | null,
    old: columns[7] as string | null,
    actor: columns[8] as string | null,
    mutationId: columns[9] as string | null,
  }
}
