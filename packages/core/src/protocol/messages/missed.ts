import type { WireChange } from './wire-change.ts'

/**
 * A part of what became of a subscription's rows behind the `after` that it was asked with, instead
 * of a snapshot; or later, of what it was not pushed while its client did not keep up. The last part
 * has the offset.
 */
export interface Missed {
  readonly type: 'missed'
  readonly id: number
  readonly changes: readonly WireChange[]
  readonly offset?: string | undefined
}
