import { WherryError } from '../../errors/wherry-error.ts'
import type { HostResult } from '../sql/host.ts'
import type { DriverConnection, SqlResult, SqlText } from '../sql/server/connection.ts'
import type { ServerSettings, ServerTarget } from '../sql/server/options.ts'
import { isDriverError } from './errors.ts'
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

/** A URL's own parts; what it asks of TLS is said as MySQL's programs do, `?ssl-mode=required`. */
function partsOf({ url, ...parts }: ServerTarget): object {
  if (url === undefined) return parts
  const { hostname, port, username, password, pathname, searchParams } = new URL(url)
  const mode = searchParams.get('ssl-mode') ?? searchParams.get('sslmode') ?? ''
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(port !== '' && { port: Number(port) }),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    ...(/^(required?|verify[_-](ca|identity|full))$/i.test(mode) && { ssl: true }),
  }
}

/** The first versions that have what is used here: JSON_TABLE and SKIP LOCKED, or CHECKs. */
const firstVersions: { readonly [F in Flavor]: readonly number[] } = {
  mariadb: [10, 6, 0],
  mysql: [8, 0, 21],
}

/** Versions are such as '10.11.6-MariaDB-log' and '8.4.2'. */
function flavorOf(version: string): Flavor {
  const flavor = /mariadb/i.test(version) ? 'mariadb' : 'mysql'
  const parts = version.split(/[.-]/, 3).map(Number)
  const at = parts.findIndex((part, index) => part !== firstVersions[flavor][index])
  if (at < 0 || parts[at]! > firstVersions[flavor][at]!) return flavor
  throw new WherryError(
    'Unsupported',
    `The server is of version ${version}; mysql() needs MariaDB 10.6, MySQL 8.0.21 or newer`,
  )
}

/** Nothing is rounded, cut or taken for another value, and times are in UTC. */
const sqlMode = `STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION`

/** Long texts are ordered by so many of their bytes, which takes a larger buffer. */
const maxSortLength = 65_536
const sortBufferSize = 8_388_608

function sessionSetup(
  { statementTimeoutMs, lockTimeoutMs }: ServerSettings,
  flavor: Flavor,
): string[] {
  const lockSeconds = Math.ceil(lockTimeoutMs / 1_000)
  const common = `set session sql_mode = '${sqlMode}', time_zone = '+00:00',
    max_sort_length = ${maxSortLength}, sort_buffer_size = ${sortBufferSize}, innodb_lock_wait_timeout = ${lockSeconds}`
  const own =
    flavor === 'mariadb'
      ? `max_statement_time = ${statementTimeoutMs / 1_000}`
      : `max_execution_time = ${statementTimeoutMs}`
  return [`${common}, ${own}`, 'set session transaction isolation level read committed']
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
  /** Statements that are being prepared; what is sent after one of them has to wait for it. */
  #preparing: Promise<unknown> | undefined

  constructor(connection: ConnectorConnection) {
    this.#connection = connection
  }

  get isUsable(): boolean {
    return this.#connection.isValid()
  }

  query(statement: SqlText, values: readonly unknown[]): Promise<SqlResult> {
    const sent =
      this.#preparing === undefined
        ? this.#send(statement, values)
        : this.#preparing.then(() => this.#send(statement, values))
    return sent.then(resultOf, (error: unknown) => {
      throw plainError(error)
    })
  }

  async hostQuery(sql: string, values: readonly unknown[]): Promise<HostResult> {
    const result = await this.#connection
      .execute({ sql, ...hostOptions }, values)
      .catch((error: unknown) => {
        throw plainError(error)
      })
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

  #send({ sql, name }: SqlText, values: readonly unknown[]): Promise<unknown> {
    if (name === undefined && values.length === 0) return this.#connection.query(sql)
    const statement = this.#statements.get(sql)
    if (statement !== undefined) return statement.execute(values)
    return this.#prepare(sql).then((prepared) => prepared.execute(values))
  }

  #prepare(sql: string): Promise<PreparedStatement> {
    const preparing = this.#connection.prepare(sql).then((prepared) => {
      const [oldest] = this.#statements.keys()
      if (this.#statements.size >= maxStatements) {
        this.#statements.get(oldest!)!.close()
        this.#statements.delete(oldest!)
      }
      this.#statements.set(sql, prepared)
      return prepared
    })
    const settled = preparing
      .catch(() => undefined)
      .finally(() => {
        if (this.#preparing === settled) this.#preparing = undefined
      })
    this.#preparing = settled
    return preparing
  }
}

/** Rows, or how many there were; what describes them comes behind. */
function resultOf(result: unknown): SqlResult {
  const [first] = result as [unknown[][] | { readonly affectedRows: number }, unknown]
  return Array.isArray(first) ? { rows: first, count: 0 } : { rows: [], count: first.affectedRows }
}

/** The server's words alone: the connector puts the statement and its own numbers around them. */
function plainError(error: unknown): unknown {
  if (isDriverError(error) && error.sqlMessage) error.message = error.sqlMessage
  return error
}
