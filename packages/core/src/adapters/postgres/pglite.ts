import { sql } from 'kysely'
import type { Adapter } from '../../contract/adapter.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import { got } from '../../lib/got.ts'
import { checkOptions, checkTimeout, invalidOptions } from '../../lib/options.ts'
import { lockTimeout } from '../../lib/mutex.ts'
import type { Dialect } from '../sql/dialect.ts'
import type { HostResult } from '../sql/host.ts'
import { SqlAdapter } from '../sql/server/adapter.ts'
import type { DriverConnection, SqlResult, SqlText } from '../sql/server/connection.ts'
import { postgresDialect } from './dialect.ts'
import { postgresBase } from './engine.ts'
import { channel } from './log-ddl.ts'
import { PostgresLog, type Listener } from './postgres-log.ts'
import { sessionSettings } from './session.ts'
import { columnTypes } from './values.ts'

export interface PgliteOptions {
  /** The folder of the database. Default: none, and it ends with the process. */
  readonly dataDir?: string
  /**
   * A PGlite of the application's own, such as one with extensions; `close` leaves it open. How its
   * session reads and writes values is set, as for each connection to a server. Whoever uses it waits
   * for a transaction of the service, and the service for one of theirs.
   */
  readonly client?: PgliteClient
  /** How long a call waits for the one connection that there is. Default 5,000 ms. */
  readonly lockTimeoutMs?: number
}

