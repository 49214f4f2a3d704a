import { got } from '../../../lib/got.ts'
import {
  checkMilliseconds,
  checkOptions,
  checkTimeout,
  invalidOptions,
} from '../../../lib/options.ts'
import type { PoolSettings } from './pool.ts'

/** Where a server is and how it is used. What is not given comes from the environment. */
export interface ServerOptions {
  /** Such as 'postgres://user:password@host:5432/database'. Default: `DATABASE_URL`, where it fits. */
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
  /** TLS: true, or options of Node's `tls.connect`, such as `{ ca }`. Default: as the URL says, else none. */
  readonly tls?: boolean | object
  /** The most connections of the pool. Default 10. */
  readonly max?: number
  /** How long a connection may be idle before it is closed. Default 30,000 ms. */
  readonly idleTimeoutMs?: number
  /** How long a call waits for a connection, and a connection to be made. Default 10,000 ms. */
  readonly acquireTimeoutMs?: number
  /** How long a statement may take; the server ends it, or else the client 1 s later. Default 30,000 ms. */
  readonly statementTimeoutMs?: number
  /** How long to wait for rows that another transaction holds. Default 5,000 ms. */
  readonly lockTimeoutMs?: number
}

/** For functions that come and go: `postgres({ url, ...serverless })`. */
export const serverless: PoolSettings = Object.freeze({
  max: 2,
  idleTimeoutMs: 30_000,
  acquireTimeoutMs: 5_000,
})

export interface ServerSettings {
  readonly target: ServerTarget
  readonly tls: boolean | object | undefined
  readonly pool: PoolSettings
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
}

/** One of the two: a URL as it was given, or its parts. */
export interface ServerTarget {
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
}

/** How an engine's options are named. */
export interface ServerNames {
  /** The adapter's function, for messages. */
  readonly adapter: string
  /** What URLs begin with, and what may be read from `DATABASE_URL`. */
  readonly protocol: RegExp
  /** 'POSTGRES' for `POSTGRES_HOST`, `_PORT`, `_USER`, `_PASSWORD`, `_DATABASE`. */
  readonly prefix: string
}

type Environment = Readonly<Record<string, string | undefined>>

const timeouts = ['acquireTimeoutMs', 'statementTimeoutMs', 'lockTimeoutMs'] as const
const places = ['host', 'user', 'password', 'database'] as const

/** Checks the options once, and puts in what the environment and the defaults say. */
export function parseServerOptions(
  names: ServerNames,
  options: ServerOptions = {},
  environment: Environment = process.env,
): ServerSettings {
  const known = ['url', 'port', 'tls', 'max', 'idleTimeoutMs', ...places, ...timeouts]
  checkOptions(`${names.adapter}()`, options, known)
  const { tls, max = 10, idleTimeoutMs = 30_000, acquireTimeoutMs = 10_000 } = options
  const { statementTimeoutMs = 30_000, lockTimeoutMs = 5_000 } = options
  if (!Number.isSafeInteger(max) || max < 1) {
    throw invalidOptions(`'max' is a whole number of connections above 0, ${got(max)}`)
  }
  checkMilliseconds('idleTimeoutMs', idleTimeoutMs)
  for (const name of timeouts) {
    if (options[name] !== undefined) checkTimeout(name, options[name])
  }
  if (tls !== undefined && typeof tls !== 'boolean' && (typeof tls !== 'object' || tls === null)) {
    throw invalidOptions(`'tls' is true, false or options of tls.connect, ${got(tls)}`)
  }
  return Object.freeze({
    target: findTarget(names, options, environment),
    tls,
    pool: { max, idleTimeoutMs, acquireTimeoutMs },
    statementTimeoutMs,
    lockTimeoutMs,
  })
}

function findTarget(
  names: ServerNames,
  options: ServerOptions,
  environment: Environment,
): ServerTarget {
  const { url, port } = options
  for (const name of ['url', ...places] as const) {
    const value: unknown = options[name]
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw invalidOptions(`'${name}' is a text that is not empty, ${got(value)}`)
    }
  }
  if (port !== undefined) checkPort('port', port)
  const given = Object.fromEntries(
    ([...places, 'port'] as const).flatMap((name) =>
      options[name] === undefined ? [] : [[name, options[name]]],
    ),
  ) as ServerTarget
  if (url !== undefined) {
    if (Object.keys(given).length > 0) {
      throw invalidOptions(`${names.adapter}() takes a 'url' or its parts, not both`)
    }
    return { url: checkUrl(names, "'url'", url) }
  }
  if (Object.keys(given).length > 0) return given
  return targetOf(names, environment)
}

function targetOf(names: ServerNames, environment: Environment): ServerTarget {
  const { prefix, adapter, protocol } = names
  const found = Object.fromEntries(
    places.flatMap((name) => {
      const value = environment[`${prefix}_${name.toUpperCase()}`]
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  ) as ServerTarget
  const port = environment[`${prefix}_PORT`]
  const { DATABASE_URL: url } = environment
  if (url !== undefined && protocol.test(url)) return { url: checkUrl(names, 'DATABASE_URL', url) }
  if (Object.keys(found).length === 0) {
    throw invalidOptions(
      `${adapter}() needs a database: give { url }, or set DATABASE_URL or ${prefix}_HOST, ` +
        `${prefix}_PORT, ${prefix}_USER, ${prefix}_PASSWORD and ${prefix}_DATABASE`,
    )
  }
  if (port === undefined || port === '') return found
  return { ...found, port: checkPort(`${prefix}_PORT`, Number(port)) }
}

/** Other languages name their driver in it, as in 'postgresql+asyncpg://'. */
function checkUrl({ adapter, protocol }: ServerNames, name: string, url: string): string {
  const plain = url.replace(/^([a-z]+)\+[a-z0-9]+:/, '$1:')
  if (protocol.test(url) && URL.canParse(plain)) return plain
  // Without the URL itself, which holds a password.
  throw invalidOptions(
    `${name} is no URL that ${adapter}() knows; it looks like ${adapter}://user:password@host/database`,
  )
}

function checkPort(name: string, port: number): number {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw invalidOptions(`'${name}' is a port from 1 to 65535, ${got(port)}`)
}
