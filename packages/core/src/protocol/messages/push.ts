import type { WireChange } from './wire-change.ts'

/**
 * What became of the rows of a channel. The same bytes for all its subscribers. Whoever's rows are
 * not those of `prev` has missed something, and subscribes again.
 */
export interface Push {
  readonly type: 'push'
  readonly channel: string
  readonly prev: string
  readonly offset: string
  readonly changes: readonly WireChange[]
}
