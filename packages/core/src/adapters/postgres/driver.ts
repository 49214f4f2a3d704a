import { WherryError } from '../../errors/wherry-error.ts'
import { invalidOptions } from '../../lib/options.ts'
import type { Runtime } from '../../lib/runtime.ts'
import type { HostResult } from '../sql/host.ts'
import type { DriverConnection, SqlResult, SqlText } from '../sql/server/connection.ts'
import type { ServerSettings, ServerTarget } from '../sql/server/options.ts'
import type { Listener } from './postgres-log.ts'
import { channel } from './log-ddl.ts'
import { isOfStaleStatement } from './errors.ts'
import { sessionSettings } from './session.ts'
import {
  textQueryClass,
  type Answer,
  type PgQuery,
  type PgQueryClass,
  type PgResult,
  type TextQueryClass,
} from './text-query.ts'

/** The part of pg that is used here, by shape, so that its types are not needed. */
interface PgClient {
  connect(): Promise<unknown>
  query(query: PgQuery): Promise<unknown>
  query(query: PgQuery, values: readonly unknown[], answer: Answer<PgResult>): void
  query(query: InstanceType<TextQueryClass>): void
  end(): Promise<void>
  on(event: 'error' | 'end' | 'notification', listener: () => void): unknown
  readonly connection: { readonly stream: PgStream }
}

interface PgStream {
  cork(): void
  uncork(): void
  destroy(): void
}

interface PgModule {
  readonly Client: new (config: object) => PgClient
  readonly Query: PgQueryClass
}

interface Driver {
  readonly Client: PgModule['Client']
  readonly TextQuery: TextQueryClass
}

/** Made once: a class for each connection would be as many kinds of query to whoever runs them. */
let driver: Driver | undefined

/** Loads pg, which only those install who use this adapter. */
async function loadDriver(): Promise<Driver> {
  const name = 'pg'
  const { Client, Query } = await (import(name) as Promise<{ default: PgModule }>).then(
    (loaded) => loaded.default,
    (cause: unknown) => {
      const message = "postgres() needs the package pg; run 'npm install pg'"
      throw new WherryError('DriverMissing', message, {}, cause)
    },
  )
  return (driver ??= { Client, TextQuery: textQueryClass(Query) })
}

/** Statements follow each other unawaited, and the server answers them in turn. */
export async function openConnection(
  settings: ServerSettings,
  runtime: Runtime,
): Promise<DriverConnection> {
  const endsAt = runtime.monotonic() + settings.pool.acquireTimeoutMs
  const { client, TextQuery, state } = await connect(settings)
  await setUp(
    client,
    Math.max(1, endsAt - runtime.monotonic()),
    sessionSettings({
      statement_timeout: String(settings.statementTimeoutMs),
      lock_timeout: String(settings.lockTimeoutMs),
    }),
  )
  return new PgConnection(client, TextQuery, state)
}

export async function openListener(
  settings: ServerSettings,
  onMessage: () => void,
): Promise<Listener> {
  const { client, TextQuery, state } = await connect(settings)
  client.on('notification', onMessage)
  await setUp(client, settings.pool.acquireTimeoutMs, `listen ${channel}`)
  const connection = new PgConnection(client, TextQuery, state)
  return {
    get isUsable() {
      return connection.isUsable
    },
    // Where that fails, commits are told of as before.
    hush: (forMs) => client.query({ text: hush }, [forMs], () => undefined),
    // There is nothing that it would have to wait for.
    close: async () => connection.destroy(),
  }
}

/**
 * Holds the lock without which no writer tells of its commit, together with other readers. It ends
 * with the statement, and so in time even where this process stands still.
 */
const hush = `select pg_sleep($1::float / 1000)
  where pg_try_advisory_xact_lock_shared(hashtext('${channel}'))`

/** What a server that does not answer would hold up for ever: pg's own time-out ends the connection. */
async function setUp(client: PgClient, timeoutMs: number, sql: string): Promise<void> {
  await client.query({ text: sql, query_timeout: timeoutMs })
}

interface State {
  isUsable: boolean
}

async function connect({ target, tls, pool }: ServerSettings) {
  const { Client, TextQuery } = await loadDriver()
  const client = new Client({
    ...targetConfig(target, tls),
    connectionTimeoutMillis: pool.acquireTimeoutMs,
    keepAlive: true,
    pipeline: true,
    application_name: 'wherry',
  })
  const state: State = { isUsable: true }
  // Without a listener an error of an idle connection would end the process.
  client.on('error', () => (state.isUsable = false))
  client.on('end', () => (state.isUsable = false))
  try {
    await client.connect()
  } catch (error) {
    // pg leaves the connection open where it gives up by itself, as without a password.
    client.connection.stream.destroy()
    throw error
  }
  return { client, TextQuery, state }
}

