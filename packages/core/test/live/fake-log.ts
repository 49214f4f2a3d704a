import { evaluateAggregate } from '../../src/query/aggregate.ts'
import type {
  Change,
  ChangeBatch,
  ChangeLog,
  Position,
  Reader,
  Snapshot,
} from '../../src/contract/change-log.ts'
import type { AggregatePlan, FindPlan } from '../../src/query/ast.ts'
import { evaluateFind } from '../../src/query/evaluate.ts'
import type { Row } from '../../src/schema/definition.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'

export const notes = defineSchema({
  notes: collection({ id: t.id(), rank: t.int() }),
}).definition.collections.get('notes')!

/** A log whose database is a map, and which fails and waits as a test says. */
export class FakeLog implements ChangeLog {
  hidesReplaced = false
  readonly changes: Change[] = []
  readonly rows = new Map<string, Row>()
  readonly watchers = new Set<() => void>()
  /** What the next calls of each kind meet, one after another. */
  readonly next: { snapshot: (Error | Promise<void>)[]; read: (Error | Promise<void>)[] } = {
    snapshot: [],
    read: [],
  }
  /** Queries that cannot be answered, by their limit. */
  readonly broken = new Map<number, Error>()
  /** What aggregates wait for. */
  answering: Promise<void> | undefined
  batchSize = 1_000
  snapshots = 0

  put(id: string, rank: number): void {
    const old = this.rows.get(id) ?? null
    const row = { id, rank }
    this.rows.set(id, row)
    this.changes.push({ collection: notes, old, row, actor: null, mutationId: null })
    this.wake()
  }

  wake(): void {
    for (const onCommit of this.watchers) onCommit()
  }

  async snapshot<T>(_: unknown, read: (reader: Reader) => Promise<T>): Promise<Snapshot<T>> {
    this.snapshots++
    await this.#meet('snapshot')
    const rows = new Map(this.rows)
    const position = await this.head()
    const find = async (plan: FindPlan) => {
      const broken = this.broken.get(plan.limit ?? -1)
      if (broken !== undefined) throw broken
      return evaluateFind(plan, rows.values())
    }
    const aggregate = async (plan: AggregatePlan) => {
      await this.answering
      return evaluateAggregate(plan, rows.values())
    }
    return { value: await read({ find, aggregate }), position }
  }

  async head(): Promise<Position> {
    return `log:${this.changes.length}`
  }

  /** What was there when it was asked, however late it answers. */
  async read(after: Position, upTo?: Position): Promise<ChangeBatch> {
    const head = `log:${this.changes.length}`
    await this.#meet('read')
    const [start, end] = [after, upTo ?? head].map((p) => Number(p.split(':')[1]))
    const last = Math.min(end!, start! + this.batchSize)
    const changes = this.changes.slice(start, last)
    return { changes, position: `log:${last}`, isWhole: last === end }
  }

  watch(onCommit: () => void): () => void {
    this.watchers.add(onCommit)
    return () => void this.watchers.delete(onCommit)
  }

  async #meet(call: 'snapshot' | 'read'): Promise<void> {
    const outcome = this.next[call].shift()
    if (outcome instanceof Error) throw outcome
    await outcome
  }
}
