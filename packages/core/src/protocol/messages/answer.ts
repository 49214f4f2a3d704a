import type { Json } from '../../lib/json.ts'

/** What came of a request or a mutation. */
export interface Answer {
  readonly type: 'answer'
  readonly id: number
  readonly value: Json
  /** Reads only: the moment whose data this is, in milliseconds since 1970. */
  readonly asOf?: number | undefined
}
