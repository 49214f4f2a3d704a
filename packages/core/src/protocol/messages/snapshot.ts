import type { Json } from '../../lib/json.ts'

/** A part of all rows of a subscription, in order. The last part has the offset. */
export interface Snapshot {
  readonly type: 'snapshot'
  readonly id: number
  readonly rows: readonly Json[]
  /** The state that these rows are; whoever has it goes on with the push whose `prev` it is. */
  readonly offset?: string | undefined
}
