import type {
  Adapter,
  AdapterContext,
  PoolStats,
  Session,
  TransactionSettings,
  WriteResult,
} from '../../../contract/adapter.ts'
import type { Capabilities } from '../../../contract/capabilities.ts'
import type { Finding } from '../../../contract/finding.ts'
import type { IntrospectedTable } from '../../../contract/introspection.ts'
import { isWherryError, WherryError } from '../../../errors/wherry-error.ts'
import { backoffMs, sleep } from '../../../lib/runtime.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../../../query/ast.ts'
import type { Row } from '../../../schema/definition.ts'
import { alreadyConnected } from '../../guards.ts'
import { capturedBy } from '../capture.ts'
import { capturedTwice, examineCapture, examineCatalog, examineLog } from '../doctor.ts'
import { checkCatalog, refuse } from '../ensure.ts'
import { describeCatalog } from '../introspect.ts'
import { keepHost } from '../host.ts'
import { SqlConnection } from './connection.ts'
import type { EngineLog, SqlEngine } from './engine.ts'
import { HostedConnection } from './hosted-connection.ts'
import { addMissing, lacksNothing } from './add-missing.ts'
import { readsByKey } from './key-reads.ts'
import { once } from './ledger.ts'
import { failureOfCommit } from './outcome.ts'
import { PlanRunner, PreparedPlans } from './plan-runner.ts'
import { Pool } from './pool.ts'
import { SharedConnection } from './shared-connection.ts'

interface Open {
  readonly context: AdapterContext
  readonly pool: Pool<SqlConnection>
  /** Of this schema: another one may follow when the adapter is connected again. */
  readonly plans: PreparedPlans
  /** For reads by key, where the driver sends one before the last is answered. */
  readonly shared: SharedConnection | undefined
}

/** How much longer than the server the client waits for an answer. */
const graceMs = 1_000
/** How much later than the transaction its connection ends, so that its own error is told first. */
const marginMs = 50
/** How long `close` waits for calls that are under way. */
const closeGraceMs = 5_000
/** A single read or write that was in another's way has done nothing, and is simply made again. */
const maxRetries = 5
const retryBaseMs = 2
const retryCapMs = 100

/** An adapter for an engine whose driver is asynchronous: a pool, transactions, one log. */
export class SqlAdapter implements Adapter {
  readonly name: string
  readonly capabilities: Capabilities
  readonly log: EngineLog
  readonly #engine: SqlEngine
  #taken = false
  #open: Open | undefined

