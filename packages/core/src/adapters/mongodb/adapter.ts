import type {
  Adapter,
  AdapterContext,
  MutationSettings,
  PoolStats,
  Session,
  TransactionSettings,
  WriteResult,
} from '../../contract/adapter.ts'
import type { Capabilities } from '../../contract/capabilities.ts'
import type { ChangeLog } from '../../contract/change-log.ts'
import type { Finding } from '../../contract/finding.ts'
import type { IntrospectedTable } from '../../contract/introspection.ts'
import { isWherryError, WherryError } from '../../errors/wherry-error.ts'
import { backoffMs, sleep, type Timer } from '../../lib/runtime.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../../query/ast.ts'
import type { Row } from '../../schema/definition.ts'
import { alreadyConnected, checkPlan } from '../guards.ts'
import { ChangeStreamLog } from './change-stream-log.ts'
import { openContext, type MongoContext } from './context.ts'
import { examine } from './doctor.ts'
import type { ClientSession } from './driver.ts'
import { ensureCollections } from './ensure.ts'
import { toWherryError } from './errors.ts'
import { keepHost } from './host.ts'
import { introspect } from './introspect.ts'
import { Forgetter, onceInTransaction } from './ledger.ts'
import { LoneLedger } from './lone-ledger.ts'
import type { MongodbSettings } from './options.ts'
import { PoolCounter } from './pool-stats.ts'
import { ServiceLog } from './service-log.ts'
import { MongoSession, noTransactions, SingleWrite } from './session.ts'
import { isAtomic } from './writes.ts'

interface Open {
  readonly context: MongoContext
  readonly pool: PoolCounter
  readonly log: ChangeStreamLog | ServiceLog
  /** For a server without transactions. */
  readonly ledger: LoneLedger
  readonly forgetter: Forgetter
  /** What is under way. */
  readonly calls: Set<Promise<unknown>>
}

/** How long `close` waits for calls that are under way. */
const closeGraceMs = 5_000
/** A write that was in another's way has done nothing, and is made again. */
const maxWriteRetries = 5
const retryBaseMs = 2
const retryCapMs = 100
/** How often a commit is asked for whose answer was lost. */
const maxCommits = 3

const nobody: MutationSettings = { id: null, actor: null }

/** An adapter for MongoDB, and for servers that speak as it does. */
export class MongodbAdapter implements Adapter {
  readonly name = 'mongodb'
  readonly #settings: MongodbSettings
  #taken = false
  #open: Open | undefined

  readonly log: ChangeLog = {
    hidesReplaced: false,
    snapshot: (collections, read) => this.#perform(({ log }) => log.snapshot(collections, read)),
    head: () => this.#perform(({ log }) => log.head()),
    read: (after, upTo) => this.#perform(({ log }) => log.read(after, upTo)),
    watch: (onCommit) => this.#opened().log.watch(onCommit),
  }

