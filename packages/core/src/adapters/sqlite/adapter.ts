import type {
  Adapter,
  AdapterContext,
  PoolStats,
  Session,
  TransactionSettings,
  WriteResult,
} from '../../contract/adapter.ts'
import type { Capabilities } from '../../contract/capabilities.ts'
import type { Finding } from '../../contract/finding.ts'
import type { IntrospectedTable } from '../../contract/introspection.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import { lockTimeout, Mutex } from '../../lib/mutex.ts'
import { backoffMs, sleep } from '../../lib/runtime.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../../query/ast.ts'
import type { Row } from '../../schema/definition.ts'
import { alreadyConnected } from '../guards.ts'
import { examineCatalog, examineLog } from '../sql/doctor.ts'
import { checkCatalog, findMissing } from '../sql/ensure.ts'
import { keepHost } from '../sql/host.ts'
import { describeCatalog } from '../sql/introspect.ts'
import { fitsType, readCatalog, readViews } from './catalog.ts'
import type { SqliteConnection } from './connection.ts'
import { addMissing } from './ddl.ts'
import { examineFile } from './doctor.ts'
import { kyselyParts } from './dialect.ts'
import { loadDriver, type SqliteDatabase } from './driver.ts'
import { isBusy, toWherryError } from './errors.ts'
import { createHostConnection } from './host-connection.ts'
import { Ledger } from './ledger.ts'
import { missingLog } from './log-ddl.ts'
import { openConnections, type Connections } from './open.ts'
import { parseOptions, type Settings, type SqliteOptions } from './options.ts'
import { SqliteLog } from './sqlite-log.ts'

/** A file of SQLite, through better-sqlite3. Many processes may share it; one writes at a time. */
export function sqlite(options: SqliteOptions): Adapter {
  return new SqliteAdapter(parseOptions(options))
}

interface Open extends Connections {
  readonly context: AdapterContext
  readonly ledger: Ledger
}

const retryBaseMs = 1
const retryCapMs = 50

class SqliteAdapter implements Adapter {
  readonly name = 'sqlite'
  readonly capabilities: Capabilities
  readonly #settings: Settings
  readonly log: SqliteLog
  readonly #mutex = new Mutex()
  #taken = false
  #open: Open | undefined

  constructor(settings: Settings) {
    this.#settings = settings
    const durable = settings.file !== ':memory:'
    this.log = new SqliteLog({
      schema: () => this.#opened().context.schema,
      runtime: () => this.#opened().context.runtime,
      read: (work) => this.#read(work),
      isShared: durable,
    })
    keepHost(this, {
      kyselyParts,
      acquire: async () => {
        const { context, writer } = this.#opened()
        await this.#mutex.acquire(context.runtime, settings.lockTimeoutMs)
        const retry = <T>(work: () => T) => this.#retry(context, work)
        return createHostConnection(writer, retry)
      },
      release: async () => {
        this.#open?.writer.rollback()
        this.#mutex.release()
        this.log.committed()
      },
    })
    this.capabilities = {
      durable,
      transactions: true,
      serializable: true,
      foreignKeys: true,
      sharedBetweenProcesses: durable,
      externalChanges: true,
    }
  }

