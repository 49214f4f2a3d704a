import type { Position } from '../contract/change-log.ts'
import type { FeedListener } from '../live/feed-event.ts'

/** Ends it when it is called; nothing is told after that. */
export interface Listening {
  (): void
  /**
   * Resolves once everything that is committed from then on will be told; rejects when nothing ever
   * will. Writes of the same service or client need not wait for it: they do so by themselves.
   */
  readonly started: Promise<void>
}

/** Which changes somebody wants to be told of. */
export interface FeedWish {
  readonly collection: string
  /** `{ where, types }`. */
  readonly query: object
  /** Behind which position; absent: from now on. */
  readonly since?: Position | undefined
}

/** Listens to changes until what it returns is called; what a service and a client do differently. */
export type Follow = (wish: FeedWish, listener: FeedListener) => () => void
