import type { WherryError } from '@wherry/core'
import type { Down } from '@wherry/core/protocol'
import type { Link } from './link.ts'

/** What uses a connection and outlives it: the calls, and the live queries. */
export interface Tenant {
  /** There is a connection. */
  welcomed(link: Link): void
  /** A message has come, which may be for it. */
  receive(message: Down, link: Link): void
  /** There is none, or no longer; another will be tried. */
  lost(error: WherryError): void
  /** There will be none any more. Each error is of its own, for its taker to add to. */
  ended(makeError: () => WherryError): void
}
