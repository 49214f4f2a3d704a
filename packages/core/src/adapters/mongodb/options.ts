import { got } from '../../lib/got.ts'
import { checkMilliseconds, checkOptions, checkTimeout, invalidOptions } from '../../lib/options.ts'

export interface MongodbOptions {
  /**
   * Such as 'mongodb://user:password@host:27017/database' or 'mongodb+srv://…', with the database in
   * it. Default: `MONGODB_URI`, or `DATABASE_URL` where it begins so.
   */
  readonly url?: string
  /** TLS: true, or options of Node's `tls.connect`, such as `{ ca }`. Default: as the URL says, else none. */
  readonly tls?: boolean | object
  /** The most connections of the pool, to each server. Default 10. */
  readonly max?: number
  /** How long a connection may be idle before it is closed. Default 30,000 ms. */
  readonly idleTimeoutMs?: number
  /** How long a call waits for a connection, or for a server that takes it. Default 10,000 ms. */
  readonly acquireTimeoutMs?: number
  /** How long one call may take until the server ends it. Default 30,000 ms. */
  readonly statementTimeoutMs?: number
}

export interface MongodbSettings {
  readonly url: string
  /** The driver's options. */
  readonly client: object
  readonly statementTimeoutMs: number
}

/** How the driver makes documents of what the server sends; commands do not take it from the client. */
export const documentOptions = {
  useBigInt64: true,
  promoteBuffers: true,
  promoteLongs: true,
  promoteValues: true,
  // Else the driver takes what every object inherits for such fields: a list under the key
  // 'constructor' would be read as bytes.
  fieldsAsRaw: Object.create(null) as object,
}

/** How much longer than the server the client waits for an answer. */
const graceMs = 1_000

const timeouts = ['acquireTimeoutMs', 'statementTimeoutMs'] as const

/** Checks the options once, and puts in what the environment and the defaults say. */
export function parseOptions(
  options: MongodbOptions = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): MongodbSettings {
  checkOptions('mongodb()', options, ['url', 'tls', 'max', 'idleTimeoutMs', ...timeouts])
  const { tls, max = 10, idleTimeoutMs = 30_000, acquireTimeoutMs = 10_000 } = options
  const { statementTimeoutMs = 30_000 } = options
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
  return {
    url: checkUrl(options.url === undefined ? urlOf(environment) : options.url),
    client: {
      ...(tls !== undefined && { tls: tls !== false, ...(typeof tls === 'object' && tls) }),
      maxPoolSize: max,
      // To the driver 0 is for ever.
      maxIdleTimeMS: Math.max(1, idleTimeoutMs),
      connectTimeoutMS: acquireTimeoutMs,
      serverSelectionTimeoutMS: acquireTimeoutMs,
      waitQueueTimeoutMS: acquireTimeoutMs,
      // Whoever does not answer at all is given up a little after the server would have.
      socketTimeoutMS: statementTimeoutMs + graceMs,
      // The driver would not tell of the first attempt when the second cannot be made, and so nobody
      // could say that the write is not applied. In a transaction it is the service that tries again.
      retryWrites: false,
      // What was written is read; the members of a set may lag behind their primary.
      readPreference: 'primary',
      ...documentOptions,
    },
    statementTimeoutMs,
  }
}

const known = /^mongodb(\+srv)?:\/\//

function urlOf({ MONGODB_URI, DATABASE_URL }: Readonly<Record<string, string | undefined>>) {
  if (MONGODB_URI) return MONGODB_URI
  if (DATABASE_URL !== undefined && known.test(DATABASE_URL)) return DATABASE_URL
  throw invalidOptions(
    'mongodb() needs a database: give { url }, or set MONGODB_URI or DATABASE_URL',
  )
}

/** Errors do not quote the URL, which holds a password. */
function checkUrl(url: unknown): string {
  // Several hosts are no URL to Node, so that only the driver can take it apart.
  const [, database, query] = typeof url === 'string' && known.test(url) ? splitUrl(url) : []
  for (const name of new URLSearchParams(query).keys()) {
    const option = optionsFor[name.toLowerCase()]
    if (option === undefined) continue
    throw invalidOptions(`The URL says '${name}'; leave it out, and give mongodb() '${option}'`)
  }
  if (database) return url as string
  throw invalidOptions(
    database === ''
      ? "The URL of mongodb() names no database; put it behind the host: 'mongodb://host/database'"
      : "'url' is no URL that mongodb() knows; it looks like mongodb://user:password@host/database",
  )
}

/** What the driver would take from the URL, and is told otherwise. */
const optionsFor: Readonly<Record<string, string>> = {
  maxpoolsize: 'max',
  maxidletimems: 'idleTimeoutMs',
  connecttimeoutms: 'acquireTimeoutMs',
  serverselectiontimeoutms: 'acquireTimeoutMs',
  waitqueuetimeoutms: 'acquireTimeoutMs',
  sockettimeoutms: 'statementTimeoutMs',
  timeoutms: 'statementTimeoutMs',
}

function splitUrl(url: string): [hosts: string, database: string, query: string] {
  const [place, query = ''] = url.replace(known, '').split('?') as [string, string?]
  const [hosts = '', database = ''] = place.split('/')
  return [hosts, database, query]
}