  constructor(settings: MongodbSettings) {
    this.#settings = settings
    keepHost(this, () => this.#opened().context.database)
  }

  /** Those of a server that stands alone, until one has answered that does not. */
  get capabilities(): Capabilities {
    const isReplicated = this.#open?.context.deployment.isReplicated ?? false
    return {
      durable: true,
      transactions: isReplicated,
      serializable: false,
      foreignKeys: false,
      sharedBetweenProcesses: true,
      externalChanges: isReplicated,
    }
  }

  async connect(adapterContext: AdapterContext): Promise<void> {
    if (this.#taken) throw alreadyConnected(this.name)
    this.#taken = true
    let pool: PoolCounter
    try {
      const context = await openContext(this.#settings, adapterContext, (client) => {
        pool = new PoolCounter(client)
      })
      const log = context.deployment.isReplicated
        ? new ChangeStreamLog(context)
        : new ServiceLog(context)
      await log.open().catch(async (error: unknown) => {
        await context.client.close()
        throw error
      })
      const ledger = new LoneLedger(context)
      const forgetter = new Forgetter(context)
      this.#open = { context, pool: pool!, log, ledger, forgetter, calls: new Set() }
    } catch (error) {
      this.#taken = false
      throw toWherryError(error)
    }
  }

  async close(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    const { context, calls, log, ledger } = open
    const areSettled = await settled(context, calls)
    await ledger.flush()
    await log.close(areSettled).catch(() => undefined)
    await context.client.close()
    this.#taken = false
  }

  async ping(): Promise<void> {
    await this.#perform(({ context }) => context.database.command({ ping: 1 }))
  }

  ensure(mode: 'create' | 'verify'): Promise<void> {
    return this.#perform(async ({ context, forgetter }) => {
      await ensureCollections(context, mode)
      if (mode === 'create') await forgetter.begin()
    })
  }

  introspect(): Promise<readonly IntrospectedTable[]> {
    return this.#perform(({ context }) => introspect(context))
  }

  doctor(): Promise<readonly Finding[]> {
    return this.#perform(({ context }) => examine(context))
  }

  find(plan: FindPlan): Promise<Row[]> {
    return this.#perform(({ context }) => new MongoSession(context).find(plan))
  }

  aggregate(plan: AggregatePlan): Promise<Row[]> {
    return this.#perform(({ context }) => new MongoSession(context).aggregate(plan))
  }

  write(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    for (const plan of plans) checkPlan(plan)
    return this.#perform(async ({ context, log }) => {
      if (log instanceof ServiceLog) return writeAlone(context, log, plans, nobody)
      const [plan] = plans
      if (plans.length === 1 && isAtomic(context.code, plan!)) {
        return new MongoSession(context).write(plans)
      }
      return retried(context, () =>
        transact(context, 'repeatable read', (session) => session.write(plans)),
      )
    })
  }

  transaction<T>(
    { isolationLevel, timeoutMs, mutation }: TransactionSettings,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    return this.#perform(async ({ context, log, ledger, forgetter }) => {
      if (mutation?.id) await forgetter.forgetSometimes()
      if (log instanceof ServiceLog) {
        if (mutation === undefined) throw noTransactions()
        const write = (plans: readonly WritePlan[]) => writeAlone(context, log, plans, mutation)
        return ledger.once(mutation, new SingleWrite(context, write), work)
      }
      if (mutation === undefined) return transact(context, isolationLevel, work)
      const begin = (run: Parameters<typeof transact<T>>[2]) =>
        transact(context, isolationLevel, run)
      return onceInTransaction(context, mutation, timeoutMs, begin, work)
    })
  }

  stats(): PoolStats {
    return this.#open?.pool.stats ?? { total: 0, idle: 0, active: 0, waiting: 0 }
  }

  async #perform<T>(work: (open: Open) => Promise<T>): Promise<T> {
    const open = this.#opened()
    const call = work(open)
    open.calls.add(call)
    try {
      return await call
    } catch (error) {
      throw toWherryError(error)
    } finally {
      open.calls.delete(call)
    }
  }

  #opened(): Open {
    if (this.#open !== undefined) return this.#open
    throw new WherryError(
      'NotConnected',
      'The mongodb adapter is not connected: connect the service first, or make a new one after close()',
    )
  }
}

async function writeAlone(
  context: MongoContext,
  log: ServiceLog,
  plans: readonly WritePlan[],
  mutation: MutationSettings,
): Promise<WriteResult[]> {
  const results = await retried(context, () =>
    log.written(plans, mutation, () => new MongoSession(context).write(plans)),
  )
  return results.map(({ count, rows }) => ({ count, rows }))
}

/**
 * Not by the driver's `withTransaction`, which would run `work` again by itself: the service does
 * that, on every engine by the same rules.
 */
async function transact<T>(
  context: MongoContext,
  isolationLevel: TransactionSettings['isolationLevel'],
  work: (session: MongoSession, transaction: ClientSession) => Promise<T>,
): Promise<T> {
  if (isolationLevel === 'serializable') {
    throw new WherryError(
      'Unsupported',
      "MongoDB's transactions are snapshots, and not serializable; ask for 'repeatable read' and " +
        'read what you decide by with forUpdate',
      { outcome: 'not-applied' },
    )
  }
  const transaction = context.client.startSession()
  try {
    transaction.startTransaction({
      readConcern: { level: 'snapshot' },
      ...context.writeOptions,
    })
    let result: T
    try {
      result = await work(new MongoSession(context, transaction), transaction)
    } catch (error) {
      // What cannot be told now, the server ends by itself.
      await transaction.abortTransaction().catch(() => undefined)
      throw error
    }
    await commit(transaction)
    return result
  } finally {
    await transaction.endSession()
  }
}

/** A commit may be asked for again: it happens once. */
async function commit(transaction: ClientSession): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction.commitTransaction()
    } catch (error) {
      const known = toWherryError(error, undefined, true)
      if (known.code !== 'UnknownOutcome' || attempt === maxCommits) throw known
    }
  }
}

async function retried<T>({ runtime }: MongoContext, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!wasInTheWay(error) || attempt === maxWriteRetries) throw error
      await sleep(runtime, backoffMs(runtime, attempt, retryBaseMs, retryCapMs))
    }
  }
}

/** FerretDB does not say of what a row is a duplicate; what cannot be found any more has gone since. */
function wasInTheWay(error: unknown): boolean {
  if (!isWherryError(error)) return false
  const { code, details } = error
  return code === 'SerializationFailure' || (code === 'UniqueViolation' && !details.fields?.length)
}

/** Whether all ended before it was too late. */
async function settled(
  { runtime }: MongoContext,
  calls: ReadonlySet<Promise<unknown>>,
): Promise<boolean> {
  let timer: Timer
  const tooLate = new Promise<false>((resolve) => {
    timer = runtime.setTimeout(() => resolve(false), closeGraceMs)
  })
  const areSettled = await Promise.race([Promise.allSettled(calls).then(() => true), tooLate])
  runtime.clearTimeout(timer)
  return areSettled
}
