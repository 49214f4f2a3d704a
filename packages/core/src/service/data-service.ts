import type { PoolStats, Session, WriteResult } from '../contract/adapter.ts'
import type { ChangeLog } from '../contract/change-log.ts'
import type { ErrorCode } from '../errors/codes.ts'
import type { Finding } from '../contract/finding.ts'
import { isWherryError, WherryError } from '../errors/wherry-error.ts'
import { acceptJson, type Json } from '../lib/json.ts'
import { invalidOptions } from '../lib/options.ts'
import { backoffMs, sleep } from '../lib/runtime.ts'
import { createIdSource } from '../lib/uuid.ts'
import { channelCollections, withChannels } from '../channels/collections.ts'
import { RowEvents } from '../channels/row-events.ts'
import type { FeedWish } from '../channels/listening.ts'
import type { FeedListener } from '../live/feed-event.ts'
import { checkLogged } from '../live/check-logged.ts'
import type { LiveListener } from '../live/live-event.ts'
import { planFeed } from '../live/feed-plan.ts'
import { followSince } from '../live/replay.ts'
import { Tail } from '../live/tail.ts'
import type { LivePlan } from '../live/view.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../query/ast.ts'
import { collectionOf } from '../schema/collection-of.ts'
import { collectionsOf, findIncluding } from '../query/include.ts'
import type { WriteContext } from '../query/plan-write.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import type { AnySchema } from '../schema/types.ts'
import type { Ambient, CreateAmbient } from './ambient.ts'
import { examine } from './doctor.ts'
import { Channels } from './channels.ts'
import type { Executor } from './executor.ts'
import { keepInterior, type Interior } from './interior.ts'
import { isRetryable } from './retryable.ts'
import {
  readConnectOptions,
  readServiceOptions,
  readTransactionOptions,
  type DataServiceOptions,
  type ServiceSettings,
  type TransactionRun,
} from './options.ts'
import { createScopes, type Scope } from './scope.ts'
import { TransactionExecutor } from './transaction.ts'
import type { ConnectOptions, DataService, TransactionOptions } from './types.ts'
import type { ReadMeta } from '../query/read-meta.ts'

const retryBaseMs = 10
const retryCapMs = 1_000

/** Makes the data service of a schema; `connect` it before anything else. */
export function createService<S extends AnySchema>(
  options: DataServiceOptions<S>,
  createAmbient: CreateAmbient,
): DataService<S> {
  const service = new Service(readServiceOptions(options), createAmbient())
  const methods = {
    connect: (connectOptions?: ConnectOptions) => service.connect(connectOptions),
    close: () => service.close(),
    ping: () => service.ping(),
    stats: () => service.stats(),
    doctor: () => service.doctor(),
    on: service.events.on.bind(service.events),
    channel: (name: string) => service.channels.channel(name),
    transaction: (work: TransactionWork, transactionOptions?: TransactionOptions) =>
      service.transaction(work, transactionOptions),
  }
  const data = Object.assign(service.createScope(service), methods)
  // The one place where what the schema says at run time is taken for what its type says.
  return keepInterior(data, service.interior) as unknown as DataService<S>
}

type TransactionWork = (tx: Scope) => Promise<unknown>
type State = 'new' | 'connecting' | 'connected' | 'closed'

class Service implements Executor {
  readonly context: WriteContext
  readonly canLock = false
  readonly createScope: (executor: Executor) => Scope
  readonly events: RowEvents
  readonly #settings: ServiceSettings
  /** The transaction whose closure the current call belongs to. */
  readonly #ambient: Ambient<TransactionExecutor>
  readonly #tail: Tail
  readonly #channels: Channels | undefined
  #state: State = 'new'
  #connecting: Promise<void> | undefined
  #closing: Promise<void> | undefined
  readonly #running = new Set<TransactionExecutor>()

