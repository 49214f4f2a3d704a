import type { Change, ChangeBatch, ChangeLog, Position } from '../../contract/change-log.ts'
import type { Json } from '../../lib/json.ts'
import type { Runtime, Timer } from '../../lib/runtime.ts'
import type { FindPlan } from '../../query/ast.ts'
import { decodeValue } from '../../schema/codec.ts'
import type { CollectionDefinition, Row, SchemaDefinition } from '../../schema/definition.ts'
import { placeOf, positionOf } from '../positions.ts'
import { positionLost } from '../violations.ts'
import type { SqliteConnection } from './connection.ts'
import { newestSeq } from './ledger.ts'

const maxBatch = 1_000
/** A look at data_version costs 2 µs; this is how long a write of another process goes unnoticed. */
const pollMs = 20

interface Host {
  schema(): SchemaDefinition
  runtime(): Runtime
  /** Runs work on the connection that reads, in turn with what runs on it. */
  read<T>(work: (reader: SqliteConnection) => T): Promise<T>
}

/**
 * The log that triggers write into the file. One writer at a time makes the order of its numbers
 * the order of the commits, so a position is a number, behind the name of the log.
 */
export class SqliteLog implements ChangeLog {
  readonly #host: Host
  readonly #watchers = new Set<() => void>()
  #timer: Timer
  #dataVersion: unknown

  constructor(host: Host) {
    this.#host = host
  }

  snapshot(plan: FindPlan): Promise<{ rows: Row[]; position: Position }> {
    return this.#host.read((reader) =>
      reader.snapshot(() => ({ rows: reader.find(plan), position: headOf(reader) })),
    )
  }

  head(): Promise<Position> {
    return this.#host.read(headOf)
  }

  read(after: Position, upTo?: Position): Promise<ChangeBatch> {
    return this.#host.read((reader) => reader.snapshot(() => this.#read(reader, after, upTo)))
  }

  /** Something was committed through this process; others are found out by looking. */
  committed(): void {
    for (const onCommit of this.#watchers) onCommit()
  }

  watch(onCommit: () => void): () => void {
    this.#watchers.add(onCommit)
    if (this.#watchers.size === 1) this.#poll()
    return () => {
      this.#watchers.delete(onCommit)
      if (this.#watchers.size === 0) this.#host.runtime().clearTimeout(this.#timer)
    }
  }

  #poll(): void {
    this.#timer = this.#host.runtime().setTimeout(() => void this.#look(), pollMs)
  }

  async #look(): Promise<void> {
    let version: unknown
    try {
      version = await this.#host.read((reader) =>
        reader.db.pragma('data_version', { simple: true }),
      )
    } catch {
      // A file that cannot be read now is found out by those who read the log, and they say so.
    }
    if (this.#watchers.size === 0) return
    if (version === undefined || version !== this.#dataVersion) this.committed()
    this.#dataVersion = version
    this.#poll()
  }

  #read(reader: SqliteConnection, after: Position, upTo: Position | undefined): ChangeBatch {
    const head = headOf(reader)
    const [start, end] = [placeOf(after, head), placeOf(upTo ?? head, head)]
    const first = reader.db.prepare('select min(seq) from wherry_log').raw().get() as [
      number | null,
    ]
    if (start < end && (first[0] ?? Infinity) > start + 1) throw positionLost()
    const entries = reader.db
      .prepare(
        `select seq, collection, row, old, actor, mutation_id as mutationId from wherry_log
          where seq > ? and seq <= ? order by seq limit ${maxBatch}`,
      )
      .all(start, end) as Entry[]
    const last = entries.length < maxBatch ? end : entries.at(-1)!.seq
    return {
      changes: entries.flatMap((entry) => this.#decode(entry)),
      position: positionOf(head.split(':')[0]!, last),
    }
  }

  /** Entries of collections that the schema no longer has concern nobody. */
  #decode({ collection: name, row, old, actor, mutationId }: Entry): Change[] {
    const collection = this.#host.schema().collections.get(name)
    if (collection === undefined) return []
    const rows = { old: decode(collection, old), row: decode(collection, row) }
    return [{ collection, ...rows, actor, mutationId }]
  }
}

interface Entry {
  readonly seq: number
  readonly collection: string
  readonly row: string | null
  readonly old: string | null
  readonly actor: string | null
  readonly mutationId: string | null
}

/** By the fields of this schema: the entry may have been written under one with more. */
function decode({ fieldList }: CollectionDefinition, json: string | null): Row | null {
  if (json === null) return null
  const values = JSON.parse(json) as Record<string, Json>
  return Object.fromEntries(
    fieldList.map((field) => [field.name, decodeValue(field, values[field.name] ?? null)]),
  )
}

/** `<generation>:<number>`; another generation is another log. */
function headOf(reader: SqliteConnection): Position {
  const row = reader.db
    .prepare(`select id || ':' || ${newestSeq} from wherry_generation`)
    .raw()
    .get() as [string]
  return row[0]
}
