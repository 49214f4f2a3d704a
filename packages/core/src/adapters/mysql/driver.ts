import { WherryError } from '../../errors/wherry-error.ts'
import { invalidOptions } from '../../lib/options.ts'
import type { Runtime } from '../../lib/runtime.ts'
import type { HostResult } from '../sql/host.ts'
import type { DriverConnection, SqlResult, SqlText } from '../sql/server/connection.ts'
import type { ServerSettings, ServerTarget } from '../sql/server/options.ts'
import { endsConnection, isDriverError } from './errors.ts'
import { flavorOf, sessionSetup } from './session.ts'
import { timeText, type Flavor } from './values.ts'

/** The part of the mariadb connector that is used here, by shape, so that its types are not needed. */
interface Connector {
  createConnection(options: object): Promise<ConnectorConnection>
}

interface ConnectorConnection {
  query(sql: string): Promise<unknown>
  ping(timeoutMs: number): Promise<void>
  execute(options: object, values: readonly unknown[]): Promise<unknown>
  prepare(sql: string): Promise<PreparedStatement>
  serverVersion(): string
  isValid(): boolean
  end(): Promise<void>
  destroy(): void
  on(event: 'error', listener: () => void): unknown
}

interface PreparedStatement {
  execute(values: readonly unknown[]): Promise<unknown>
  close(): void
}

/** Loads the connector, which only those install who use this adapter. */
async function loadConnector(): Promise<Connector> {
  const name = 'mariadb'
  return (import(name) as Promise<Connector>).catch((cause: unknown) => {
    const message = "mysql() needs the package mariadb; run 'npm install mariadb'"
    throw new WherryError('DriverMissing', message, {}, cause)
  })
}

/** Opens a connection, and finds out which of the two engines answers. */
export async function openConnection(
  settings: ServerSettings,
  runtime: Runtime,
): Promise<{ readonly connection: DriverConnection; readonly flavor: Flavor }> {
  const { createConnection } = await loadConnector()
  const { acquireTimeoutMs } = settings.pool
  const startedAt = runtime.monotonic()
  const connection = await createConnection({
    ...targetConfig(settings.target, settings.tls),
    connectTimeout: acquireTimeoutMs,
    keepAliveDelay: 10_000,
    // What MySQL asks for where there is no TLS: a password is sent under the server's own key.
    allowPublicKeyRetrieval: true,
    foundRows: true,
    rowsAsArray: true,
    metaAsArray: true,
    dateStrings: true,
    jsonStrings: true,
    logParam: false,
  })
  // Without a listener an error of an idle connection would end the process.
  connection.on('error', () => undefined)
  try {
    const flavor = flavorOf(connection.serverVersion())
    const leftMs = acquireTimeoutMs - (runtime.monotonic() - startedAt)
    await setUp(connection, sessionSetup(settings, flavor), Math.max(0, leftMs))
    return { connection: new MysqlConnection(connection), flavor }
  } catch (error) {
    connection.destroy()
    throw error
  }
}

/** The connector gives up by itself only what does not answer a ping; this one waits for the statements. */
async function setUp(
  connection: ConnectorConnection,
  statements: readonly string[],
  timeoutMs: number,
): Promise<void> {
  const answers = statements.map((statement) => connection.query(statement))
  await Promise.all([...answers, connection.ping(timeoutMs)])
}

/** Where the connector connects to. `tls` overrules what a URL says of it; a host that begins with '/' is a Unix socket. */
export function targetConfig({ url, ...parts }: ServerTarget, tls: ServerSettings['tls']): object {
  const parsed = url === undefined ? undefined : new URL(url)
  if (parsed !== undefined) refuseUnknown(parsed)
  const { host, ...others } = parsed === undefined ? parts : partsOf(parsed)
  const ssl = tls ?? (parsed !== undefined && asksForTls(parsed))
  return { ...others, ...(host?.startsWith('/') ? { socketPath: host } : { host }), ssl }
}

function partsOf({ hostname, port, username, password, pathname }: URL): ServerTarget {
  return {
    host: decoded(hostname.replace(/^\[(.*)\]$/, '$1')),
    ...(port !== '' && { port: Number(port) }),
    user: decoded(username),
    password: decoded(password),
    database: decoded(pathname.slice(1)),
  }
}

/** What a URL may ask for and is so anyway, or changes nothing. */
const asItIs = /^(charset|encoding)=utf-?8(mb4)?$|^serverVersion=/i
const ofTls = /ssl|tls/i

/** Names what it does not know without its value, which may be a secret. */
function refuseUnknown({ searchParams }: URL): void {
  for (const [name, value] of searchParams) {
    if (ofTls.test(name) || asItIs.test(`${name}=${value}`)) continue
    throw invalidOptions(
      `The URL of mysql() says '${name}', which it does not know; leave that out, and give an option, ` +
        `such as 'acquireTimeoutMs' for how long to connect, 'max' for how many connections, or a ` +
        `'host' that begins with '/' for a socket; texts are always in utf8mb4, and times in UTC`,
    )
  }
}

const withTls = /^((ssl|tls)=(true|1)|sslmode=(required?|verify[_-](ca|identity|full)))$/i
const withoutTls = /^((ssl|tls)=(false|0)|sslmode=disabled?)$/i

