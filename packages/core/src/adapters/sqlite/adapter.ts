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
import type { Position, Reader, Snapshot } from '../../contract/change-log.ts'
import type { Finding } from '../../contract/finding.ts'
import type { IntrospectedTable } from '../../contract/introspection.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import { lockTimeout, Mutex } from '../../lib/mutex.ts'
import { backoffMs, sleep, type Runtime } from '../../lib/runtime.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../../query/ast.ts'
import type { CollectionDefinition, Row } from '../../schema/definition.ts'
import { alreadyConnected } from '../guards.ts'
import { capturedBy, writeCaptured, type NewEntry } from '../sql/capture.ts'
import { capturedTwice, examineCapture, examineCatalog, examineLog } from '../sql/doctor.ts'
import { checkCatalog, findMissing, findProblems, refuse, refuseUnfit } from '../sql/ensure.ts'
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
import { missingLog, uncaptured, wronglyCaptured } from './log-ddl.ts'
import { appendLog } from './log-writes.ts'
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
  /** Those whose changes the service writes into the log. */
  readonly captured: ReadonlySet<CollectionDefinition>
}

const retryBaseMs = 1
const retryCapMs = 50

class SqliteAdapter implements Adapter {
  readonly name = 'sqlite'
  readonly capabilities: Capabilities
  readonly #settings: Settings
  readonly log: SqliteLog
  readonly #mutex = new Mutex()
  /** Held while a snapshot is open on the connection that reads: nothing else may read there. */
  readonly #snapshots = new Mutex()
  #taken = false
  #open: Open | undefined

