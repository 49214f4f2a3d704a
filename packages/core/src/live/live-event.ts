import type { Position } from '../contract/change-log.ts'
import type { Row } from '../schema/definition.ts'

/** A step from the rows of one event to those of the next; steps apply one after another. */
export type RowChange<R = Row> =
  | { readonly type: 'insert'; readonly index: number; readonly row: R }
  | { readonly type: 'remove'; readonly index: number; readonly row: R }
  /** `to` is the index once the row has been taken from `from`. */
  | {
      readonly type: 'update'
      readonly from: number
      readonly to: number
      readonly old: R
      readonly row: R
    }

/** What a live query tells its subscribers, each time that its rows have changed. */
export interface LiveEvent<R = Row> {
  /** All rows, in order. Subscribers share them: treat them as read-only. */
  readonly rows: readonly R[]
  /** The steps from the event before; empty in the first `live` event, whose rows are all new. */
  readonly changes: readonly RowChange<R>[]
  /**
   * `error`: the database cannot be read, or there are more rows than a live query may hold; the rows
   * are as before, and it goes on by itself. Told once, until the next `live` event.
   */
  readonly status: 'live' | 'error'
  readonly error?: unknown
  /** The state of the database that these rows are; absent on `error`. */
  readonly position?: Position
}

export type LiveListener<R = Row> = (event: LiveEvent<R>) => void

/** What a live count or aggregate tells its subscribers, each time that its value has changed. */
export type LiveValueEvent<V> =
  | {
      /** The number, or the groups in order. Subscribers share them: treat them as read-only. */
      readonly value: V
      readonly status: 'live'
      /** The state of the database that it is the value of. */
      readonly position: Position
    }
  | {
      /** The value before; undefined where there has been none. */
      readonly value: V | undefined
      /** Told once, until the next `live` event. */
      readonly status: 'error'
      readonly error: unknown
    }

export type LiveValueListener<V> = (event: LiveValueEvent<V>) => void

/** What a live query costs the writes to its collection, as `explainLive` tells. */
export interface LiveExplanation {
  /**
   * 'value': only changes of rows that hold certain values look at the query, found by a hash.
   * 'range': only those whose values lie in a range, found in a tree. 'every change': all do, which
   * costs each a test of the filter; give `where` an equality, an `in` or a range to avoid it.
   */
  readonly foundBy: 'value' | 'range' | 'every change'
  /** The fields that those values are of. */
  readonly fields: readonly string[]
  /**
   * When the database is asked again. 'never': the changes tell all. 'to refill': when rows leave
   * a window that has a limit, and others may follow. 'when touched': by each change that may have
   * changed a group or a measure, or anything that is included; but the answers take at most a third
   * of the time. Whatever this says, on SQLite a count or an aggregate is asked again after an insert
   * into its collection that has no mutation id, since that may have replaced a row.
   */
  readonly asksAgain: 'never' | 'to refill' | 'when touched'
}
