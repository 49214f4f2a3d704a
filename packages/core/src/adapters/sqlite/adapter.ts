import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type {
  Adapter,
  AdapterContext,
  PoolStats,
  Session,
  TransactionSettings,
  WriteResult,
} from '../../contract/adapter.ts'
import type { Capabilities } from '../../contract/capabilities.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import { lockTimeout, Mutex } from '../../lib/mutex.ts'
import { checkMilliseconds, checkOptions, invalidOptions } from '../../lib/options.ts'
import { backoffMs, sleep } from '../../lib/runtime.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../../query/ast.ts'
import type { Row } from '../../schema/definition.ts'
import { alreadyConnected } from '../guards.ts'
import { checkCatalog, findMissing } from '../sql/ensure.ts'
import { fitsType, readCatalog } from './catalog.ts'
import { SqliteConnection } from './connection.ts'
import { addMissing } from './ddl.ts'
import { loadDriver, type SqliteDatabase, type SqliteDriver } from './driver.ts'
import { isBusy, toWherryError } from './errors.ts'

export interface SqliteOptions {
  /** The database file, or ':memory:' for one that lives as long as the connection. */
  readonly file: string
  /**
   * 'full' survives the loss of power after every acknowledged write; 'normal' may lose the last
   * ones then, never the file's consistency, and is several times faster. Default 'full'.
   */
  readonly synchronous?: 'full' | 'normal'
  /**
   * Refuse writes with DatabaseReadOnly, and create neither file nor tables. Default false. SQLite
   * itself keeps its -wal and -shm files beside a file that others write.
   */
  readonly readOnly?: boolean
  /** How long to wait for another writer, of this process or another. Default 5,000 ms. */
  readonly lockTimeoutMs?: number
}

/** A file of SQLite, through better-sqlite3. Many processes may share it; one writes at a time. */
export function sqlite(options: SqliteOptions): Adapter {
  return new SqliteAdapter(parseOptions(options))
}

type Settings = Required<SqliteOptions>

function parseOptions(options: SqliteOptions): Settings {
  checkOptions('sqlite()', options, ['file', 'synchronous', 'readOnly', 'lockTimeoutMs'])
  const { file, synchronous = 'full', readOnly = false, lockTimeoutMs = 5_000 } = options
  if (typeof file !== 'string' || file === '' || file.includes('\0')) {
    throw invalidOptions("sqlite() needs { file }: a path, or ':memory:'")
  }
  if (synchronous !== 'full' && synchronous !== 'normal') {
    throw invalidOptions("'synchronous' is 'full' or 'normal'")
  }
  if (typeof readOnly !== 'boolean') throw invalidOptions("'readOnly' is true or false")
  checkMilliseconds('lockTimeoutMs', lockTimeoutMs)
  return Object.freeze({ file, synchronous, readOnly, lockTimeoutMs })
}

interface Open {
  readonly context: AdapterContext
  readonly writer: SqliteConnection
  /** Reads outside transactions; the writer itself where the database has only one connection. */
  readonly reader: SqliteConnection
}

const retryBaseMs = 1
const retryCapMs = 50

class SqliteAdapter implements Adapter {
  readonly name = 'sqlite'
  readonly capabilities: Capabilities
  readonly #settings: Settings
  readonly #mutex = new Mutex()
  #open: Open | undefined

  constructor(settings: Settings) {
    this.#settings = settings
    const durable = settings.file !== ':memory:'
    this.capabilities = {
      durable,
      transactions: true,
      foreignKeys: true,
      sharedBetweenProcesses: durable,
    }
  }

  async connect(context: AdapterContext): Promise<void> {
    const { file, readOnly } = this.#settings
    if (this.#open !== undefined) throw alreadyConnected(this.name)
    const driver = await loadDriver()
    const writer = await this.#retry(context, () => this.#openWriter(driver, context.mayCreate))
    try {
      const single = file === ':memory:' || readOnly
      const reader = single
        ? writer
        : this.#connection(new driver(file, { readonly: true, timeout: 0 }))
      this.#open = { context, writer, reader }
    } catch (error) {
      writer.close()
      throw toWherryError(error, file)
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
  }

  async ping(): Promise<void> {
    const { context, reader } = this.#opened()
    await this.#retry(context, () => reader.db.prepare('select 1').get())
  }

  async ensure(mode: 'create' | 'verify'): Promise<void> {
    const { context, writer } = this.#opened()
    const { schema, runtime } = context
    if (mode === 'create' && !this.#settings.readOnly) {
      const create = () => {
        for (const missing of findMissing(schema, readCatalog(writer.db))) {
          addMissing(writer.db, schema, missing, runtime.now())
        }
      }
      await this.#retry(context, () => this.#atomically(writer, create))
    }
    checkCatalog(schema, await this.#retry(context, () => readCatalog(writer.db)), fitsType)
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

  async transaction<T>(_: TransactionSettings, work: (session: Session) => Promise<T>): Promise<T> {
    return this.#exclusively(async ({ context, writer }) => {
      await this.#retry(context, () => writer.begin())
      try {
        const result = await work(sessionOf(writer, this.#settings.file))
        await this.#retry(context, () => writer.commit())
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

  #openWriter(driver: SqliteDriver, mayCreate: boolean): SqliteConnection {
    const { file, synchronous, readOnly } = this.#settings
    const fileMustExist = readOnly || !mayCreate
    if (file !== ':memory:') checkExists(file, fileMustExist)
    const connection = this.#connection(
      new driver(file, {
        readonly: readOnly,
        fileMustExist: fileMustExist && file !== ':memory:',
        timeout: 0,
      }),
    )
    try {
      configure(connection.db, synchronous, readOnly)
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  #connection(db: SqliteDatabase): SqliteConnection {
    return new SqliteConnection(db, this.#settings.file)
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
        return Promise.resolve(work(writer))
      } catch (error) {
        if (!isBusy(error)) return Promise.reject(toWherryError(error, this.#settings.file))
      } finally {
        this.#mutex.release()
      }
    }
    return this.#exclusively(({ context }) => this.#retry(context, () => work(writer)))
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
      `'${this.#settings.file}' is not open; connect the service first`,
    )
  }
}

function checkExists(file: string, fileMustExist: boolean): void {
  const path = resolve(file)
  if (!existsSync(dirname(path))) {
    throw new WherryError(
      'DatabaseMissing',
      `The folder of '${file}' does not exist; create it first`,
    )
  }
  if (fileMustExist && !existsSync(path)) {
    throw new WherryError(
      'DatabaseMissing',
      `'${file}' does not exist; connect with { ensure: 'create' } to make it`,
    )
  }
}

function configure(db: SqliteDatabase, synchronous: string, readOnly: boolean): void {
  db.pragma('foreign_keys = on')
  if (readOnly) {
    // Opening reads nothing; this finds out now whether the file is a database.
    db.pragma('schema_version')
    return
  }
  db.pragma('journal_mode = wal')
  // This build of SQLite sets 'normal' by itself when the first transaction of a WAL file begins,
  // so what is to hold must be said after one.
  db.exec('begin immediate; commit')
  db.pragma(`synchronous = ${synchronous}`)
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