  constructor(engine: SqlEngine) {
    this.name = engine.name
    this.capabilities = {
      ...engine.capabilities,
      transactions: true,
      serializable: true,
      foreignKeys: true,
      externalChanges: true,
    }
    this.#engine = engine
    this.log = engine.createLog({
      context: () => this.#opened().context,
      withConnection: (work) => this.#withConnection(work),
    })
    keepHost(this, {
      kyselyParts: engine.dialect.kyselyParts,
      acquire: async () => new HostedConnection(engine, await this.#opened().pool.acquire()),
      release: async ({ connection }: HostedConnection) => {
        await connection.rollback()
        connection.endWithin(Infinity)
        if (this.#open === undefined) return connection.destroy()
        this.#open.pool.release(connection)
        this.log.committed()
      },
    })
  }

  async connect(context: AdapterContext): Promise<void> {
    if (this.#taken) throw alreadyConnected(this.name)
    this.#taken = true
    const engine = this.#engine
    const told = (error: unknown): never => {
      throw engine.toWherryError(error)
    }
    const open = async () => {
      const driver = await engine.open(context).catch(told)
      return new SqlConnection(driver, context.runtime, engine.statementTimeoutMs + graceMs)
    }
    const pool = new Pool(open, engine.pool, context.runtime, engine.poolExhausted)
    const shared = engine.pipelinesReads
      ? new SharedConnection(open, engine.pool.idleTimeoutMs, context.runtime)
      : undefined
    try {
      await engine.start?.().catch(told)
      pool.release(await pool.acquire())
      this.#open = { context, pool, plans: new PreparedPlans(engine, context), shared }
    } catch (error) {
      await this.#end(pool, shared)
      throw error
    }
  }

  async close(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    const logClosed = this.log.close()
    this.#open = undefined
    await this.#end(open.pool, open.shared, logClosed)
  }

  async ping(): Promise<void> {
    await this.#withConnection((runner) => runner.run('select 1'))
  }

  async ensure(mode: 'create' | 'verify'): Promise<void> {
    const { context } = this.#opened()
    const { schema } = this.#engine
    if (mode === 'create') await this.#inSchema((runner) => this.#create(runner))
    await this.#inSchema(async ({ connection }) => {
      checkCatalog(context.schema, await schema.read(connection, context), schema.fitsType)
      refuse((await schema.wronglyCaptured(connection, context)).map(capturedTwice))
    })
  }

  introspect(): Promise<IntrospectedTable[]> {
    const { context } = this.#opened()
    const { schema } = this.#engine
    return this.#withConnection(async ({ connection }) => {
      const views = await schema.readViews(connection)
      return describeCatalog(await schema.read(connection, context), views, schema.fitsType)
    })
  }

  doctor(): Promise<Finding[]> {
    const { context } = this.#opened()
    const { schema, pool, capabilities } = this.#engine
    return this.#withConnection(async (runner) => {
      const { connection } = runner
      const catalog = await schema.read(connection, context)
      const log = {
        missing: await schema.missingLog(connection, context, catalog),
        twice: await schema.wronglyCaptured(connection, context),
        unseen: await schema.uncaptured(runner, capturedBy(context, 'triggers')),
      }
      // Beside the pool there are the connections that read by key and that listen.
      const scope = { ...capabilities, schema: context.schema, maxConnections: pool.max + 2 }
      return [
        ...examineCatalog(context.schema, catalog, schema.fitsType),
        ...examineLog(log),
        ...examineCapture(context),
        ...(await schema.examine(connection, scope)),
      ]
    })
  }

  find(plan: FindPlan): Promise<Row[]> {
    const { plans, shared } = this.#opened()
    return this.#again(() =>
      shared !== undefined && !shared.isHeldUp && readsByKey(plan)
        ? shared.use((connection) => new PlanRunner(plans, connection).find(plan))
        : this.#withConnection((runner) => runner.find(plan)),
    )
  }

  aggregate(plan: AggregatePlan): Promise<Row[]> {
    return this.#again(() => this.#withConnection((runner) => runner.aggregate(plan)))
  }

  write(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    return this.#again(() => this.#writeOnce(plans))
  }

  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        const mayRetry = isWherryError(error) && error.code === 'SerializationFailure'
        if (!mayRetry || attempt === maxRetries) throw error
        const { runtime } = this.#opened().context
        await sleep(runtime, backoffMs(runtime, attempt, retryBaseMs, retryCapMs))
      }
    }
  }

  async transaction<T>(
    { isolationLevel, timeoutMs, mutation }: TransactionSettings,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const { runtime } = this.#opened().context
    return this.#withConnection(async (runner) => {
      const { connection } = runner
      const limited = () => {
        connection.endWithin(timeoutMs + marginMs)
        return work(runner)
      }
      try {
        return await this.#transact(runner, isolationLevel, () =>
          mutation === undefined ? limited() : once(runner, runtime, mutation, limited),
        )
      } finally {
        connection.endWithin(Infinity)
        if (mutation !== undefined) await this.#unsign(runner)
      }
    })
  }

  stats(): PoolStats {
    const none = { total: 0, idle: 0, active: 0, waiting: 0 }
    const { total, idle, active, waiting } = this.#open?.pool.stats() ?? none
    const shared = this.#open?.shared?.stats() ?? none
    return {
      total: total + shared.total,
      idle: idle + shared.idle,
      active: active + shared.active,
      waiting,
    }
  }

  /** Lends a connection to work; who breaks it does not get it back into the pool. */
  async #withConnection<T>(work: (runner: PlanRunner) => Promise<T>): Promise<T> {
    const { pool, plans } = this.#opened()
    const connection = await pool.acquire()
    try {
      return await work(new PlanRunner(plans, connection))
    } catch (error) {
      // After a failover it may lead to a server that takes no writes any more.
      if (isWherryError(error) && error.code === 'DatabaseReadOnly') connection.destroy()
      throw error
    } finally {
      pool.release(connection)
    }
  }

  async #writeOnce(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    const results = await this.#withConnection(async (runner) => {
      const [plan] = plans
      const isAlone = plans.length === 1 && !runner.plans.captured.has(plan!.collection)
      if (!isAlone || !this.#engine.isAtomic(plan!)) {
        return this.#transact(runner, 'read committed', () => runner.write(plans))
      }
      try {
        return [await runner.apply(plan!, true)]
      } catch (error) {
        throw failureOfCommit(error, runner.connection)
      }
    })
    this.log.committed()
    return results
  }

  async #transact<T>(
    runner: PlanRunner,
    isolationLevel: TransactionSettings['isolationLevel'],
    work: () => Promise<T>,
  ): Promise<T> {
    let result: T
    try {
      for (const statement of this.#engine.begin(isolationLevel)) await runner.run(statement)
      result = await work()
    } catch (error) {
      await runner.connection.rollback()
      throw error
    }
    try {
      await runner.run('commit')
    } catch (error) {
      const failure = failureOfCommit(error, runner.connection)
      await runner.connection.rollback()
      throw failure
    }
    this.log.committed()
    return result
  }

  async #unsign(runner: PlanRunner): Promise<void> {
    const { unsign } = this.#engine.ledger
    if (unsign === undefined || !runner.connection.isUsable) return
    await runner.run(unsign).catch(() => runner.connection.destroy())
  }

  #inSchema(work: (runner: PlanRunner) => Promise<void>): Promise<void> {
    return this.#withConnection((runner) =>
      work(runner).catch((error: unknown) => {
        throw this.#engine.toWherryError(error)
      }),
    )
  }

  async #create(runner: PlanRunner): Promise<void> {
    const { connection } = runner
    // Looked at before it is locked: a database that lacks nothing is not written.
    const { context } = this.#opened()
    if (await lacksNothing(runner, context)) return
    connection.waitForEver()
    try {
      await this.#engine.schema.locked(connection, () =>
        this.#transact(runner, 'read committed', () => addMissing(runner, context)),
      )
    } finally {
      connection.destroy()
    }
  }

  async #end(
    pool: Pool<SqlConnection>,
    shared: SharedConnection | undefined,
    logClosed?: Promise<void>,
  ): Promise<void> {
    await Promise.all([pool.close(closeGraceMs), shared?.close(), logClosed])
    await this.#engine.close?.()
    this.#taken = false
  }

  #opened(): Open {
    if (this.#open !== undefined) return this.#open
    throw new WherryError(
      'NotConnected',
      `The ${this.name} adapter is not connected: connect the service first, or make a new one after close()`,
    )
  }
}
