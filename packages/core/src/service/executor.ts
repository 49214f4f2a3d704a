import type { WriteResult } from '../contract/adapter.ts'
import type { LiveListener } from '../live/live-event.ts'
import type { LivePlan } from '../live/view.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../query/ast.ts'
import type { WriteContext } from '../query/plan-write.ts'
import type { Row } from '../schema/definition.ts'
import type { ReadMeta } from '../query/read-meta.ts'

/**
 * Where collection handles send their plans: the service itself, or one transaction. Called from
 * async functions only, so it may throw as well as reject.
 */
export interface Executor {
  readonly context: WriteContext
  /** Rows can be locked, because a transaction will end the lock. */
  readonly canLock: boolean
  find(plan: FindPlan): Promise<Row[]>
  aggregate(plan: AggregatePlan): Promise<Row[]>
  write(plans: readonly WritePlan[]): Promise<WriteResult[]>
  /** Throws what speaks against following a query: it has no log, or asks for too many rows. */
  checkLive(plan: LivePlan): void
  /** Listens to a query, as `Tail.subscribe` says; a transaction cannot. */
  subscribe(plan: LivePlan, listener: LiveListener): () => void
  /** What is to be said of a read that is answered now. */
  meta(): ReadMeta
}