/** As MySQL's programs say it, `?ssl-mode=required`, or others; what is not understood might have asked for it. */
function asksForTls({ searchParams }: URL): boolean {
  const asked = [...searchParams]
    .filter(([name]) => ofTls.test(name))
    .map(([name, value]) => {
      const text = `${name.replace(/[-_]/g, '')}=${value}`
      if (withTls.test(text) || withoutTls.test(text)) return withTls.test(text)
      // Without its value, which may be a key.
      throw invalidOptions(
        `The URL of mysql() says '${name}' in a way that it does not know; leave that out, and give ` +
          `the option 'tls': true, or { ca } and the like`,
      )
    })
  return asked.includes(true)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // Without the URL itself, which holds a password, and without the error, which may quote it.
    throw invalidOptions(`The URL of mysql() has a '%' that begins no escape; write it as '%25'`)
  }
}

/** The connector's own defaults, for host code, but for times: it has them in the process's time zone. */
const hostOptions = {
  rowsAsArray: false,
  metaAsArray: false,
  dateStrings: false,
  jsonStrings: false,
  typeCast: (column: HostColumn, next: () => unknown) =>
    timeTypes.has(column.type) ? timeOf(column.string()) : next(),
}

interface HostColumn {
  readonly type: string
  string(): string | null
}

const timeTypes = new Set(['DATE', 'DATETIME', 'TIMESTAMP'])

/** Of 'YYYY-MM-DD', with ' HH:MM:SS' and more or not, in UTC as the session is. */
function timeOf(text: string | null): Date | null {
  // What MySQL has for no date is null to the connector, too.
  if (text === null || text.startsWith('0000-00-00')) return null
  return new Date(text.includes(' ') ? `${text.replace(' ', 'T')}Z` : text)
}

/** What is no time goes to the server as it is, which refuses it. */
function hostValue(value: unknown): unknown {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? timeText(value) : value
}

interface HostCounts {
  readonly affectedRows: number
  readonly insertId: number | bigint
}

/** As many as the connector itself keeps. */
const maxStatements = 256

class MysqlConnection implements DriverConnection {
  readonly #connection: ConnectorConnection
  readonly #statements = new Map<string, PreparedStatement>()
  /** Settles when all that waits for a statement to be prepared has been sent; else undefined. */
  #queue: Promise<unknown> | undefined
  #isEnded = false

  constructor(connection: ConnectorConnection) {
    this.#connection = connection
  }

  get isUsable(): boolean {
    return !this.#isEnded && this.#connection.isValid()
  }

  query(statement: SqlText, values: readonly unknown[]): Promise<SqlResult> {
    const answer = this.#send(statement, values)
    return answer.then(resultOf, (error: unknown) => this.#fail(error))
  }

  async hostQuery(sql: string, values: readonly unknown[]): Promise<HostResult> {
    const result = await this.#connection
      .execute({ sql, ...hostOptions }, values.map(hostValue))
      .catch((error: unknown) => this.#fail(error))
    if (Array.isArray(result)) return { rows: result as HostResult['rows'] }
    const { affectedRows, insertId } = result as HostCounts
    return { rows: [], count: affectedRows, insertId: BigInt(insertId) }
  }

  async close(): Promise<void> {
    await this.#connection.end()
  }

  destroy(): void {
    this.#connection.destroy()
  }

  /** With the server's words alone: the connector puts the statement and its own numbers around them. */
  #fail(error: unknown): never {
    if (isDriverError(error)) {
      // The session ends with the answer, which the connector finds out only a while later.
      if (endsConnection(error)) this.#isEnded = true
      if (error.sqlMessage) error.message = error.sqlMessage
    }
    throw error
  }

  #send({ sql, name }: SqlText, values: readonly unknown[]): Promise<unknown> {
    if (name === undefined && values.length === 0) {
      const send = () => this.#connection.query(sql)
      return this.#queue === undefined ? send() : this.#enqueue(() => undefined, send)
    }
    const statement = this.#queue === undefined ? this.#statements.get(sql) : undefined
    if (statement !== undefined) return statement.execute(values)
    return this.#enqueue(
      () => this.#statements.get(sql) ?? this.#prepare(sql),
      (prepared) => prepared.execute(values),
    )
  }

  /** Sends behind all that came before, of which some may have to be prepared first. */
  #enqueue<T>(
    prepare: () => T | Promise<T>,
    send: (prepared: T) => Promise<unknown>,
  ): Promise<unknown> {
    const ready = (this.#queue ?? Promise.resolve()).then(prepare)
    const answer = ready.then(send)
    // Made after `answer`, so that this is sent before whatever waits for the queue.
    const queue = ready
      .catch(() => undefined)
      .finally(() => {
        if (this.#queue === queue) this.#queue = undefined
      })
    this.#queue = queue
    return answer
  }

  async #prepare(sql: string): Promise<PreparedStatement> {
    const prepared = await this.#connection.prepare(sql)
    const [oldest] = this.#statements.keys()
    if (this.#statements.size >= maxStatements) {
      this.#statements.get(oldest!)!.close()
      this.#statements.delete(oldest!)
    }
    this.#statements.set(sql, prepared)
    return prepared
  }
}

/** Rows, or how many there were; what describes them comes behind. */
function resultOf(result: unknown): SqlResult {
  const [first] = result as [unknown[][] | { readonly affectedRows: number }, unknown]
  return Array.isArray(first) ? { rows: first, count: 0 } : { rows: [], count: first.affectedRows }
}
