import type { Adapter, IsolationLevel, MutationSettings } from '../contract/adapter.ts'
import type { CaptureMode, LogSettings } from '../contract/log-settings.ts'
import { WherryError } from '../errors/wherry-error.ts'
import { checkMilliseconds, checkOptions, invalidOptions } from '../lib/options.ts'
import { systemRuntime, type Runtime } from '../lib/runtime.ts'
import { textFault } from '../lib/text.ts'
import type { CollectionDefinition, SchemaDefinition } from '../schema/definition.ts'
import { got } from '../lib/got.ts'
import type { AnySchema, CollectionName } from '../schema/types.ts'
import { channelCollections } from '../channels/collections.ts'
import type { HistoryLimits } from '../channels/keeper.ts'
import type { ChannelsOptions } from './channel-types.ts'
import type { ConnectOptions, TransactionOptions } from './types.ts'

export interface DataServiceOptions<S extends AnySchema> {
  readonly schema: S
  /** The database, such as `sqlite({ file })`. One, for now: there are no fallbacks yet. */
  readonly databases: readonly [Adapter]
  /**
   * Who writes the changes of a collection into the log, for all or by collection: 'triggers' (the
   * default where the engine has them), 'service' or 'off'; see CaptureMode. What the database cannot
   * do is Unsupported when it is connected. All services on a database should have the same.
   */
  readonly capture?: CaptureMode | { readonly [K in CollectionName<S>]?: CaptureMode }
  readonly live?: LiveOptions
  /** For how long the change log keeps its entries. Default: an hour, and at least the latest 100,000. */
  readonly log?: LogOptions
  /**
   * Gives the service channels, `data.channel(name)`, and tables for them in its database. Default:
   * none.
   */
  readonly channels?: ChannelsOptions
  /** Clocks, timers, randomness; tests replace it. Default: the host's own. */
  readonly runtime?: Runtime
}

export interface LiveOptions {
  /**
   * The most rows that a live query may hold in memory, and the most groups of a live aggregate;
   * those who ask the same share them. One that has more is told TooLarge until it fits again.
   * Default 10,000.
   */
  readonly maxRows?: number
}

/**
 * What stays in the change log of an SQL database. Older entries go, unless somebody who follows the
 * log and is alive has not read them yet. MongoDB and memory have rules of their own: an option that
 * they cannot follow is Unsupported when they are connected.
 */
export interface LogOptions {
  /** So many of the latest entries stay. Default 100,000; of what is kept in memory 10,000. */
  readonly keepEntries?: number
  /** Younger entries stay, too. Default 3,600,000 ms, an hour. */
  readonly keepMs?: number
  /**
   * More than this are never kept: then even a reader that is alive is PositionLost. Default 1,000,000,
   * or `keepEntries` where that is more.
   */
  readonly maxEntries?: number
}

const isolationLevels = new Set<string>(['read committed', 'repeatable read', 'serializable'])
const captureModes = new Set<string>(['triggers', 'service', 'off'] satisfies CaptureMode[])
const ensureModes = new Set<string>(['create', 'verify', 'off'])

export interface ServiceSettings {
  readonly schema: SchemaDefinition
  readonly adapter: Adapter
  readonly live: Required<LiveOptions>
  readonly runtime: Runtime
  readonly log: LogSettings
  /** What channels keep, where there are any. */
  readonly history?: HistoryLimits
}

const weekMs = 7 * 24 * 60 * 60 * 1_000

export function readServiceOptions<S extends AnySchema>(
  options: DataServiceOptions<S>,
): ServiceSettings {
  const known = ['schema', 'databases', 'capture', 'live', 'log', 'channels', 'runtime']
  checkOptions('createDataService()', options, known)
  const { schema, databases, capture, channels, runtime = systemRuntime } = options
  const { definition } = (schema ?? {}) as { definition?: SchemaDefinition }
  if (!(definition?.collections instanceof Map)) {
    throw invalidOptions("createDataService() needs 'schema', as defineSchema() makes it")
  }
  const [adapter, second] = Array.isArray(databases) ? (databases as readonly Adapter[]) : []
  if (typeof adapter?.connect !== 'function' || typeof adapter.find !== 'function') {
    throw invalidOptions("createDataService() needs 'databases', adapters such as [memory()]")
  }
  const lacking = (Object.keys(systemRuntime) as (keyof Runtime)[]).find(
    (name) => typeof runtime?.[name] !== 'function',
  )
  if (lacking !== undefined) {
    throw invalidOptions(`'runtime' needs ${lacking}(); start from systemRuntime`)
  }
  if (second !== undefined) {
    throw new WherryError(
      'Unsupported',
      'Only one database can be given: falling back to a second one is not part of this version',
    )
  }
  const log = { capture: readCapture(capture, definition), ...readLogOptions(options.log) }
  const live = readLiveOptions(options.live)
  const history = channels === undefined ? undefined : readHistory(channels)
  return { schema: definition, adapter, live, runtime, log, ...(history && { history }) }
}

function readCapture(
  capture: unknown,
  { collections }: SchemaDefinition,
): ReadonlyMap<CollectionDefinition, CaptureMode> {
  if (capture === undefined) return new Map()
  const all = Array.from(collections.values())
  if (typeof capture === 'string') {
    const mode = readMode("'capture'", capture)
    // Channels are told by the log, whatever else is not.
    const others = mode === 'off' ? [] : channelCollections.values()
    return new Map([...all, ...others].map((collection) => [collection, mode]))
  }
  const names = all.map(({ name }) => name)
  checkOptions("'capture'", capture, names)
  const modes = Object.entries(capture as object) as [string, unknown][]
  return new Map(
    modes.map(([name, mode]) => [collections.get(name)!, readMode(`'capture.${name}'`, mode)]),
  )
}

