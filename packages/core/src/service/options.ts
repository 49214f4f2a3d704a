import type { Adapter, IsolationLevel, MutationSettings } from '../contract/adapter.ts'
import { WherryError } from '../errors/wherry-error.ts'
import { checkMilliseconds, checkOptions, invalidOptions } from '../lib/options.ts'
import { systemRuntime, type Runtime } from '../lib/runtime.ts'
import { textFault } from '../lib/text.ts'
import type { SchemaDefinition } from '../schema/definition.ts'
import { got } from '../lib/got.ts'
import type { AnySchema } from '../schema/types.ts'
import type { ConnectOptions, TransactionOptions } from './types.ts'

export interface DataServiceOptions<S extends AnySchema> {
  readonly schema: S
  /** The database, such as `sqlite({ file })`. One, for now: there are no fallbacks yet. */
  readonly databases: readonly [Adapter]
  /** Clocks, timers, randomness; tests replace it. Default: the host's own. */
  readonly runtime?: Runtime
}

const isolationLevels = new Set<string>(['read committed', 'repeatable read', 'serializable'])
const ensureModes = new Set<string>(['create', 'verify', 'off'])

export interface ServiceSettings {
  readonly schema: SchemaDefinition
  readonly adapter: Adapter
  readonly runtime: Runtime
}

export function readServiceOptions<S extends AnySchema>(
  options: DataServiceOptions<S>,
): ServiceSettings {
  checkOptions('createDataService()', options, ['schema', 'databases', 'runtime'])
  const { schema, databases, runtime = systemRuntime } = options
  const { definition } = (schema ?? {}) as { definition?: SchemaDefinition }
  if (!(definition?.collections instanceof Map)) {
    throw invalidOptions("createDataService() needs 'schema', as defineSchema() makes it")
  }
  const [adapter, second] = Array.isArray(databases) ? (databases as readonly Adapter[]) : []
  if (typeof adapter?.connect !== 'function' || typeof adapter.find !== 'function') {
    throw invalidOptions("createDataService() needs 'databases', adapters such as [memory()]")
  }
  if (typeof runtime?.now !== 'function' || typeof runtime.setTimeout !== 'function') {
    throw invalidOptions("'runtime' has the methods of Runtime; start from systemRuntime")
  }
  if (second !== undefined) {
    throw new WherryError(
      'Unsupported',
      'Only one database can be given: falling back to a second one is not part of this version',
    )
  }
  return { schema: definition, adapter, runtime }
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
