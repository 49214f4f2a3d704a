import type { Change, ChangeBatch, Position } from '../contract/change-log.ts'
import { placeOf, positionOf } from './positions.ts'
import { positionLost } from './violations.ts'

const maxBatch = 1_000

/** The latest changes of a database, in order, as this process made them. Their rows never change. */
export class ChangeBuffer {
  readonly #watchers = new Set<() => void>()
  #generation = ''
  /** How many are kept for those who read on; and at most as many again before cutting. */
  #keep = 0
  #changes: Change[] = []
  /** The number of changes before the first one kept. */
  #first = 0

  get head(): Position {
    return positionOf(this.#generation, this.#first + this.#changes.length)
  }

  /** What a log that goes on later begins with. */
  get kept(): { readonly changes: readonly Change[]; readonly first: number } {
    return { changes: this.#changes, first: this.#first }
  }

  /** Begins a log whose positions are no other's, or one that goes on. */
  begin(generation: string, keep: number, changes: readonly Change[] = [], first = 0): void {
    this.#generation = generation
    this.#keep = keep
    this.#changes = [...changes]
    this.#first = first
    this.#wake()
  }

  append(changes: readonly Change[]): void {
    if (changes.length === 0) return
    for (const change of changes) this.#changes.push(change)
    if (this.#changes.length > 2 * this.#keep) {
      this.#first += this.#changes.length - this.#keep
      this.#changes = this.#changes.slice(-this.#keep)
    }
    this.#wake()
  }

  read(after: Position, upTo?: Position): ChangeBatch {
    const { head } = this
    const start = placeOf(after, head)
    if (start < this.#first) throw positionLost()
    const last = placeOf(upTo ?? head, head)
    const end = Math.min(last, start + maxBatch)
    const changes = this.#changes.slice(start - this.#first, end - this.#first)
    return { changes, position: positionOf(this.#generation, end), isWhole: end === last }
  }

  watch(onCommit: () => void): () => void {
    this.#watchers.add(onCommit)
    return () => void this.#watchers.delete(onCommit)
  }

  #wake(): void {
    for (const onCommit of this.#watchers) onCommit()
  }
}