/** What pg reads of TLS in a URL. Of what it does not, it says nothing, and connects in the clear. */
const tlsParameters: ReadonlyMap<string, RegExp> = new Map([
  ['ssl', /^(true|1|false|0)$/],
  ['sslmode', /^(disable|prefer|require|verify-ca|verify-full|no-verify)$/],
  ['sslnegotiation', /^(postgres|direct)$/],
  ['sslcert', /./],
  ['sslkey', /./],
  ['sslrootcert', /./],
  ['uselibpqcompat', /./],
])

/** Where pg connects to. It lets a URL overrule `ssl`, so where `tls` is given, the URL says nothing of it. */
export function targetConfig({ url, ...parts }: ServerTarget, tls: ServerSettings['tls']): object {
  if (url === undefined) return tls === undefined ? parts : { ...parts, ssl: tls }
  const plain = new URL(url)
  if (tls === undefined) {
    checkTls(plain)
    return { connectionString: url }
  }
  for (const name of tlsParameters.keys()) plain.searchParams.delete(name)
  return { connectionString: plain.href, ssl: tls }
}

function checkTls({ searchParams }: URL): void {
  for (const [name, value] of searchParams) {
    const isRead = tlsParameters.get(name)?.test(value) ?? !/ssl|tls/i.test(name)
    if (isRead) continue
    throw invalidOptions(
      `The URL of postgres() says '${name}' in a way that it does not know; write sslmode=verify-full ` +
        `or another of PostgreSQL's modes, or give the option 'tls': true, or { ca } and the like`,
    )
  }
}

/** Statements as pg takes them, under the names by which one or more connections prepare them. */
class PgQueries {
  readonly #suffix: string
  readonly #queries = new WeakMap<SqlText, PgQuery>()

  constructor(suffix = '') {
    this.#suffix = suffix
  }

  /**
   * pg copies a query's own properties each time, one descriptor after the other, which costs more
   * than a query by key; so all that it says is inherited.
   */
  of(statement: SqlText): PgQuery {
    let query = this.#queries.get(statement)
    if (query === undefined) {
      const { sql: text, name: given } = statement
      const name = given && `${given}${this.#suffix}`
      query = Object.create({ text, name }) as PgQuery
      this.#queries.set(statement, query)
    }
    return query
  }
}

const usualQueries = new PgQueries()

class PgConnection implements DriverConnection {
  readonly #client: PgClient
  readonly #TextQuery: TextQueryClass
  readonly #state: State
  #queries = usualQueries
  /** How often what was prepared here has come to be of no use. */
  #renewals = 0
  #pending = 0
  #isGathering = false

  constructor(client: PgClient, TextQuery: TextQueryClass, state: State) {
    this.#client = client
    this.#TextQuery = TextQuery
    this.#state = state
  }

  get isUsable(): boolean {
    return this.#state.isUsable
  }

  query(statement: SqlText, values: readonly unknown[]): Promise<SqlResult> {
    const query = this.#queries.of(statement)
    return this.#ask((answer) => this.#client.query(new this.#TextQuery(query, values, answer)))
  }

  async hostQuery(sql: string, values: readonly unknown[]): Promise<HostResult> {
    const { rows, rowCount } = await this.#ask<PgResult>((answer) =>
      this.#client.query({ text: sql }, values, answer),
    )
    return {
      rows: rows as unknown as HostResult['rows'],
      ...(rowCount !== null && { count: rowCount }),
    }
  }

  /** By a callback, which costs pg less than a promise. */
  #ask<R>(send: (answer: Answer<R>) => void): Promise<R> {
    // The first goes out at once: the server is idle, and that there will be others is not sure.
    if (this.#pending > 0) this.#gather()
    const queries = this.#queries
    return new Promise((resolve, reject) => {
      send((error, result) => {
        this.#pending--
        if (!error) return resolve(result)
        // The session ends with the answer, which pg tells only a while later.
        if (endsSession(error)) this.#state.isUsable = false
        // All is prepared under other names; once for all that were under way.
        if (isOfStaleStatement(error) && this.#queries === queries) {
          this.#queries = new PgQueries(`_${++this.#renewals}`)
        }
        reject(error)
      })
      this.#pending++
    })
  }

  /** What is asked in one turn is sent together, for each sending costs the system more than a query. */
  #gather(): void {
    if (this.#isGathering) return
    const { stream } = this.#client.connection
    this.#isGathering = true
    stream.cork()
    // oxlint-disable-next-line no-restricted-properties -- no clock: the end of what runs now
    process.nextTick(() => {
      this.#isGathering = false
      stream.uncork()
    })
  }

  async close(): Promise<void> {
    this.#state.isUsable = false
    await this.#client.end()
  }

  destroy(): void {
    this.#state.isUsable = false
    this.#client.connection.stream.destroy()
  }
}

/** The server shuts down, or ends sessions that were idle or in a transaction for too long. */
function endsSession(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(57P|25P0[34])/.test(code)
}
