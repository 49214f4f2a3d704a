import type { Json } from '../../lib/json.ts'
import type { ReadMethod } from '../../query/calls.ts'

/** Asks for a read; `answer` or `error` comes back under the same id. */
export interface Request {
  readonly type: 'request'
  /** The client's choice, not in use by anything under way on this connection. */
  readonly id: number
  readonly collection: string
  readonly method: ReadMethod
  /** The method's arguments, in their order. Values of fields are in the row codec. */
  readonly args: readonly Json[]
}
