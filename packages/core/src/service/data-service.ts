import type { PoolStats, Session, WriteResult } from '../contract/adapter.ts'
import type { ErrorCode } from '../errors/codes.ts'
import type { Finding } from '../contract/finding.ts'
import { isWherryError, WherryError } from '../errors/wherry-error.ts'
import { acceptJson, type Json } from '../lib/json.ts'
import { backoffMs, sleep } from '../lib/runtime.ts'
import { createIdSource } from '../lib/uuid.ts'
import type { LiveListener } from '../live/live-event.ts'
import { Tail } from '../live/tail.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../query/ast.ts'
import type { WriteContext } from '../query/plan-write.ts'
import type { Row } from '../schema/definition.ts'
import type { AnySchema } from '../schema/types.ts'
import type { Ambient, CreateAmbient } from './ambient.ts'
import { examine } from './doctor.ts'
import type { Executor } from './executor.ts'
import { keepInterior, type Interior } from './interior.ts'
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
  readonly #settings: ServiceSettings
  /** The transaction whose closure the current call belongs to. */
  readonly #ambient: Ambient<TransactionExecutor>
  readonly #tail: Tail
  #state: State = 'new'
  #connecting: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(settings: ServiceSettings, ambient: Ambient<TransactionExecutor>) {
    const { runtime } = settings
    this.#settings = settings
    this.#tail = new Tail(settings.adapter.log, runtime)
    this.#ambient = ambient
    this.createScope = createScopes(settings.schema)
    this.context = { now: () => runtime.now(), newId: createIdSource(runtime) }
  }

  get interior(): Interior {
    return {
      ...this.#settings,
      tail: this.#tail,
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
    this.#checkConnected()
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
    return this.#settings.adapter.find(plan)
  }

  aggregate(plan: AggregatePlan): Promise<Row[]> {
    this.#checkOutside()
    return this.#settings.adapter.aggregate(plan)
  }

  write(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    this.#checkOutside()
    return this.#settings.adapter.write(plans)
  }

  subscribe(plan: FindPlan, listener: LiveListener): () => void {
    this.#checkOutside()
    return this.#tail.subscribe(plan, listener)
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
    const executor = new TransactionExecutor(session, this.context, () => this.meta())
    let onTimeout: (error: WherryError) => void
    const tooLate = new Promise<never>((_, reject) => (onTimeout = reject))
    const timer = runtime.setTimeout(() => {
      const error = timedOut(timeoutMs)
      executor.doom(error)
      onTimeout(error)
    }, timeoutMs)
    try {
      const tx = this.#transactionScope(executor)
      const result = await Promise.race([
        this.#ambient.run(executor, async () => work(tx)),
        tooLate,
      ])
      await executor.settle()
      executor.checkOpen()
      return result
    } finally {
      runtime.clearTimeout(timer)
      await executor.settle()
      executor.end()
    }
  }

  #transactionScope(executor: TransactionExecutor): Scope {
    const scope = this.createScope(executor)
    return Object.assign(scope, {
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
    const { adapter, schema, runtime } = this.#settings
    let connected = false
    try {
      await adapter.connect({ schema, runtime, mayCreate: ensure === 'create' })
      connected = true
      if (ensure !== 'off') await adapter.ensure(ensure)
      if (this.#closing === undefined) this.#state = 'connected'
      this.#checkConnected()
    } catch (error) {
      // A failed start leaves nothing open, and may be tried again.
      if (connected) await adapter.close()
      if (this.#closing === undefined) this.#state = 'new'
      throw error
    }
  }

  async #shutDown(): Promise<void> {
    this.#state = 'closed'
    this.#tail.stop()
    await this.#connecting?.catch(() => undefined)
    await this.#settings.adapter.close()
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
}

function checkWork(work: unknown): void {
  if (typeof work === 'function') return
  throw new WherryError('InvalidOptions', 'transaction() takes an async function of tx')
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return isWherryError(error) && error.code === code
}

/** `mayResend`: a mutation whose id is recorded tells what became of it by being sent again. */
function isRetryable(error: unknown, mayResend: boolean): boolean {
  if (!isWherryError(error)) return false
  if (error.code === 'TransactionAborted' && error.cause !== undefined)
    return isRetryable(error.cause, mayResend)
  return error.retryable || (mayResend && error.code === 'UnknownOutcome')
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

function timedOut(timeoutMs: number): WherryError {
  return new WherryError(
    'TransactionTimeout',
    `The transaction took longer than ${timeoutMs} ms and is rolled back; do less in it, or raise timeoutMs`,
    { outcome: 'not-applied' },
  )
}