/** The part of PGlite that is used here, by shape, so that its types are not needed. */
export interface PgliteClient {
  readonly dataDir?: string | undefined
  query: PgliteQuery
  /** Others who use the client wait until the work is over: it commits, or rolls back where it throws. */
  transaction(work: (tx: { query: PgliteQuery }) => Promise<void>): Promise<void>
  listen(channel: string, onMessage: () => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

type PgliteQuery = (sql: string, values: unknown[], options: object) => Promise<PgliteResult>

interface PgliteResult {
  readonly rows: unknown[]
  readonly affectedRows?: number
}

/** PGlite decodes texts in a way that takes a byte order mark for none of the text, once. */
const dialect: Dialect = {
  ...postgresDialect,
  read(field, expression) {
    if (columnTypes[field.kind] !== 'text') return expression
    const mark = sql.raw(String.raw`U&'\FEFF'`)
    return sql`case when starts_with(${expression}, ${mark}) then ${mark} || ${expression} else ${expression} end`
  },
}

/** Nobody waits for a server here: a statement takes as long as it takes. */
const statementTimeoutMs = 2 ** 30

/** PostgreSQL within this process, through PGlite: one connection, which calls use in turn. */
export function pglite(options: PgliteOptions = {}): Adapter {
  const { dataDir, client, lockTimeoutMs } = parseOptions(options)
  const folder = client?.dataDir ?? dataDir
  let opened: Promise<PgliteClient> | undefined
  const open = () => (opened ??= setUp(client ?? create(dataDir)))
  return new SqlAdapter({
    ...postgresBase,
    dialect,
    name: 'pglite',
    pool: { max: 1, idleTimeoutMs: statementTimeoutMs, acquireTimeoutMs: lockTimeoutMs },
    capabilities: {
      durable: folder !== undefined && !folder.startsWith('memory://'),
      sharedBetweenProcesses: false,
    },
    statementTimeoutMs,
    // All wait for one connection: whoever has it is another writer.
    poolExhausted: lockTimeout,
    pipelinesReads: false,
    start: async () => {
      if (client === undefined) await open()
    },
    open: async () => new PgliteConnection(await open()),
    async close() {
      const current = await opened?.catch(() => undefined)
      opened = undefined
      if (client === undefined) await current?.close()
    },
    createLog: (host) =>
      new PostgresLog(host, async (onMessage): Promise<Listener> => {
        const unlisten = await (await open()).listen(channel, onMessage)
        return { isUsable: true, close: unlisten }
      }),
  })
}

function parseOptions(options: PgliteOptions) {
  checkOptions('pglite()', options, ['dataDir', 'client', 'lockTimeoutMs'])
  const { dataDir, client, lockTimeoutMs = 5_000 } = options
  if (dataDir !== undefined && (typeof dataDir !== 'string' || dataDir === '')) {
    throw invalidOptions(`'dataDir' is the path of a folder, ${got(dataDir)}`)
  }
  if (client !== undefined && typeof (client as PgliteClient | null)?.query !== 'function') {
    throw invalidOptions(`'client' is a PGlite, ${got(client)}`)
  }
  if (client !== undefined && dataDir !== undefined) {
    throw invalidOptions("pglite() takes 'dataDir' or 'client', not both")
  }
  checkTimeout('lockTimeoutMs', lockTimeoutMs)
  return { dataDir, client, lockTimeoutMs }
}

interface PgliteModule {
  readonly PGlite: { create(dataDir: string | undefined): Promise<PgliteClient> }
}

async function create(dataDir: string | undefined): Promise<PgliteClient> {
  const name = '@electric-sql/pglite'
  const { PGlite } = await (import(name) as Promise<PgliteModule>).catch((cause: unknown) => {
    const message = `pglite() needs the package ${name}; run 'npm install ${name}'`
    throw new WherryError('DriverMissing', message, {}, cause)
  })
  return PGlite.create(dataDir)
}

async function setUp(created: PgliteClient | Promise<PgliteClient>): Promise<PgliteClient> {
  const client = await created
  await client.query(sessionSettings(), [], {})
  return client
}

/** The types that PGlite would make values of: all are given and taken as texts, as by a server. */
const types = [16, 17, 18, 20, 21, 23, 114, 199, 700, 701, 1082, 1114, 1184, 1700, 3802, 3807]
const forTypes = (convert: (value: unknown) => unknown) =>
  Object.fromEntries(types.map((type) => [type, convert]))
const queryOptions = {
  rowMode: 'array',
  parsers: forTypes((text) => text),
  serializers: forTypes(textOf),
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : String(value)
}

/** A transaction of PGlite's own, which lasts until it is told how to end. */
interface OpenTransaction {
  readonly query: PgliteQuery
  commit(): Promise<void>
  rollback(): Promise<void>
}

function openTransaction(client: PgliteClient): Promise<OpenTransaction> {
  return new Promise((resolve, reject) => {
    const undone = new Error('rolled back')
    const over = client.transaction(
      (tx) =>
        new Promise((succeed, fail) =>
          resolve({
            query: (text, values, options) => tx.query(text, values, options),
            async commit() {
              succeed()
              await over
            },
            async rollback() {
              fail(undone)
              await over.catch((error: unknown) => {
                if (error !== undone) throw error
              })
            },
          }),
        ),
    )
    over.catch(reject)
  })
}

/** The statements that begin and end a transaction. */
const begins = /^\s*(?:begin|start\s+transaction)\b(?:\s+(?:work|transaction)\b)?/i
const ends = /^\s*(?:(commit|end)|rollback|abort)(?:\s+(?:work|transaction))?\s*;?\s*$/i

class PgliteConnection implements DriverConnection {
  readonly #client: PgliteClient
  #transaction: OpenTransaction | undefined
  #isUsable = true

  constructor(client: PgliteClient) {
    this.#client = client
  }

  get isUsable(): boolean {
    return this.#isUsable
  }

  async query({ sql: text }: SqlText, values: readonly unknown[]): Promise<SqlResult> {
    const { rows, affectedRows } = await this.#run(text, values, queryOptions)
    return { rows: rows as unknown[][], count: affectedRows ?? rows.length }
  }

  async hostQuery(text: string, values: readonly unknown[]): Promise<HostResult> {
    const { rows, affectedRows } = await this.#run(text, values, {})
    return { rows: rows as HostResult['rows'], count: affectedRows ?? rows.length }
  }

  async close(): Promise<void> {
    this.#isUsable = false
  }

  /** There is no second one to go on with: what was begun is taken back. */
  destroy(): void {
    this.#isUsable = false
    void this.#end('rollback').catch(() => undefined)
  }

  /** A transaction that is only begun by its statement would have others' statements in it. */
  async #run(text: string, values: readonly unknown[], options: object): Promise<PgliteResult> {
    const [ending, commits] = ends.exec(text) ?? []
    if (ending !== undefined) {
      await this.#end(commits === undefined ? 'rollback' : 'commit')
      return { rows: [] }
    }
    if (this.#transaction !== undefined || !begins.test(text)) {
      return (this.#transaction ?? this.#client).query(text, [...values], options)
    }
    this.#transaction = await openTransaction(this.#client)
    const modes = text.replace(begins, '')
    return modes.trim() === ''
      ? { rows: [] }
      : this.#transaction.query(`set transaction${modes}`, [], options)
  }

  async #end(how: 'commit' | 'rollback'): Promise<void> {
    const transaction = this.#transaction
    this.#transaction = undefined
    await transaction?.[how]()
  }
}
