import type { RowChange } from '@wherry/core'
import type { WireChange } from '@wherry/core/protocol'

export type Row = Record<string, unknown>

/** What is known here of the rows of a live query. */
export interface Kept {
  /** An array that stays as it is: there is another one after every change. */
  readonly all: readonly Row[]
  /**
   * Takes what the server tells: all there is, or what has changed. Returns the steps to the rows
   * that there are then; undefined: nothing is otherwise.
   */
  follow(changes: readonly WireChange[], isAll: boolean): RowChange[] | undefined
}
