import type { WherryError } from '@wherry/core'
import type { Down } from '@wherry/core/protocol'
import type { Link } from './link.ts'

/** What uses a connection and outlives it: the calls, and the live queries. */
export interface Tenant {
  /** There is a connection. */
  welcomed(link: Link): void
  /** A message has come, which may be for it. */
  receive(message: Down): void
  /**
   * There is no connection, or no longer, and another is tried, unless it is the end. Each error is
   * of its own, for its taker to add to.
   */
  lost(makeError: () => WherryError, isEnd: boolean): void
}
