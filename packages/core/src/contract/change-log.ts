import type { CollectionDefinition, Row } from '../schema/definition.ts'
import type { Session } from './adapter.ts'

/** One row that a commit changed, by this application or by a stranger. Both rows are whole. */
export interface Change {
  readonly collection: CollectionDefinition
  /** The row before; null for an insert. Without it no reader could tell which queries it leaves. */
  readonly old: Row | null
  /** The row after; null for a delete. */
  readonly row: Row | null
  /** Who made it, and by which mutation, as the transaction was told; null where it was not. */
  readonly actor: string | null
  readonly mutationId: string | null
}

/**
 * How far a reader has read: `<generation>:<place>`. The generation is what stands before the first
 * colon, and names the log: where two positions differ in it, nothing leads from one to the other.
 * The place is opaque: only the log that gave it knows what it means.
 */
export type Position = string

export interface ChangeBatch {
  /** In the order of the commits. A row's changes are in their own order, too. */
  readonly changes: readonly Change[]
  /** Behind the last of them; where to read on. */
  readonly position: Position
  /**
   * Whether these are all that was asked for: those up to `upTo`, or all that were there when this
   * was read. Otherwise a transaction may be here by halves.
   */
  readonly isWhole: boolean
}

/** Reads that all see one state of the database, for as long as their snapshot is open. */
export type Reader = Pick<Session, 'find' | 'aggregate'>

export interface Snapshot<T> {
  /** What was read. */
  readonly value: T
  /** The position whose state it is. */
  readonly position: Position
}

/**
 * The log of committed changes. Every change is in it once, in the transaction that made it, and
 * an entry that has been read is never followed by one that belongs before it.
 */
export interface ChangeLog {
  /**
   * Whether a change may have taken rows away of which the log has no entry: those whose key or
   * unique values it takes, where somebody writes with the OR REPLACE of SQLite.
   */
  readonly hidesReplaced: boolean

  /**
   * Reads of these collections, however many, and the position whose state they all see. While
   * `read` runs it asks its reader and nobody else: some engines let nothing else happen meanwhile.
   * Throws SchemaMismatch when the log does not see what happens to one of the collections. For who
   * wants the one state and not to follow it, `collections` is empty: then the log need not be there,
   * and the position may be one that leads nowhere.
   */
  snapshot<T>(
    collections: readonly CollectionDefinition[],
    read: (reader: Reader) => Promise<T>,
  ): Promise<Snapshot<T>>

  /** The newest position: behind all that is committed. */
  head(): Promise<Position>

  /**
   * What was committed behind `after`, up to `upTo` or else to the newest. May return less than
   * there is; whoever wants all of it reads on until a batch is whole.
   * Throws PositionLost when a position is not of this log, or `after` is older than what it keeps.
   */
  read(after: Position, upTo?: Position): Promise<ChangeBatch>

  /**
   * Calls `onCommit` whenever there may be something new to read, whoever wrote it, until the
   * function that it returns is called. `position` tells how far the caller has read: as long as it
   * watches, what lies behind that is kept, up to the most that the log may hold.
   */
  watch(onCommit: () => void, position?: () => Position | undefined): () => void
}
