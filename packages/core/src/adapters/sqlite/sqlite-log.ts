import type { Change, ChangeBatch, ChangeLog, Position } from '../../contract/change-log.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import type { Runtime, Timer } from '../../lib/runtime.ts'
import type { FindPlan } from '../../query/ast.ts'
import type { Row, SchemaDefinition } from '../../schema/definition.ts'
import { placeOf, positionOf } from '../positions.ts'
import { positionLost } from '../violations.ts'
import type { SqliteConnection } from './connection.ts'
import { uncaptured } from './log-ddl.ts'
import { decodeEntry, type LogEntry } from '../sql/log-entry.ts'

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
  schema(): SchemaDefinition
  runtime(): Runtime
  /** Runs work on the connection that reads, in turn with what runs on it. */
  read<T>(work: (reader: SqliteConnection) => T): Promise<T>
  /** Whether others may write the database, too. */
  readonly isShared: boolean
}

/**
 * The log that triggers write into the file. One writer at a time makes the order of its numbers
 * the order of the commits, so a position is a number, behind the name of the log.
 */
export class SqliteLog implements ChangeLog {
  readonly #host: Host
  readonly #watchers = new Set<() => void>()
  /** Ends the looking for what others commit. */
  #endLooking: (() => void) | undefined
  /** The version of the file's schema whose triggers are known to be complete. */
  #captured: unknown

  constructor(host: Host) {
    this.#host = host
  }

  snapshot(plan: FindPlan): Promise<{ rows: Row[]; position: Position }> {
    return this.#read((reader, head) => ({ rows: reader.find(plan), position: head }))
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
  }

  watch(onCommit: () => void): () => void {
    this.#watchers.add(onCommit)
    if (this.#host.isShared) this.#endLooking ??= this.#look()
    return () => {
      this.#watchers.delete(onCommit)
      if (this.#watchers.size > 0) return
      this.#endLooking?.()
      this.#endLooking = undefined
    }
  }

  /** Looks from time to time whether another connection has committed. */
  #look(): () => void {
    const runtime = this.#host.runtime()
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
      reader.snapshot(() => {
        this.#checkCaptured(reader)
        return work(reader, headOf(reader))
      }),
    )
  }

  /** A table that another program has made anew has lost its triggers: no change of it is seen. */
  #checkCaptured(reader: SqliteConnection): void {
    const { schema_version: version } = reader.statement('pragma schema_version').get() as {
      schema_version: number
    }
    if (version === this.#captured) return
    const tables = uncaptured(reader.db, this.#host.schema())
    if (tables.length > 0) throw notCaptured(tables)
    this.#captured = version
  }

  #batch(reader: SqliteConnection, head: Position, after: Position, upTo: Position): ChangeBatch {
    const [start, end] = [placeOf(after, head), placeOf(upTo, head)]
    if (start >= end) return { changes: [], position: after }
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
    const last = entries.length < maxBatch ? end : entries.at(-1)!.seq
    const schema = this.#host.schema()
    return {
      changes: entries.flatMap((entry): Change[] => {
        // Entries of collections that the schema does not have concern nobody.
        const collection = schema.collections.get(entry.collection)
        return collection === undefined ? [] : [decodeEntry(collection, entry)]
      }),
      position: positionOf(head.split(':')[0]!, last),
    }
  }
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

function notCaptured(tables: readonly string[]): WherryError {
  return new WherryError(
    'SchemaMismatch',
    `The change log does not see what happens to ${tables.join(', ')}; connect with ` +
      `{ ensure: 'create' } to make its triggers`,
    { problems: tables.map((table) => `'${table}' has no triggers that write the change log`) },
  )
}