  async connect(context: AdapterContext): Promise<void> {
    if (this.#taken) throw alreadyConnected(this.name)
    this.#taken = true
    try {
      const driver = await loadDriver()
      const open = () => openConnections(driver, this.#settings, context.mayCreate)
      const connections = await this.#retry(context, open)
      const ledger = new Ledger(connections.writer, this.#settings.file, context.runtime)
      this.#open = { context, ...connections, ledger }
    } catch (error) {
      this.#taken = false
      throw error
    }
  }

  async close(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    // A transaction that is under way may finish; one that hangs is rolled back by closing.
    await this.#mutex.drain(open.context.runtime, this.#settings.lockTimeoutMs)
    if (open.reader !== open.writer) open.reader.close()
    open.writer.close()
    this.#taken = false
  }

  async ping(): Promise<void> {
    const { context, reader } = this.#opened()
    await this.#retry(context, () => reader.db.prepare('select 1').get())
  }

  async ensure(mode: 'create' | 'verify'): Promise<void> {
    const { context, writer } = this.#opened()
    const { schema } = context
    if (mode === 'create' && !this.#settings.readOnly) {
      // Looked at before it is locked: a file that lacks nothing is not written.
      const isComplete = () =>
        findMissing(schema, readCatalog(writer.db)).length +
          missingLog(writer.db, context).length ===
        0
      if (!(await this.#retry(context, isComplete))) {
        await this.#retry(context, () => this.#atomically(writer, () => addAll(writer.db, context)))
      }
    }
    checkCatalog(schema, await this.#retry(context, () => readCatalog(writer.db)), fitsType)
  }

  async introspect(): Promise<IntrospectedTable[]> {
    const { context, writer } = this.#opened()
    const read = () => describeCatalog(readCatalog(writer.db), readViews(writer.db), fitsType)
    return this.#retry(context, read)
  }

  async doctor(): Promise<Finding[]> {
    const { context, writer } = this.#opened()
    return this.#retry(context, () => {
      const catalog = readCatalog(writer.db)
      return [
        ...examineCatalog(context.schema, catalog, fitsType),
        ...examineLog(missingLog(writer.db, context)),
        ...examineFile(writer.db, context.schema, this.capabilities),
      ]
    })
  }

  find(plan: FindPlan): Promise<Row[]> {
    return this.#read((reader) => reader.find(plan))
  }

  aggregate(plan: AggregatePlan): Promise<Row[]> {
    return this.#read((reader) => reader.aggregate(plan))
  }

  write(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    const [plan] = plans
    const single = plans.length === 1 && (plan!.kind !== 'insert' || plan!.rows.length === 1)
    const apply = (writer: SqliteConnection) => plans.map((each) => writer.write(each))
    return this.#write((writer) =>
      single ? apply(writer) : this.#atomically(writer, () => apply(writer)),
    )
  }

  async transaction<T>(
    { mutation }: TransactionSettings,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    return this.#exclusively(async ({ context, writer, ledger }) => {
      const run = () => work(sessionOf(writer, this.#settings.file))
      await this.#retry(context, () => writer.begin())
      try {
        const result = await (mutation === undefined ? run() : ledger.once(mutation, run))
        await this.#retry(context, () => writer.commit())
        this.log.committed()
        return result
      } catch (error) {
        writer.rollback()
        throw error
      }
    })
  }

  stats(): PoolStats {
    const total = this.#open === undefined ? 0 : this.#open.reader === this.#open.writer ? 1 : 2
    const active = this.#mutex.held ? 1 : 0
    return { total, idle: Math.max(0, total - active), active, waiting: this.#mutex.waiting }
  }

  /** Reads go to a connection of their own; with only one, they wait until no transaction runs. */
  #read<T>(work: (reader: SqliteConnection) => T): Promise<T> {
    const { context, reader, writer } = this.#opened()
    if (reader === writer && this.#mutex.held) return this.#exclusively(async () => work(reader))
    return this.#retry(context, () => work(reader))
  }

  /** At once where nothing is in the way, as it mostly is; else in turn, and until it is not busy. */
  #write<T>(work: (writer: SqliteConnection) => T): Promise<T> {
    const { writer } = this.#opened()
    if (this.#mutex.tryAcquire()) {
      try {
        const result = work(writer)
        this.log.committed()
        return Promise.resolve(result)
      } catch (error) {
        if (!isBusy(error)) return Promise.reject(toWherryError(error, this.#settings.file))
      } finally {
        this.#mutex.release()
      }
    }
    return this.#exclusively(async ({ context }) => {
      const result = await this.#retry(context, () => work(writer))
      this.log.committed()
      return result
    })
  }

  async #exclusively<T>(work: (open: Open) => Promise<T>): Promise<T> {
    await this.#mutex.acquire(this.#opened().context.runtime, this.#settings.lockTimeoutMs)
    try {
      return await work(this.#opened())
    } finally {
      this.#mutex.release()
    }
  }

  #atomically<T>(writer: SqliteConnection, work: () => T): T {
    writer.begin()
    try {
      const result = work()
      writer.commit()
      return result
    } catch (error) {
      writer.rollback()
      throw error
    }
  }

  /**
   * Tries again while another connection holds the file. The waiting is ours and not SQLite's
   * busy_timeout, which would block the whole process.
   */
  #retry<T>(context: AdapterContext, work: () => T): Promise<T> {
    try {
      return Promise.resolve(work())
    } catch (error) {
      return this.#retryAfter(error, context, work)
    }
  }

  async #retryAfter<T>(first: unknown, { runtime }: AdapterContext, work: () => T): Promise<T> {
    const { file, lockTimeoutMs } = this.#settings
    const deadline = runtime.monotonic() + lockTimeoutMs
    let error = first
    for (let attempt = 0; isBusy(error); attempt++) {
      if (runtime.monotonic() >= deadline) throw lockTimeout(lockTimeoutMs, error)
      await sleep(runtime, backoffMs(runtime, attempt, retryBaseMs, retryCapMs))
      try {
        return work()
      } catch (next) {
        error = next
      }
    }
    throw toWherryError(error, file)
  }

  #opened(): Open {
    if (this.#open !== undefined) return this.#open
    throw new WherryError(
      'NotConnected',
      `'${this.#settings.file}' is not open: connect the service first, or make a new one after close()`,
    )
  }
}

function addAll(db: SqliteDatabase, { schema, runtime }: AdapterContext): void {
  addMissing(db, schema, findMissing(schema, readCatalog(db)), runtime.now())
  for (const statement of missingLog(db, { schema, runtime })) db.exec(statement)
}

function sessionOf(writer: SqliteConnection, file: string): Session {
  const attempt = async <T>(work: () => T): Promise<T> => {
    try {
      return work()
    } catch (error) {
      throw toWherryError(error, file)
    }
  }
  return {
    find: (plan) => attempt(() => writer.find(plan)),
    aggregate: (plan) => attempt(() => writer.aggregate(plan)),
    write: (plans) => attempt(() => plans.map((plan) => writer.write(plan))),
  }
}
