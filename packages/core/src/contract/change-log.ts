import type { FindPlan } from '../query/ast.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'

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
}

/**
 * The log of committed changes. Every change is in it once, in the transaction that made it, and
 * an entry that has been read is never followed by one that belongs before it.
 */
export interface ChangeLog {
  /** The rows of a plan, and the position whose state they are: both from one snapshot. */
  snapshot(plan: FindPlan): Promise<{ readonly rows: Row[]; readonly position: Position }>

  /** The newest position: behind all that is committed. */
  head(): Promise<Position>

  /**
   * What was committed behind `after`, up to `upTo` or else to the newest. May return less than
   * there is; whoever wants all of it reads on until the position stands still, or is `upTo`.
   * Throws PositionLost when a position is not of this log, or `after` is older than what it keeps.
   */
  read(after: Position, upTo?: Position): Promise<ChangeBatch>

  /**
   * Calls `onCommit` whenever there may be something new to read, whoever wrote it, until the
   * function that it returns is called.
   */
  watch(onCommit: () => void): () => void
}
