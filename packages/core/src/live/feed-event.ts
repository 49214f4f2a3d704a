import type { Position } from '../contract/change-log.ts'
import type { Row } from '../schema/definition.ts'

export type ChangeType = 'created' | 'updated' | 'deleted'

/** One committed change of a row. Listeners share it: treat its rows as read-only. */
export interface ToldChange<R = Row> {
  readonly type: ChangeType
  /** The row as it is now; of a deleted one, as it was. */
  readonly row: R
  /** The row before; null when it has been created. */
  readonly old: R | null
}

/** What a feed tells. */
export type FeedEvent =
  /**
   * What was committed behind `prev`, up to `position`; nothing, where the feed begins and has no
   * `prev`, and from time to time, so that its position does not fall too far behind.
   */
  | {
      readonly status: 'live'
      readonly changes: readonly ToldChange[]
      readonly prev?: Position | undefined
      readonly position: Position
    }
  /** Nobody can tell what was committed before this position and has not been told. It goes on here. */
  | { readonly status: 'gap'; readonly position: Position }
  /** The log cannot be read. Nothing is lost yet; it goes on by itself. Told once. */
  | { readonly status: 'error'; readonly error: unknown }

export type FeedListener = (event: FeedEvent) => void
