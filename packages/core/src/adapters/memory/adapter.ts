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
import { checkOptions, checkTimeout } from '../../lib/options.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../../query/ast.ts'
import type { CollectionDefinition, Row } from '../../schema/definition.ts'
import { captured } from '../captured.ts'
import { alreadyConnected, checkPlan } from '../guards.ts'
import { refuseLimits } from '../log-limits.ts'
import { Ledger } from './ledger.ts'
import { MemoryLog } from './memory-log.ts'
import { readerOf, Version } from './version.ts'

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
  checkTimeout('lockTimeoutMs', lockTimeoutMs)
  return new MemoryAdapter(lockTimeoutMs)
}

interface Open {
  readonly context: AdapterContext
  readonly committed: Version
  readonly ledger: Ledger
  /** Whose changes are no part of the log. */
  readonly unlogged: ReadonlySet<CollectionDefinition>
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
    refuseLimits(context, 'A memory', 'keepMs', 'maxEntries')
    this.#taken = true
    const { schema, runtime } = context
    this.log.begin(context)
    const committed = new Version(schema)
    const unlogged = captured(context, 'triggers', 'off')
    this.#open = { context, committed, ledger: new Ledger(runtime), unlogged, isClosed: false }
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
    return readerOf(this.#opened().committed).find(plan)
  }

  async aggregate(plan: AggregatePlan): Promise<Row[]> {
    return readerOf(this.#opened().committed).aggregate(plan)
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
      const changes = version.mergeDown(mutation)
      this.log.append(changes.filter(({ collection }) => !open.unlogged.has(collection)))
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
    ...readerOf(version),
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
