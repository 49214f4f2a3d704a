import type { Change, ChangeBatch, Position } from '../../contract/change-log.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import type { FindPlan } from '../../query/ast.ts'
import type { CollectionDefinition, Row } from '../../schema/definition.ts'
import { decodeEntry, type LogEntry } from '../sql/log-entry.ts'
import type { EngineLog, LogHost } from '../sql/server/engine.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { Wakes } from '../sql/server/wakes.ts'
import { positionLost } from '../violations.ts'
import { GapKeeper } from './gap-keeper.ts'
import { triggersOf } from './log-ddl.ts'
import {
  advance,
  firstUnread,
  formatPosition,
  isRead,
  isUnread,
  parsePosition,
  union,
  type Place,
  type Range,
} from './places.ts'

const maxBatch = 1_000
/** How many of the latest entries stay, and after how many commits of ours the others go. */
const kept = 100_000
const commitsPerPruning = 1_000
/** How rarely to look for what others commit: the database does not tell of it. */
const longestPauseMs = 100

/** The log of this database, and how far this process knows it. */
interface Known {
  readonly generation: string
  readonly place: Place
}

/**
 * The log that triggers write. Numbers are given before transactions commit, and so a number that
 * is missing may yet come: a position remembers those. In the order of the numbers what one look
 * sees is complete, and a row's changes are in their order.
 */
export class MysqlLog implements EngineLog {
  readonly #host: LogHost
  readonly #wakes: Wakes
  /** One for each time that the database is open. */
  #gaps: GapKeeper | undefined
  #known: Known | undefined
  #commits = 0
  #pruning: Promise<void> | undefined

  constructor(host: LogHost) {
    this.#host = host
    this.#wakes = new Wakes(() => host.context().runtime, longestPauseMs)
  }

