import type { AdapterContext } from '../../contract/adapter.ts'
import type {
  Change,
  ChangeBatch,
  ChangeLog,
  Position,
  Reader,
  Snapshot,
} from '../../contract/change-log.ts'
import type { Timer } from '../../lib/runtime.ts'
import type { CollectionDefinition } from '../../schema/definition.ts'
import { noPosition, placeOf, positionOf } from '../positions.ts'
import { positionLost } from '../violations.ts'
import type { SqliteConnection } from './connection.ts'
import { notCaptured } from '../sql/capture.ts'
import { uncaptured } from './log-ddl.ts'
import { decodeEntry, type LogEntry } from '../sql/log-entry.ts'
import { leaseMs, LogKeeper, type KeeperHost, type Retention } from '../sql/log-keeper.ts'
import { nowSql } from './values.ts'

const maxBatch = 1_000
/** A look at data_version costs 2 µs; this is how long a write of another process goes unnoticed. */
const pollMs = 20

/**
 * The log's newest number: what a transaction adds is behind it. SQLite's own count falls behind
 * when an INSERT OR FAIL stops half-way, and the log's last entry may have been deleted.
 */
export const newestSeq: string = `max(
  coalesce((select seq from sqlite_sequence where name = 'wherry_log'), 0),
  coalesce((select max(seq) from wherry_log), 0))`

interface Host {
  context(): AdapterContext
  /** Runs work on the connection that reads, in turn with what runs on it. */
  read<T>(work: (reader: SqliteConnection) => T): Promise<T>
  /** Runs work on the connection that writes, in turn, as a write of its own. */
  write<T>(work: (writer: SqliteConnection) => T): Promise<T>
  /** Keeps one state of that connection for `read`; what `first` reads belongs to it. */
  snapshot<T>(
    first: (reader: SqliteConnection) => Position,
    read: (reader: Reader) => Promise<T>,
  ): Promise<Snapshot<T>>
  /** Whether others may write the database, too. */
  readonly isShared: boolean
}

/**
 * The log that triggers write into the file. One writer at a time makes the order of its numbers
 * the order of the commits, so a position is a number, behind the name of the log.
 */
export class SqliteLog implements ChangeLog {
  readonly hidesReplaced = true
  readonly #host: Host
  readonly #watchers = new Set<() => void>()
  readonly #keeper: LogKeeper
  /** Ends the looking for what others commit. */
  #endLooking: (() => void) | undefined
  /** The version of the file's schema whose triggers are known to be complete. */
  #captured: unknown

  constructor(host: Host) {
    this.#host = host
    this.#keeper = new LogKeeper(keeperHost(host))
  }

  snapshot<T>(
    collections: readonly CollectionDefinition[],
    read: (reader: Reader) => Promise<T>,
  ): Promise<Snapshot<T>> {
    const first = (reader: SqliteConnection) =>
      collections.length === 0 ? noPosition : this.#checkedHead(reader)
    return this.#host.snapshot(first, read)
  }

  head(): Promise<Position> {
    return this.#host.read(headOf)
  }

  read(after: Position, upTo?: Position): Promise<ChangeBatch> {
    return this.#read((reader, head) => this.#batch(reader, head, after, upTo ?? head))
  }

