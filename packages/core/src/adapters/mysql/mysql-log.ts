import type { Change, ChangeBatch, Position, Reader, Snapshot } from '../../contract/change-log.ts'
import type { CollectionDefinition } from '../../schema/definition.ts'
import { noPosition } from '../positions.ts'
import { capturedBy, notCaptured } from '../sql/capture.ts'
import { decodeEntry, type LogEntry } from '../sql/log-entry.ts'
import { leaseMs, LogKeeper, type KeeperHost, type Retention } from '../sql/log-keeper.ts'
import type { EngineLog, LogHost } from '../sql/server/engine.ts'
import type { PlanRunner } from '../sql/server/plan-runner.ts'
import { Wakes } from '../sql/server/wakes.ts'
import { positionLost } from '../violations.ts'
import { GapKeeper } from './gap-keeper.ts'
import { uncaptured } from './log-ddl.ts'
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
/** How many of the oldest entries are looked at at once, of which some may go. */
const oldest = 5_000
/** How often to look for what others commit: the database does not tell of it. */
const pauses = { shortestMs: 10, longestMs: 100 }

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
  readonly hidesReplaced = false
  readonly #host: LogHost
  readonly #wakes: Wakes
  /** One for each time that the database is open. */
  #gaps: GapKeeper | undefined
  #known: Known | undefined
  readonly #keeper: LogKeeper

  constructor(host: LogHost) {
    this.#host = host
    this.#wakes = new Wakes(() => host.context().runtime, pauses)
    this.#keeper = new LogKeeper(this.#keeperHost())
  }

  snapshot<T>(
    collections: readonly CollectionDefinition[],
    read: (reader: Reader) => Promise<T>,
  ): Promise<Snapshot<T>> {
    return this.#host.withConnection(async (runner) => {
      const known = this.#known
      await runner.run('set transaction isolation level repeatable read')
      await runner.run('start transaction with consistent snapshot, read only')
      try {
        const byTriggers = capturedBy(this.#host.context(), 'triggers')
        // A table that another program has made anew has lost its triggers.
        const unseen = await uncaptured(
          runner,
          collections.filter((each) => byTriggers.has(each)),
        )
        if (unseen.length > 0) throw notCaptured(unseen)
        const isFollowed = collections.length > 0
        const position = isFollowed ? await this.#head(runner, known) : noPosition
        return { position, value: await read(runner) }
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
    this.#keeper.noticed(1)
  }

  watch(onCommit: () => void, position?: () => Position | undefined): () => void {
    const unwatch = this.#wakes.watch(onCommit)
    const letGo = position && this.#keeper.watch(position)
    return () => {
      unwatch()
      letGo?.()
    }
  }

  async close(): Promise<void> {
    this.#wakes.close()
    const gaps = this.#gaps
    this.#gaps = undefined
    await Promise.all([this.#keeper.close(), gaps?.close()])
    this.#known = undefined
  }

  async #head(runner: PlanRunner, known: Known | undefined): Promise<Position> {
    const { rows } = await runner.run(readNumbers(known?.place))
    if (rows.length === 0) throw notCaptured(['wherry_log'])
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
    if (rows.length === 0) throw notCaptured(['wherry_log'])
    const [id, pruned, newest] = rows[0] as [string, unknown, unknown]
    const isPast = firstUnread(place) <= Number(pruned)
    if (id !== generation || isPast || place.highWater > Number(newest)) throw positionLost()
    const entries = rows.flatMap((columns) => (columns[3] === null ? [] : [entryOf(columns)]))
    const found = entries.map(({ seq }): Range => [seq, seq])
    const isWhole = entries.length < maxBatch
    const reached = advance(place, found, entries.at(-1)?.seq ?? 0)
    if (entries.length > 0) this.#wakes.found()
    this.#keeper.noticed(entries.length)
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
      isWhole,
    }
  }

  #know(seen: Known): void {
    const isSame = this.#known?.generation === seen.generation
    const place = isSame ? union(this.#known!.place, seen.place) : seen.place
    this.#known = { generation: seen.generation, place }
    this.#gaps ??= new GapKeeper(this.#host)
    this.#gaps.watch(place.gaps)
  }

  #keeperHost(): KeeperHost {
    const { context, withConnection } = this.#host
    return {
      context,
      isShared: true,
      hold: (reader, position) =>
        withConnection(async (runner) => {
          const values = [reader, position, leaseMs * 1_000]
          await runner.run(hold, values)
        }),
      release: (reader) =>
        withConnection(async (runner) => void (await runner.run(release, [`${reader}-%`]))),
      held: () =>
        withConnection(async (runner) => {
          const { rows } = await runner.run(
            'select position from wherry_cursor where lease_until > utc_timestamp(3)',
          )
          return (rows as [Position][]).map(([position]) => position)
        }),
      prune: (retention, positions) =>
        withConnection((runner) => this.#prune(runner, retention, positions)),
    }
  }

  /** What is in a gap may yet come, and a reader who has seen more than that would be lost. */
  async #prune(
    runner: PlanRunner,
    { keepEntries, keepMs, maxEntries }: Retention,
    positions: readonly Position[],
  ): Promise<boolean> {
    await this.#head(runner, this.#known)
    const { generation, place } = this.#known!
    const floor = positions.reduce((least, position) => {
      const read = parsePosition(position)
      return read.generation === generation ? Math.min(least, firstUnread(read.place)) : least
    }, firstUnread(place))
    const { rows } = await runner.run(findOld, [
      firstUnread(place),
      place.highWater - keepEntries,
      place.highWater - maxEntries,
      floor,
      keepMs * 1_000,
    ])
    const [last] = rows[0] as [unknown]
    if (last === null) return false
    const mark = 'update wherry_generation set pruned = greatest(pruned, ?)'
    await runner.run(mark, [Number(last)])
    const { count } = await runner.run('delete from wherry_log where seq <= ?', [Number(last)])
    return count > 0
  }
}

const hold = `
insert into wherry_cursor values (?, ?, utc_timestamp(3) + interval ? microsecond)
on duplicate key update position = values(position), lease_until = values(lease_until)`

const release = `
delete from wherry_cursor where target like ? or lease_until < utc_timestamp(3) - interval 1 day`

/** The last of the oldest entries that may go. */
const findOld = `
select max(seq) from (select seq, at from wherry_log order by seq limit ${oldest}) as oldest
where seq < ? and seq <= ?
  and (seq <= ? or (seq < ? and at < utc_timestamp(3) - interval ? microsecond))`

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