function readLogOptions(options: LogOptions = {}): LogOptions {
  checkOptions("'log'", options, ['keepEntries', 'keepMs', 'maxEntries'])
  const { keepEntries, keepMs, maxEntries } = options
  for (const [name, value] of Object.entries({ keepEntries, maxEntries })) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue
    throw invalidOptions(`'log.${name}' is a whole number of entries above 0, ${got(value)}`)
  }
  if (keepMs !== undefined) checkMilliseconds('log.keepMs', keepMs)
  if (maxEntries !== undefined && maxEntries < (keepEntries ?? 0)) {
    throw invalidOptions("'log.maxEntries' is not below 'log.keepEntries': those stay in any case")
  }
  return {
    ...(keepEntries !== undefined && { keepEntries }),
    ...(keepMs !== undefined && { keepMs }),
    ...(maxEntries !== undefined && { maxEntries }),
  }
}

function readMode(what: string, mode: unknown): CaptureMode {
  if (captureModes.has(mode as string)) return mode as CaptureMode
  throw invalidOptions(`${what} is 'triggers', 'service' or 'off', ${got(mode)}`)
}

function readLiveOptions(live: LiveOptions = {}): Required<LiveOptions> {
  checkOptions("'live'", live, ['maxRows'])
  const { maxRows = 10_000 } = live
  if (!Number.isSafeInteger(maxRows) || maxRows < 1) {
    throw invalidOptions(`'live.maxRows' is a whole number of 1 or more, ${got(maxRows)}`)
  }
  return { maxRows }
}

function readHistory(channels: ChannelsOptions): HistoryLimits {
  checkOptions("'channels'", channels, ['history'])
  const { history = {} } = channels
  checkOptions("'history'", history, ['size', 'ageMs'])
  const { size = 1_000, ageMs = weekMs } = history
  if (!Number.isSafeInteger(size) || size < 0) {
    throw invalidOptions(`'size' is a whole number of messages, 0 or more, ${got(size)}`)
  }
  if (!(typeof ageMs === 'number' && ageMs >= 0 && ageMs <= 1e15)) {
    throw invalidOptions(`'ageMs' is a number of milliseconds, ${got(ageMs)}`)
  }
  return { size, ageMs }
}

export function readConnectOptions(options: ConnectOptions = {}): Required<ConnectOptions> {
  checkOptions('connect()', options, ['ensure'])
  const { ensure = 'create' } = options
  if (!ensureModes.has(ensure))
    throw invalidOptions(`'ensure' is 'create', 'verify' or 'off', ${got(ensure)}`)
  return { ensure }
}

export interface TransactionRun {
  readonly maxRetries: number
  /** Absent: the strictest that the engine has. */
  readonly isolationLevel?: IsolationLevel
  readonly timeoutMs: number
  readonly mutation?: MutationSettings
}

const maxActorLength = 191

export function readTransactionOptions(options: TransactionOptions = {}): TransactionRun {
  checkOptions('transaction()', options, [
    'maxRetries',
    'isolationLevel',
    'timeoutMs',
    'mutationId',
    'actor',
  ])
  const { maxRetries = 3, isolationLevel, timeoutMs = 10_000 } = options
  if (!Number.isSafeInteger(maxRetries) || maxRetries < 0) {
    throw invalidOptions(`'maxRetries' is a whole number of 0 or more, ${got(maxRetries)}`)
  }
  if (isolationLevel !== undefined && !isolationLevels.has(isolationLevel)) {
    const levels = Array.from(isolationLevels, (level) => `'${level}'`).join(', ')
    throw invalidOptions(`'isolationLevel' is one of ${levels}, ${got(isolationLevel)}`)
  }
  checkMilliseconds('timeoutMs', timeoutMs)
  if (timeoutMs === 0) throw invalidOptions("'timeoutMs' is above 0: nothing can run in no time")
  const mutation = readMutation(options)
  return {
    maxRetries,
    timeoutMs,
    ...(isolationLevel && { isolationLevel }),
    ...(mutation && { mutation }),
  }
}

function readMutation({ mutationId, actor }: TransactionOptions): MutationSettings | undefined {
  if (mutationId === undefined && actor === undefined) return undefined
  if (mutationId !== undefined && !isVisibleAscii(mutationId)) {
    throw invalidOptions(
      `'mutationId' is a text of 1 to 64 visible ASCII characters, ${got(mutationId)}`,
    )
  }
  const fault = actor === undefined ? undefined : actorFault(actor)
  if (fault !== undefined) {
    throw invalidOptions(`'actor' is a text of 1 to ${maxActorLength} characters, ${fault}`)
  }
  return { id: mutationId ?? null, actor: actor ?? null }
}

function isVisibleAscii(value: unknown): boolean {
  return typeof value === 'string' && /^[!-~]{1,64}$/.test(value)
}

function actorFault(actor: unknown): string | undefined {
  if (typeof actor !== 'string' || actor === '') return got(actor)
  const { length } = Array.from(actor)
  return length > maxActorLength ? `got ${length}` : textFault(actor)
}