  constructor(settings: ServiceSettings, ambient: Ambient<TransactionExecutor>) {
    const { runtime } = settings
    this.#settings = settings
    this.#tail = new Tail(settings.adapter.log, runtime, settings.live.maxRows)
    this.#ambient = ambient
    this.createScope = createScopes(settings.schema)
    this.events = new RowEvents((wish, listener) =>
      this.#follow(settings.schema.collections, wish, listener),
    )
    this.context = { now: () => runtime.now(), newId: createIdSource(runtime) }
    const { history } = settings
    if (history === undefined) return
    this.#channels = new Channels(history, {
      ...settings,
      tail: this.#tail,
      executor: this,
      follow: (wish, listener) => this.#follow(channelCollections, wish, listener),
    })
  }

  get interior(): Interior {
    return {
      ...this.#settings,
      tail: this.#tail,
      channels: this.#channels,
      transaction: async (work, options) => this.#transact(work, readTransactionOptions(options)),
      checkOutside: () => this.#checkOutside(),
    }
  }

  async connect(options?: ConnectOptions): Promise<void> {
    const { ensure } = readConnectOptions(options)
    if (this.#state !== 'new') {
      throw new WherryError(
        'InvalidOptions',
        this.#state === 'closed'
          ? 'A closed service cannot connect again; make a new one with createDataService()'
          : `connect was called before: the service is ${this.#state}`,
      )
    }
    this.#state = 'connecting'
    this.#connecting = this.#open(ensure)
    await this.#connecting
  }

  async close(): Promise<void> {
    this.#checkNotWithin('close()')
    this.#closing ??= this.#shutDown()
    await this.#closing
  }

  async ping(): Promise<void> {
    this.#checkOutside()
    await this.#settings.adapter.ping()
  }

  stats(): PoolStats {
    return this.#settings.adapter.stats()
  }

  async doctor(): Promise<Finding[]> {
    this.#checkOutside()
    return examine(this.#settings.adapter)
  }

  find(plan: FindPlan): Promise<Row[]> {
    this.#checkOutside()
    const { adapter } = this.#settings
    return plan.includes.length === 0 ? adapter.find(plan) : findInSnapshot(adapter.log, plan)
  }

  aggregate(plan: AggregatePlan): Promise<Row[]> {
    this.#checkOutside()
    return this.#settings.adapter.aggregate(plan)
  }

  write(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    this.#checkOutside()
    const { adapter } = this.#settings
    const { starting } = this.#tail
    // Whoever has begun to listen is told of this.
    if (starting !== undefined) return starting.then(() => adapter.write(plans))
    return adapter.write(plans)
  }

  checkLive(plan: LivePlan): void {
    const collections = 'finish' in plan ? [plan.plan.collection] : collectionsOf(plan)
    checkLogged(this.#settings.log, collections)
    this.#tail.check(plan)
  }

  subscribe(plan: LivePlan, listener: LiveListener): () => void {
    this.#checkOutside()
    return this.#tail.subscribe(plan, listener)
  }

  /** Throws InvalidOptions where there are none. */
  get channels(): Channels {
    if (this.#channels !== undefined) return this.#channels
    throw invalidOptions(
      'The service has no channels; give createDataService() the option `channels`, such as {}',
    )
  }

  #follow(
    collections: ReadonlyMap<string, CollectionDefinition>,
    { collection, query, since }: FeedWish,
    listener: FeedListener,
  ): () => void {
    this.#checkOutside()
    const { adapter, runtime, log } = this.#settings
    const plan = planFeed(collectionOf(collections, collection), query)
    checkLogged(log, [plan.collection])
    if (since === undefined) return this.#tail.follow(plan, listener)
    return followSince(this.#tail, { log: adapter.log, runtime }, plan, since, listener)
  }

  meta(): ReadMeta {
    const { adapter, runtime } = this.#settings
    const asOf = new Date(runtime.now())
    return { source: adapter.name, asOf, lagMs: 0, stale: false, synthetic: false }
  }

  async transaction(work: TransactionWork, options?: TransactionOptions): Promise<unknown> {
    const run = readTransactionOptions(options)
    checkWork(work)
    this.#checkOutside()
    const { adapter } = this.#settings
    if (!adapter.capabilities.transactions) {
      throw new WherryError(
        'Unsupported',
        `'${adapter.name}' has no transactions here; put what belongs together into one row`,
      )
    }
    return this.#transact(work, run)
  }

  async #transact(work: TransactionWork, run: TransactionRun): Promise<unknown> {
    this.#checkOutside()
    if (this.#tail.starting !== undefined) await this.#tail.starting
    const { adapter, runtime } = this.#settings
    const strictest = adapter.capabilities.serializable ? 'serializable' : 'repeatable read'
    const { isolationLevel = strictest, timeoutMs, mutation } = run
    const settings = { isolationLevel, timeoutMs, ...(mutation && { mutation }) }
    const mayResend = mutation !== undefined && mutation.id !== null
    let unknown: unknown
    for (let attempt = 0; ; attempt++) {
      let started = false
      try {
        return await adapter.transaction(settings, async (session) => {
          started = true
          const result = await this.#runOnce(session, work, run)
          return mayResend ? recordable(result) : result
        })
      } catch (error) {
        if (hasCode(error, 'UnknownOutcome')) unknown = error
        // An attempt that did not begin tells nothing of a commit before it that was not answered.
        const tells = started || unknown === undefined || hasCode(error, 'MutationIdTaken')
        const fault = tells ? error : unknown
        // Who waited in vain to begin has waited long enough.
        const mayRetry = started || unknown !== undefined || hasCode(error, 'SerializationFailure')
        if (!mayRetry || attempt >= run.maxRetries || !isRetryable(fault, mayResend)) throw fault
        await sleep(runtime, backoffMs(runtime, attempt, retryBaseMs, retryCapMs))
      }
    }
  }

  async #runOnce(session: Session, work: TransactionWork, { timeoutMs }: TransactionRun) {
    const { runtime } = this.#settings
    const limit = { runtime, timeoutMs }
    const executor = new TransactionExecutor(session, this.context, () => this.meta(), limit)
    this.#running.add(executor)
    try {
      const tx = this.#transactionScope(executor)
      const done = this.#ambient.run(executor, async () => work(tx))
      const result = await Promise.race([done, executor.stopped])
      await executor.finish()
      return result
    } finally {
      this.#running.delete(executor)
      await executor.end()
    }
  }

  #transactionScope(executor: TransactionExecutor): Scope {
    const scope = this.createScope(executor)
    return Object.assign(scope, {
      channel: (name: string) => this.channels.within(executor, name),
      // A transaction in a transaction is the same one; its failure is the failure of both.
      async transaction(work: TransactionWork, options?: unknown): Promise<unknown> {
        checkWork(work)
        if (options !== undefined) {
          throw new WherryError(
            'InvalidOptions',
            'tx.transaction() joins the transaction that runs, and takes no options of its own',
          )
        }
        executor.checkOpen()
        try {
          return await work(scope)
        } catch (error) {
          executor.doom(error)
          throw error
        }
      },
    })
  }

  async #open(ensure: 'create' | 'verify' | 'off'): Promise<void> {
    const { adapter, schema, runtime, log } = this.#settings
    let connected = false
    try {
      const stored = this.#channels === undefined ? schema : withChannels(schema)
      await adapter.connect({ schema: stored, runtime, mayCreate: ensure === 'create', log })
      connected = true
      this.#checkNotClosed()
      if (ensure !== 'off') await adapter.ensure(ensure)
      this.#checkNotClosed()
      this.#state = 'connected'
      this.#channels?.keeper.start()
    } catch (error) {
      // A failed start leaves nothing open, and may be tried again.
      if (connected) await adapter.close()
      this.#checkNotClosed()
      this.#state = 'new'
      throw error
    }
  }

  async #shutDown(): Promise<void> {
    const { adapter } = this.#settings
    const isConnecting = this.#state === 'connecting'
    this.#state = 'closed'
    this.#tail.stop()
    // What connect() may wait for without an end, such as another process, ends with its connections.
    await Promise.allSettled([this.#connecting, isConnecting && adapter.close()])
    // What it cannot end now, others end when its lease has run out.
    await this.#channels?.keeper.close().catch(() => undefined)
    try {
      await adapter.close()
    } finally {
      // What the adapter has waited for in vain.
      for (const executor of this.#running) executor.stop(closedWithin())
    }
  }

  #checkOutside(): void {
    this.#checkConnected()
    this.#checkNotWithin('A call on the service')
  }

  /** What bypasses the transaction it stands in would wait for that transaction for ever. */
  #checkNotWithin(what: string): void {
    const current = this.#ambient.current()
    if (current === undefined || current.isOver) return
    throw new WherryError(
      'OutsideTransaction',
      `${what} inside a transaction's closure is not part of the transaction; use what tx offers`,
    )
  }

  #checkConnected(): void {
    if (this.#state === 'connected') return
    const step = this.#state === 'closed' ? 'it has been closed' : 'await connect() first'
    throw new WherryError('NotConnected', `The data service is not connected: ${step}`)
  }

  #checkNotClosed(): void {
    if (this.#state === 'closed') this.#checkConnected()
  }
}

/** What a query includes is of the same moment as its rows. Whether the log sees it does not matter. */
async function findInSnapshot(log: ChangeLog, plan: FindPlan): Promise<Row[]> {
  const { value } = await log.snapshot([], (reader) =>
    findIncluding((one) => reader.find(one), plan),
  )
  return value
}

function closedWithin(): WherryError {
  return new WherryError(
    'NotConnected',
    'The data service was closed before the transaction came to its end, and it is rolled back',
    { outcome: 'not-applied' },
  )
}

function checkWork(work: unknown): void {
  if (typeof work === 'function') return
  throw new WherryError('InvalidOptions', 'transaction() takes an async function of tx')
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return isWherryError(error) && error.code === code
}

/** What a mutation's record holds of its result. */
function recordable(result: unknown): Json {
  const fail = (fault: string) =>
    new WherryError(
      'InvalidValue',
      `What a transaction with a mutationId resolves with is recorded as JSON, and this one ${fault}; ` +
        `nothing was changed`,
      { outcome: 'not-applied' },
    )
  // Two levels more than a JSON field may have: a list of rows that hold such fields.
  return acceptJson(result ?? null, fail, -2)
}
