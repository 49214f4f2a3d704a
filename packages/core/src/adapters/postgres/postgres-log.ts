import type { Change, ChangeBatch, Position } from '../../contract/change-log.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import type { FindPlan } from '../../query/ast.ts'
import type { CollectionDefinition, Row } from '../../schema/definition.ts'
import { decodeEntry } from '../sql/log-entry.ts'
import type { EngineLog, LogHost } from '../sql/server/engine.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { Wakes } from '../sql/server/wakes.ts'
import { positionLost } from '../violations.ts'
import { triggersOf } from './log-ddl.ts'

const maxBatch = 1_000
/** How many of the latest entries stay, and after how many commits of ours the others go. */
const kept = 100_000
const commitsPerPruning = 1_000
/** How rarely to look where the database tells of commits: it may not tell of each. */
const longestPauseMs = 500

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
  readonly #host: LogHost
  readonly #openListener: OpenListener
  readonly #wakes: Wakes
  #opening: Promise<void> | undefined
  #listener: Listener | undefined
  #commits = 0
  #pruning: Promise<void> | undefined

  constructor(host: LogHost, openListener: OpenListener) {
    this.#host = host
    this.#openListener = openListener
    this.#wakes = new Wakes(() => host.context().runtime, longestPauseMs)
  }

  snapshot(plan: FindPlan): Promise<{ rows: Row[]; position: Position }> {
    return this.#host.withConnection(async (runner) => {
      await runner.run('begin isolation level repeatable read read only')
      try {
        await checkCaptured(runner, plan.collection)
        return { position: await headOf(runner), rows: await runner.find(plan) }
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
    if (++this.#commits % commitsPerPruning === 0) this.#pruning ??= this.#prune()
  }

  watch(onCommit: () => void): () => void {
    const unwatch = this.#wakes.watch(onCommit)
    this.#listen()
    return () => {
      unwatch()
      if (!this.#wakes.isWatched) void this.#endListening()
    }
  }

  async close(): Promise<void> {
    this.#wakes.close()
    await Promise.all([this.#pruning, this.#opening, this.#endListening()])
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
    const asked = runner.run(readChanges, [from.seen, limit, from.seq ?? '0'])
    const { rows } = await asked.catch((error: unknown) => {
      throw isMalformed(error) ? positionLost() : error
    })
    if (rows.length === 0) throw noLog()
    const [id, current, isLost] = rows[0] as [string, string, string]
    if (id !== generation || isLost === 't') throw positionLost()
    const entries = rows.filter((columns) => columns[3] !== null)
    if (entries.length > 0) this.#wakes.found()
    const position = this.#positionAfter(after, upTo, from, limit ?? current, entries)
    const { collections } = this.#host.context().schema
    const changes = entries.flatMap((columns): Change[] => {
      const [seq, collection, operation, row, old, actor, mutationId] = columns.slice(3) as string[]
      // Entries of collections that the schema does not have concern nobody.
      const known = collections.get(collection!)
      if (known === undefined) return []
      if (operation === 'truncate') throw positionLost()
      const entry = { seq: Number(seq), collection: collection!, operation: operation! }
      return [decodeEntry(known, { ...entry, ...nullable({ row, old, actor, mutationId }) })]
    })
    return { changes, position }
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
    this.#opening ??= this.#openListener(() => this.#wakes.wake())
      .then((listener) => this.#keep(listener))
      .catch(() => undefined)
      .finally(() => (this.#opening = undefined))
  }

  async #keep(listener: Listener): Promise<void> {
    if (!this.#wakes.isWatched) return listener.close()
    this.#listener = listener
    // What was committed before it listened is not told.
    this.#wakes.wake()
  }

  /** Removes old entries, a few thousand at a time; readers that were still behind them are lost. */
  async #prune(): Promise<void> {
    await this.#host
      .withConnection(async (runner) => {
        while ((await runner.run(prune)).count > 0);
      })
      .catch(() => undefined)
      .finally(() => (this.#pruning = undefined))
  }
}

/** Lost is who may have missed what was removed, and who has seen what has not happened here. */
const readChanges = `
select g.id, pg_current_snapshot()::text,
  g.pruned >= pg_snapshot_xmin($1::pg_snapshot)
    or greatest(pg_snapshot_xmax($1::pg_snapshot), pg_snapshot_xmax($2::pg_snapshot))
      > pg_snapshot_xmax(pg_current_snapshot()),
  l.*
from wherry_generation g left join lateral (
  select seq, collection, operation, "row"::text, old::text, actor, mutation_id
  from wherry_log
  where xid >= pg_snapshot_xmin($1::pg_snapshot)
    and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
    and ($2::pg_snapshot is null or pg_visible_in_snapshot(xid, $2::pg_snapshot))
    and seq > $3::bigint
  order by seq limit ${maxBatch}
) l on true order by l.seq`

/**
 * What a transaction that still runs may be older than stays: who begins to read now has not seen
 * that transaction, and would be taken for one who is behind.
 */
const prune = `
with old as (
  delete from wherry_log where seq in (
    select seq from wherry_log
    where seq <= (select max(seq) from wherry_log) - ${kept}
      and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by seq limit 5000)
  returning xid)
update wherry_generation
set pruned = greatest(pruned::text::numeric, (select max(xid::text::numeric) from old))::text::xid8
where exists (select from old)`

async function headOf(runner: PlanRunner): Promise<Position> {
  const { rows } = await runner.run(`select id, pg_current_snapshot()::text from wherry_generation`)
  if (rows.length === 0) throw noLog()
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

/** A table that another program has made anew has lost its triggers: no change of it is seen. */
async function checkCaptured(runner: PlanRunner, collection: CollectionDefinition): Promise<void> {
  const names = triggersOf(collection)
  const { rows } = await runner.run(
    `select count(*) from pg_trigger where tgrelid = to_regclass($1) and tgname = any($2::text[])`,
    [`"${collection.table}"`, `{${names.join()}}`],
  )
  if (Number(rows[0]![0]) === names.length) return
  throw notCaptured(collection.table)
}

function noLog(): WherryError {
  return notCaptured('wherry_log')
}

function notCaptured(table: string): WherryError {
  return new WherryError(
    'SchemaMismatch',
    `The change log does not see what happens to ${table}; connect with { ensure: 'create' } to ` +
      `make its triggers`,
    { problems: [`'${table}' has no triggers that write the change log`] },
  )
}

/** Columns that are null are read as such. */
function nullable<T extends Record<string, string | undefined>>(
  columns: T,
): { [K in keyof T]: string | null } {
  return Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [name, value ?? null]),
  ) as { [K in keyof T]: string | null }
}
