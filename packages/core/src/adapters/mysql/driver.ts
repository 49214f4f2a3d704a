import { WherryError } from '../../errors/wherry-error.ts'
import { invalidOptions } from '../../lib/options.ts'
import type { HostResult } from '../sql/host.ts'
import type { DriverConnection, SqlResult, SqlText } from '../sql/server/connection.ts'
import type { ServerSettings, ServerTarget } from '../sql/server/options.ts'
import { endsConnection, isDriverError } from './errors.ts'
import { flavorOf, sessionSetup } from './session.ts'
import type { Flavor } from './values.ts'

/** The part of the mariadb connector that is used here, by shape, so that its types are not needed. */
interface Connector {
  createConnection(options: object): Promise<ConnectorConnection>
}

interface ConnectorConnection {
  query(sql: string): Promise<unknown>
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
): Promise<{ readonly connection: DriverConnection; readonly flavor: Flavor }> {
  const { createConnection } = await loadConnector()
  const connection = await createConnection({
    ...partsOf(settings.target),
    ...(settings.tls !== undefined && { ssl: settings.tls }),
    connectTimeout: settings.pool.acquireTimeoutMs,
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
    for (const statement of sessionSetup(settings, flavor)) await connection.query(statement)
    return { connection: new MysqlConnection(connection), flavor }
  } catch (error) {
    connection.destroy()
    throw error
  }
}

/** A host that begins with '/' is a Unix socket. */
function partsOf(target: ServerTarget): object {
  const { host, ...parts } = target.url === undefined ? target : partsOfUrl(target.url)
  return { ...parts, ...(host?.startsWith('/') ? { socketPath: host } : { host }) }
}

/** What a URL asks of TLS is said as MySQL's programs do, `?ssl-mode=required`. */
function partsOfUrl(url: string): ServerTarget & { readonly ssl?: true } {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url)
  const mode = searchParams.get('ssl-mode') ?? searchParams.get('sslmode') ?? ''
  return {
    host: decoded(hostname.replace(/^\[(.*)\]$/, '$1')),
    ...(port !== '' && { port: Number(port) }),
    user: decoded(username),
    password: decoded(password),
    database: decoded(pathname.slice(1)),
    ...(/^(required?|verify[_-](ca|identity|full))$/i.test(mode) && { ssl: true }),
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // Without the URL itself, which holds a password, and without the error, which may quote it.
    throw invalidOptions(`The URL of mysql() has a '%' that begins no escape; write it as '%25'`)
  }
}

/** The connector's own defaults, for host code. */
const hostOptions = {
  rowsAsArray: false,
  metaAsArray: false,
  dateStrings: false,
  jsonStrings: false,
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
      .execute({ sql, ...hostOptions }, values)
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
