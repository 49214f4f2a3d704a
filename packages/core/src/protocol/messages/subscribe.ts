import type { Json } from '../../lib/json.ts'

/** Asks for the rows of a query, and for all that becomes of them. */
export interface Subscribe {
  readonly type: 'subscribe'
  /** Names the subscription on this connection until it is ended. */
  readonly id: number
  readonly collection: string
  /** where, orderBy, limit. */
  readonly query: Json
  /** The offset of the last rows that the client has of this query; it is told what it missed. */
  readonly after?: string | undefined
}