  constructor(settings: Settings) {
    this.#settings = settings
    const durable = settings.file !== ':memory:'
    this.log = new SqliteLog({
      context: () => this.#opened().context,
      read: (work) => this.#read(work),
      write: (work) => this.#writeLog(work),
      snapshot: (first, read) => this.#snapshot(first, read),
      isShared: durable,
    })
    keepHost(this, {
      kyselyParts,
      acquire: async () => {
        const { context, writer } = this.#opened()
        await this.#mutex.acquire(context.runtime, settings.lockTimeoutMs)
        const retry = <T>(work: () => T) => this.#retry(context, work, true)
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
      const captured = capturedBy(context, 'service')
      this.#open = { context, ...connections, ledger, captured }
    } catch (error) {
      this.#taken = false
      throw error
    }
  }

  async close(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    const logClosed = this.log.close()
    this.#open = undefined
    await logClosed
    // A transaction that is under way may finish; one that hangs is rolled back by closing.
    await this.#mutex.drain(open.context.runtime, this.#settings.lockTimeoutMs)
    await this.#snapshots.drain(open.context.runtime, this.#settings.lockTimeoutMs)
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
      const isComplete = () => {
        const catalog = readCatalog(writer.db)
        const missing = [
          ...findMissing(schema, catalog),
          ...missingLog(writer.db, context, catalog),
        ]
        return missing.length === 0
      }
      if (!(await this.#retry(context, isComplete))) {
        const add = () => this.#atomically(writer, () => addAll(writer.db, context))
        await this.#retry(context, add, true)
      }
    }
    checkCatalog(schema, await this.#retry(context, () => readCatalog(writer.db)), fitsType)
    const twice = await this.#retry(context, () => wronglyCaptured(writer.db, context))
    refuse(twice.map(capturedTwice))
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
        ...examineLog({
          missing: missingLog(writer.db, context, catalog),
          twice: wronglyCaptured(writer.db, context),
          unseen: uncaptured(writer.db, context),
        }),
        ...examineCapture(context),
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
    const { captured } = this.#opened()
    if (plans.some(({ collection }) => captured.has(collection))) {
      return this.#transact(undefined, (session) => session.write(plans))
    }
    const single = plans.length === 1 && (plan!.kind !== 'insert' || plan!.rows.length === 1)
    const apply = (writer: SqliteConnection) => plans.map((each) => writer.write(each))
    return this.#write((writer) =>
      single ? apply(writer) : this.#atomically(writer, () => apply(writer)),
    )
  }

  transaction<T>(
    { mutation }: TransactionSettings,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    return this.#transact(mutation, work)
  }

  async #transact<T>(
    mutation: MutationSettings | undefined,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    return this.#exclusively(async (open) => {
      const { context, writer, ledger } = open
      const run = () => work(capturing(open, sessionOf(writer, this.#settings.file)))
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

  #read<T>(work: (reader: SqliteConnection) => T): Promise<T> {
    const { context, reader } = this.#opened()
    const turn = this.#readersTurn
    if (turn.held) return this.#exclusively(async () => work(reader), turn)
    return this.#retry(context, () => work(reader))
  }

  #snapshot<T>(
    first: (reader: SqliteConnection) => Position,
    read: (reader: Reader) => Promise<T>,
  ): Promise<Snapshot<T>> {
    return this.#exclusively(async ({ context, reader }) => {
      const open = () => reader.openSnapshot(() => first(reader))
      const position = await this.#retry(context, open)
      try {
        return { position, value: await read(sessionOf(reader, this.#settings.file)) }
      } finally {
        reader.rollback()
      }
    }, this.#readersTurn)
  }

  /** Reads go to a connection of their own; with only one, they wait until no transaction runs. */
  get #readersTurn(): Mutex {
    const { reader, writer } = this.#opened()
    return reader === writer ? this.#mutex : this.#snapshots
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
        if (!isBusy(error)) return Promise.reject(toWherryError(error, this.#settings.file, true))
      } finally {
        this.#mutex.release()
      }
    }
    return this.#exclusively(async ({ context }) => {
      const result = await this.#retry(context, () => work(writer), true)
      this.log.committed()
      return result
    })
  }

  /** What the log writes by itself, of which nobody is told. It may be begun just before `close`. */
  async #writeLog<T>(work: (writer: SqliteConnection) => T): Promise<T> {
    const { context, writer } = this.#opened()
    await this.#mutex.acquire(context.runtime, this.#settings.lockTimeoutMs)
    try {
      return await this.#retry(context, () => work(writer), true)
    } finally {
      this.#mutex.release()
    }
  }

  async #exclusively<T>(work: (open: Open) => Promise<T>, mutex: Mutex = this.#mutex): Promise<T> {
    await mutex.acquire(this.#opened().context.runtime, this.#settings.lockTimeoutMs)
    try {
      return await work(this.#opened())
    } finally {
      mutex.release()
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
   * busy_timeout, which would block the whole process. `wrote`: work is a write.
   */
  #retry<T>(context: AdapterContext, work: () => T, wrote = false): Promise<T> {
    try {
      return Promise.resolve(work())
    } catch (error) {
      return this.#retryAfter(error, context.runtime, work, wrote)
    }
  }

  async #retryAfter<T>(first: unknown, runtime: Runtime, work: () => T, wrote: boolean) {
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
    throw toWherryError(error, file, wrote)
  }

  #opened(): Open {
    if (this.#open !== undefined) return this.#open
    throw new WherryError(
      'NotConnected',
      `'${this.#settings.file}' is not open: connect the service first, or make a new one after close()`,
    )
  }
}

function addAll(db: SqliteDatabase, context: AdapterContext): void {
  const { schema, runtime } = context
  const catalog = readCatalog(db)
  refuseUnfit(findProblems(schema, catalog, fitsType))
  addMissing(db, schema, findMissing(schema, catalog), runtime.now())
  for (const statement of missingLog(db, context, readCatalog(db))) db.exec(statement)
}

function sessionOf(connection: SqliteConnection, file: string): Session {
  const attempt = async <T>(work: () => T): Promise<T> => {
    try {
      return work()
    } catch (error) {
      throw toWherryError(error, file, true)
    }
  }
  return {
    find: (plan) => attempt(() => connection.find(plan)),
    aggregate: (plan) => attempt(() => connection.aggregate(plan)),
    write: (plans) => attempt(() => plans.map((plan) => connection.write(plan))),
  }
}

/** The session of a transaction, in which the service writes the log of what it captures. */
function capturing({ context, writer, captured }: Open, session: Session): Session {
  if (captured.size === 0) return session
  const hands = {
    session,
    // One writes at a time, so nothing is in the way that was not seen.
    guarded: <T>(work: () => Promise<T>) => work(),
    append: (collection: CollectionDefinition, entries: readonly NewEntry[]) =>
      appendLog(writer, collection.name, context.schema.hash, entries),
  }
  return {
    ...session,
    async write(plans) {
      const results: WriteResult[] = []
      for (const plan of plans) {
        if (captured.has(plan.collection)) results.push(await writeCaptured(hands, plan))
        else results.push(...(await session.write([plan])))
      }
      return results
    },
  }
}
