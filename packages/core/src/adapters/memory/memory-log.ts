import type { Change, ChangeBatch, ChangeLog, Position } from '../../contract/change-log.ts'
import type { Runtime } from '../../lib/runtime.ts'
import type { FindPlan } from '../../query/ast.ts'
import type { Row } from '../../schema/definition.ts'
import { newGeneration, placeOf, positionOf } from '../positions.ts'
import { positionLost } from '../violations.ts'
import type { Version } from './version.ts'

/** How many changes are kept for those who read on; and at most as many again before cutting. */
const kept = 10_000
const maxBatch = 1_000

/** The latest changes of a memory database, in order. Rows are those of the store: never changed. */
export class MemoryLog implements ChangeLog {
  /** Throws NotConnected when there is none. */
  readonly #committed: () => Version
  readonly #watchers = new Set<() => void>()
  #generation = ''
  #changes: Change[] = []
  /** The number of changes before the first one kept. */
  #first = 0

  constructor(committed: () => Version) {
    this.#committed = committed
  }

  /** Begins the log of a new database, whose positions are no other's. */
  begin(runtime: Runtime): void {
    this.#generation = newGeneration(runtime)
    this.#changes = []
    this.#first = 0
  }

  append(changes: readonly Change[]): void {
    if (changes.length === 0) return
    for (const change of changes) this.#changes.push(change)
    if (this.#changes.length > 2 * kept) {
      this.#first = this.#end - kept
      this.#changes = this.#changes.slice(-kept)
    }
    for (const onCommit of this.#watchers) onCommit()
  }

  async snapshot(plan: FindPlan): Promise<{ rows: Row[]; position: Position }> {
    return { rows: this.#committed().find(plan), position: this.#head() }
  }

  async head(): Promise<Position> {
    return this.#head()
  }

  async read(after: Position, upTo?: Position): Promise<ChangeBatch> {
    const head = this.#head()
    const start = placeOf(after, head)
    if (start < this.#first) throw positionLost()
    const end = Math.min(placeOf(upTo ?? head, head), start + maxBatch)
    const changes = this.#changes.slice(start - this.#first, end - this.#first)
    return { changes, position: positionOf(this.#generation, end) }
  }

  watch(onCommit: () => void): () => void {
    this.#watchers.add(onCommit)
    return () => void this.#watchers.delete(onCommit)
  }

  get #end(): number {
    return this.#first + this.#changes.length
  }

  #head(): Position {
    this.#committed()
    return positionOf(this.#generation, this.#end)
  }
}
