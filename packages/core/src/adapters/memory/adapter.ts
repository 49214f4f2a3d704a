import type {
  Adapter,
  AdapterContext,
  MutationSettings,
  PoolStats,
  Session,
  TransactionSettings,
  WriteResult,
} from '../../contract/adapter.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import { Mutex } from '../../lib/mutex.ts'
import { checkMilliseconds, checkOptions } from '../../lib/options.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../../query/ast.ts'
import type { Row } from '../../schema/definition.ts'
import { alreadyConnected, checkPlan } from '../guards.ts'
import { Ledger } from './ledger.ts'
import { MemoryLog } from './memory-log.ts'
import { Version } from './version.ts'

export interface MemoryOptions {
  /** How long a write waits for a transaction to end before LockTimeout. Default 5,000 ms. */
  readonly lockTimeoutMs?: number
}

/**
 * Keeps everything in this process, and forgets it at `close`. It is the evaluator with a store:
 * for tests, for demos, and the measure of every other engine.
 */
export function memory(options: MemoryOptions = {}): Adapter {
  checkOptions('memory()', options, ['lockTimeoutMs'])
  const { lockTimeoutMs = 5_000 } = options
  checkMilliseconds('lockTimeoutMs', lockTimeoutMs)
  return new MemoryAdapter(lockTimeoutMs)
}

interface Open {
  readonly context: AdapterContext
  readonly committed: Version
  readonly ledger: Ledger
  /** What is still under way when `close` has waited long enough is not committed. */
  isClosed: boolean
}

class MemoryAdapter implements Adapter {
  readonly name = 'memory'
  readonly capabilities = {
    durable: false,
    transactions: true,
    serializable: true,
    foreignKeys: true,
    sharedBetweenProcesses: false,
    externalChanges: true,
  }
  readonly log: MemoryLog = new MemoryLog(() => this.#opened().committed)
  readonly #lockTimeoutMs: number
  readonly #mutex = new Mutex()
  #taken = false
  #open: Open | undefined

  constructor(lockTimeoutMs: number) {
    this.#lockTimeoutMs = lockTimeoutMs
  }

  async connect(context: AdapterContext): Promise<void> {
    if (this.#taken) throw alreadyConnected(this.name)
    this.#taken = true
    const { schema, runtime } = context
    this.log.begin(runtime)
    const committed = new Version(schema)
    this.#open = { context, committed, ledger: new Ledger(runtime), isClosed: false }
  }

  async close(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    await this.#mutex.drain(open.context.runtime, this.#lockTimeoutMs)
    open.isClosed = true
    this.#taken = false
  }

  async ping(): Promise<void> {
    this.#opened()
  }

  /** The store is made by the schema itself, so it always fits. */
  async ensure(): Promise<void> {
    this.#opened()
  }

  async introspect(): Promise<[]> {
    this.#opened()
    return []
  }

  async doctor(): Promise<[]> {
    this.#opened()
    return []
  }

  async find(plan: FindPlan): Promise<Row[]> {
    checkPlan(plan)
    return this.#opened().committed.find(plan)
  }

  async aggregate(plan: AggregatePlan): Promise<Row[]> {
    checkPlan(plan)
    return this.#opened().committed.aggregate(plan)
  }

  async write(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    return this.#exclusively((version) => writeAll(version, plans))
  }

  transaction<T>(
    { mutation }: TransactionSettings,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    return this.#exclusively((version) => work(sessionOf(version)), mutation)
  }

  stats(): PoolStats {
    const active = this.#mutex.held ? 1 : 0
    const total = this.#open === undefined ? 0 : 1
    return { total, idle: Math.max(0, total - active), active, waiting: this.#mutex.waiting }
  }

  /** Runs `work` on a version of its own, which becomes the committed one if it succeeds. */
  async #exclusively<T>(
    work: (version: Version) => T | Promise<T>,
    mutation?: MutationSettings,
  ): Promise<T> {
    await this.#mutex.acquire(this.#opened().context.runtime, this.#lockTimeoutMs)
    try {
      const open = this.#opened()
      const recorded = open.ledger.recorded(mutation)
      if (recorded !== undefined) return recorded.result as T
      const version = new Version(open.context.schema, open.committed)
      const result = await work(version)
      if (open.isClosed) throw notConnected()
      if (mutation !== undefined) open.ledger.record(mutation, result)
      this.log.append(version.mergeDown(mutation))
      return result
    } finally {
      this.#mutex.release()
    }
  }

  #opened(): Open {
    if (this.#open !== undefined) return this.#open
    throw notConnected()
  }
}

function notConnected(): WherryError {
  return new WherryError(
    'NotConnected',
    'The memory database is not open: connect the service first, or make a new one after close()',
  )
}

function sessionOf(version: Version): Session {
  return {
    async find(plan) {
      checkPlan(plan)
      return version.find(plan)
    },
    async aggregate(plan) {
      checkPlan(plan)
      return version.aggregate(plan)
    },
    async write(plans) {
      return writeAll(version, plans)
    },
  }
}

function writeAll(version: Version, plans: readonly WritePlan[]): WriteResult[] {
  return plans.map((plan) => {
    checkPlan(plan)
    return version.write(plan)
  })
}
