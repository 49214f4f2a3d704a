import type { Json } from '../../lib/json.ts'
import type { WriteMethod } from '../../query/calls.ts'

/**
 * Asks for a write, once and for all: a mutation that is sent again, on this connection or on
 * another, is not done again, and answered as it was the first time.
 */
export interface Mutate {
  readonly type: 'mutate'
  readonly id: number
  /** Names the write for ever; 1 to 64 visible ASCII characters, best a UUIDv7. */
  readonly mutationId: string
  readonly collection: string
  readonly method: WriteMethod
  readonly args: readonly Json[]
}
