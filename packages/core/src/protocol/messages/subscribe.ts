import type { Json } from '../../lib/json.ts'

/** Asks for the rows of a query and for all that becomes of them, or for changes one by one. */
export interface Subscribe {
  readonly type: 'subscribe'
  /** Names the subscription on this connection until it is ended. */
  readonly id: number
  readonly collection: string
  /**
   * 'find' (default): rows; the query may have where, orderBy and limit. 'aggregate': the groups of
   * one. 'changes': every change of a row that matches; the query may have where and types, and there
   * are no rows.
   */
  readonly method?: 'find' | 'aggregate' | 'changes' | undefined
  readonly query: Json
  /** The offset up to which the client has been told of this query; it is told what it missed. */
  readonly after?: string | undefined
}