  /** Something was committed through this process; others are found out by looking. */
  committed(): void {
    for (const onCommit of this.#watchers) onCommit()
    this.#keeper.noticed(1)
  }

  /** Ends what it has open. */
  close(): Promise<void> {
    return this.#keeper.close()
  }

  watch(onCommit: () => void, position?: () => Position | undefined): () => void {
    this.#watchers.add(onCommit)
    const letGo = position && this.#keeper.watch(position)
    if (this.#host.isShared) this.#endLooking ??= this.#look()
    return () => {
      letGo?.()
      this.#watchers.delete(onCommit)
      if (this.#watchers.size > 0) return
      this.#endLooking?.()
      this.#endLooking = undefined
    }
  }

  /** Looks from time to time whether another connection has committed. */
  #look(): () => void {
    const runtime = this.#host.context().runtime
    let isOver = false
    let timer: Timer
    let known: unknown
    const look = async () => {
      // A file that cannot be read now is found out by those who read the log, and they say so.
      const version = await this.#host.read(dataVersion).catch(() => undefined)
      if (isOver) return
      if (version === undefined || version !== known) this.committed()
      known = version
      wait()
    }
    const wait = () => {
      timer = runtime.setTimeout(() => void look(), pollMs)
    }
    wait()
    return () => {
      isOver = true
      runtime.clearTimeout(timer)
    }
  }

  /** Reads that belong together, with the head of the log as it was then. */
  #read<T>(work: (reader: SqliteConnection, head: Position) => T): Promise<T> {
    return this.#host.read((reader) =>
      reader.snapshot(() => work(reader, this.#checkedHead(reader))),
    )
  }

  #checkedHead(reader: SqliteConnection): Position {
    this.#checkCaptured(reader)
    return headOf(reader)
  }

  /** A table that another program has made anew has lost its triggers: no change of it is seen. */
  #checkCaptured(reader: SqliteConnection): void {
    const { schema_version: version } = reader.statement('pragma schema_version').get() as {
      schema_version: number
    }
    if (version === this.#captured) return
    const tables = uncaptured(reader.db, this.#host.context())
    if (tables.length > 0) throw notCaptured(tables)
    this.#captured = version
  }

  #batch(reader: SqliteConnection, head: Position, after: Position, upTo: Position): ChangeBatch {
    const [start, end] = [placeOf(after, head), placeOf(upTo, head)]
    if (start >= end) return { changes: [], position: after, isWhole: true }
    const { first } = reader.statement('select min(seq) as first from wherry_log').get() as {
      first: number | null
    }
    if ((first ?? Infinity) > start + 1) throw positionLost()
    const entries = reader
      .statement(
        `select seq, collection, operation, row, old, actor, mutation_id as mutationId
          from wherry_log where seq > ? and seq <= ? order by seq limit ${maxBatch}`,
      )
      .all(start, end) as LogEntry[]
    this.#keeper.noticed(entries.length)
    const last = entries.length < maxBatch ? end : entries.at(-1)!.seq
    const { schema } = this.#host.context()
    return {
      changes: entries.flatMap((entry): Change[] => {
        // Entries of collections that the schema does not have concern nobody.
        const collection = schema.collections.get(entry.collection)
        return collection === undefined ? [] : [decodeEntry(collection, entry)]
      }),
      position: positionOf(head.split(':')[0]!, last),
      isWhole: last === end,
    }
  }
}

function keeperHost(host: Host): KeeperHost {
  return {
    context: host.context,
    isShared: host.isShared,
    hold: (reader, position) =>
      host.write((writer) => void writer.statement(hold).run(reader, position)),
    release: (reader) => host.write((writer) => void writer.statement(release).run(`${reader}-%`)),
    held: () =>
      host.read((reader) => {
        const live = `select position from wherry_cursor where lease_until > ${nowSql}`
        return (reader.statement(live).all() as { position: Position }[]).map((row) => row.position)
      }),
    prune: (retention, positions) => host.write((writer) => prune(writer, retention, positions)),
  }
}

const hold = `insert into wherry_cursor values (?, ?, ${nowSql} + ${leaseMs})
  on conflict (target) do update
  set position = excluded.position, lease_until = excluded.lease_until`

const release = `delete from wherry_cursor
  where target like ? or lease_until < ${nowSql} - 86400000`

/** So few at once that nobody waits for it. */
const oldest = 1_000

function prune(
  writer: SqliteConnection,
  { keepEntries, keepMs, maxEntries }: Retention,
  positions: readonly Position[],
): boolean {
  const head = headOf(writer)
  const newest = placeOf(head, head)
  const own = positions.filter((position) => position.split(':')[0] === head.split(':')[0])
  const floor = Math.min(newest, ...own.map((position) => placeOf(position, head)))
  const find = `select max(seq) as last
    from (select seq, at from wherry_log order by seq limit ${oldest})
    where seq <= ? and (seq <= ? or (seq <= ? and at < ${nowSql} - ?))`
  const { last } = writer
    .statement(find)
    .get(newest - keepEntries, newest - maxEntries, floor, keepMs) as { last: number | null }
  if (last === null) return false
  return writer.statement('delete from wherry_log where seq <= ?').run(last).changes > 0
}

function dataVersion(reader: SqliteConnection): unknown {
  return reader.db.pragma('data_version', { simple: true })
}

function headOf(reader: SqliteConnection): Position {
  const row = reader.statement(`select id, ${newestSeq} as seq from wherry_generation`).get() as
    { id: string; seq: number } | undefined
  if (row === undefined) throw notCaptured(['wherry_log'])
  return positionOf(row.id, row.seq)
}