  snapshot(plan: FindPlan): Promise<{ rows: Row[]; position: Position }> {
    return this.#host.withConnection(async (runner) => {
      const known = this.#known
      await runner.run('set transaction isolation level repeatable read')
      await runner.run('start transaction with consistent snapshot, read only')
      try {
        await checkCaptured(runner, plan.collection)
        const position = await this.#head(runner, known)
        return { rows: await runner.find(plan), position }
      } finally {
        await runner.run('rollback').catch(() => runner.connection.destroy())
      }
    })
  }

  head(): Promise<Position> {
    return this.#host.withConnection((runner) => this.#head(runner, this.#known))
  }

  read(after: Position, upTo?: Position): Promise<ChangeBatch> {
    return this.#host.withConnection((runner) => this.#read(runner, after, upTo))
  }

  committed(): void {
    this.#wakes.wake()
    if (++this.#commits % commitsPerPruning === 0) this.#pruning ??= this.#prune()
  }

  watch(onCommit: () => void): () => void {
    return this.#wakes.watch(onCommit)
  }

  async close(): Promise<void> {
    this.#wakes.close()
    const gaps = this.#gaps
    this.#gaps = undefined
    this.#known = undefined
    await Promise.all([this.#pruning, gaps?.close()])
  }

  async #head(runner: PlanRunner, known: Known | undefined): Promise<Position> {
    const { rows } = await runner.run(readNumbers(known?.place))
    if (rows.length === 0) throw noLog()
    const [generation, pruned] = rows[0] as [string, unknown]
    if (known !== undefined && known.generation !== generation) return this.#head(runner, undefined)
    const found = rows.flatMap(([, , first, last]): Range[] =>
      first === null ? [] : [[Number(first), Number(last)]],
    )
    const from = known?.place ?? { highWater: Number(pruned), gaps: [] }
    const place = advance(from, found, found.at(-1)?.[1] ?? 0)
    this.#know({ generation, place })
    return formatPosition(generation, place)
  }

  async #read(runner: PlanRunner, after: Position, upTo?: Position): Promise<ChangeBatch> {
    const { generation, place } = parsePosition(after)
    const end = upTo === undefined ? undefined : parsePosition(upTo)
    if (end !== undefined && end.generation !== generation) throw positionLost()
    const { rows } = await runner.run(readEntries(place, end?.place))
    if (rows.length === 0) throw noLog()
    const [id, pruned, newest] = rows[0] as [string, unknown, unknown]
    const isPast = firstUnread(place) <= Number(pruned)
    if (id !== generation || isPast || place.highWater > Number(newest)) throw positionLost()
    const entries = rows.flatMap((columns) => (columns[3] === null ? [] : [entryOf(columns)]))
    const found = entries.map(({ seq }): Range => [seq, seq])
    const isWhole = entries.length < maxBatch
    const reached = advance(place, found, entries.at(-1)?.seq ?? 0)
    if (entries.length > 0) this.#wakes.found()
    if (isWhole && end === undefined) this.#know({ generation, place: reached })
    const { collections } = this.#host.context().schema
    return {
      changes: entries.flatMap((entry): Change[] => {
        // Entries of collections that the schema does not have concern nobody.
        const collection = collections.get(entry.collection)
        return collection === undefined ? [] : [decodeEntry(collection, entry)]
      }),
      position: formatPosition(
        generation,
        isWhole && end !== undefined ? union(reached, end.place) : reached,
      ),
    }
  }

  #know(seen: Known): void {
    const isSame = this.#known?.generation === seen.generation
    const place = isSame ? union(this.#known!.place, seen.place) : seen.place
    this.#known = { generation: seen.generation, place }
    this.#gaps ??= new GapKeeper(this.#host)
    this.#gaps.watch(place.gaps)
  }

  /** Removes old entries, a few thousand at a time; readers that were still behind them are lost. */
  async #prune(): Promise<void> {
    await this.#host
      .withConnection(async (runner) => {
        await this.#head(runner, this.#known)
        const { place } = this.#known!
        const last = Math.min(place.highWater - kept, firstUnread(place) - 1)
        const mark = 'update wherry_generation set pruned = greatest(pruned, ?)'
        await runner.run(mark, [last])
        await runner.run(`delete from wherry_log where seq <= ? order by seq limit 5000`, [last])
      })
      .catch(() => undefined)
      .finally(() => (this.#pruning = undefined))
  }
}

/** The ranges of numbers that are there of those which a place has not read, or of all. */
function readNumbers(place: Place | undefined): string {
  const unread = place === undefined ? 'true' : isUnread(place)
  return `
select g.id, g.pruned, l.first, l.last from wherry_generation g left join (
  select min(seq) as first, max(seq) as last from (
    select seq, seq - row_number() over (order by seq) as island from wherry_log where ${unread}
  ) numbered group by island
) l on l.last > g.pruned order by l.first`
}

function readEntries(place: Place, end: Place | undefined): string {
  const wanted = end === undefined ? isUnread(place) : `${isUnread(place)} and ${isRead(end)}`
  return `
select g.id, g.pruned, (select coalesce(max(seq), g.pruned) from wherry_log), l.*
from wherry_generation g left join (
  select seq, collection, operation, \`row\`, \`old\`, actor, mutation_id from wherry_log
  where ${wanted} order by seq limit ${maxBatch}
) l on true order by l.seq`
}

function entryOf(columns: readonly unknown[]): LogEntry {
  const [seq, collection, operation, row, old, actor, mutationId] = columns.slice(3) as [
    unknown,
    string,
    string,
    ...(string | null)[],
  ]
  return {
    seq: Number(seq),
    collection,
    operation,
    row: row!,
    old: old!,
    actor: actor!,
    mutationId: mutationId!,
  }
}

/** A table that another program has made anew has lost its triggers: no change of it is seen. */
async function checkCaptured(runner: PlanRunner, collection: CollectionDefinition): Promise<void> {
  const names = triggersOf(collection)
  const { rows } = await runner.run(
    `select count(*) from information_schema.triggers where event_object_schema = database()
      and event_object_table = ? and trigger_name in (${names.map(() => '?').join()})`,
    [collection.table, ...names],
  )
  if (Number(rows[0]![0]) < names.length) throw notCaptured(collection.table)
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
