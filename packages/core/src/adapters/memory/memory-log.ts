import type { Change, ChangeBatch, ChangeLog, Position } from '../../contract/change-log.ts'
import type { FindPlan } from '../../query/ast.ts'
import type { Row } from '../../schema/definition.ts'
import { positionLost } from '../violations.ts'

/** How many changes are kept for those who read on; and at most as many again before cutting. */
const kept = 10_000
const maxBatch = 1_000

/** The latest changes of a memory database, in order. Rows are those of the store: never changed. */
export class MemoryLog implements ChangeLog {
  readonly #find: (plan: FindPlan) => Row[]
  readonly #watchers = new Set<() => void>()
  #changes: Change[] = []
  /** The number of changes before the first one kept. */
  #first = 0

  constructor(find: (plan: FindPlan) => Row[]) {
    this.#find = find
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
    return { rows: this.#find(plan), position: String(this.#end) }
  }

  async read(after: Position, upTo?: Position): Promise<ChangeBatch> {
    const start = Number(after)
    if (!(start >= this.#first && start <= this.#end)) throw positionLost()
    const end = Math.min(upTo === undefined ? this.#end : Number(upTo), start + maxBatch)
    const changes = this.#changes.slice(start - this.#first, end - this.#first)
    return { changes, position: String(end) }
  }

  watch(onCommit: () => void): () => void {
    this.#watchers.add(onCommit)
    return () => void this.#watchers.delete(onCommit)
  }

  get #end(): number {
    return this.#first + this.#changes.length
  }
}
