import { isWherryError, WherryError } from '../errors/wherry-error.ts'
import type { Json } from '../lib/json.ts'
import { invalidOptions } from '../lib/options.ts'
import type { Runtime } from '../lib/runtime.ts'
import { callMethods, type CallMethod, type ReadMethod, type WriteMethod } from '../query/calls.ts'
import { decodeArguments, encodeResults } from '../query/conversions.ts'
import { collectionOf } from '../schema/collection-of.ts'
import type { CollectionDefinition, SchemaDefinition } from '../schema/definition.ts'
import type { Subscribe } from '../protocol/messages/subscribe.ts'
import { descriptor, type SchemaDescriptor } from '../schema/descriptor.ts'
import { interiorOf, type Interior } from '../service/interior.ts'
import { metaOf } from '../query/read-meta.ts'
import type { Scope } from '../service/scope.ts'
import { channelCollections } from '../channels/collections.ts'
import { ChannelGate, type AllowChannel, type ChannelWrite, type Entered } from './channel-gate.ts'
import { ChangeSource } from './change-source.ts'
import { LiveGroups } from './live-groups.ts'
import { LiveSource } from './live-source.ts'
import type { Source } from './source.ts'
import { isPrivate, tellError, type ToldError } from './tell-error.ts'

/** A call as it came over the wire: arguments in the row codec, and not yet looked at. */
export interface Call<M extends CallMethod = CallMethod> {
  readonly collection: string
  readonly method: M
  readonly args: readonly Json[]
}

type ListenMethod = NonNullable<Subscribe['method']>

export interface ReadResult {
  readonly value: Json
  /** The moment whose data this is, in milliseconds since 1970. */
  readonly asOf: number
}

/**
 * All that the outside may do with a data service, in JSON. Whoever serves clients goes through
 * here, and through nothing else: reads, writes and live queries have no second way in.
 */
export class Gate {
  readonly descriptor: SchemaDescriptor
  readonly runtime: Runtime
  /** The name of the engine that answers. */
  readonly source: string
  readonly #schema: SchemaDefinition
  readonly #interior: Interior
  readonly #data: Data
  readonly #channels: ChannelGate

  /** `allow`: what clients may do with channels; as it is, nothing. */
  constructor(data: object, allow: AllowChannel = () => false) {
    const interior = interiorOf(data)
    this.descriptor = descriptor({ definition: interior.schema })
    this.runtime = interior.runtime
    this.source = interior.adapter.name
    this.#schema = interior.schema
    this.#interior = interior
    this.#data = data as Data
    this.#channels = new ChannelGate(interior.channels, allow)
  }

  async read(call: Call<ReadMethod>): Promise<ReadResult> {
    const isOfChannels = this.#channels.has(call.collection)
    const collection = isOfChannels
      ? this.#channels.reads(call.collection, call.method, call.args[0])
      : this.#collection(call.collection)
    const scope = isOfChannels ? this.#interior.channels! : this.#data
    const reading = perform(scope, collection, call, decode(collection, call))
    const result = await reading
    const meta = metaOf(result) ?? metaOf(reading)
    return { value: encode(collection, call, result), asOf: meta!.asOf.getTime() }
  }

  /** Does a write once; under an id that has been used before it answers what it answered then. */
  async mutate(mutationId: string, call: Call<WriteMethod>): Promise<Json> {
    try {
      if (this.#channels.has(call.collection)) return await this.#writeChannel(mutationId, call)
      const collection = this.#collection(call.collection)
      // Before the transaction: what cannot be read need not wait for other writers.
      const args = decode(collection, call)
      const work = async (tx: Scope) =>
        encode(collection, call, await perform(tx, collection, call, args))
      return (await this.#interior.transaction(work, { mutationId })) as Json
    } catch (error) {
      throw isWherryError(error) ? named(error, mutationId) : error
    }
  }

  /** What can be listened to: rows, groups, or changes. Throws what is wrong with it. */
  live(name: string, query: Json, method: ListenMethod = 'find'): Source {
    const collection = this.#channels.has(name)
      ? this.#channels.reads(name, method, query)
      : this.#collection(name)
    return new sources[method](collection, query, this.#interior)
  }

  /** Lets a client be in a channel, once in each; whoever serves it lets it leave. */
  enter(row: Json | undefined, already: ReadonlyMap<string, Entered>): Promise<Entered> {
    return this.#channels.enter(row, already)
  }

  async #writeChannel(mutationId: string, call: Call<WriteMethod>): Promise<Json> {
    const { name, write } = this.#channels.writes(call)
    const collection = collectionOf(channelCollections, call.collection)
    const work = async (tx: Scope) =>
      encode(collection, call, (await write((tx as TransactionScope).channel(name))) ?? null)
    return (await this.#interior.transaction(work, { mutationId })) as Json
  }

  /** Resolves once all live queries show what has been committed before. */
  delivered(): Promise<void> {
    return this.#interior.tail.delivered()
  }

  /** Names the log; positions of another generation mean nothing. */
  async generation(): Promise<string> {
    const head = await this.#interior.adapter.log.head()
    return head.slice(0, head.indexOf(':'))
  }

  /** Resolves when the database answers. */
  ping(): Promise<void> {
    return this.#data.ping()
  }

  /** What a client may be told of a failure. */
  tell(error: unknown, collection: string | undefined): ToldError {
    return tellError(error, this.#schema.collections.get(collection ?? ''))
  }

  /** Whether a failure says things that no client is told; then its host has to hear of it. */
  isPrivate(error: unknown): boolean {
    return isPrivate(error)
  }

  #collection(name: string): CollectionDefinition {
    return collectionOf(this.#schema.collections, name)
  }
}

const sources = { find: LiveSource, aggregate: LiveGroups, changes: ChangeSource } as const

type TransactionScope = Scope & { channel(name: string): Parameters<ChannelWrite>[0] }

/** The service as the gate calls it: by names. */
type Data = Scope & {
  ping(): Promise<void>
}

type Methods = Readonly<Record<CallMethod, (...args: readonly unknown[]) => Promise<unknown>>>

/** The arguments of a call as a host would give them. */
function decode(collection: CollectionDefinition, { method, args }: Call): unknown[] {
  const decoded = callMethods[method].args(decodeArguments, collection, args)
  if (args.length <= decoded.length) return decoded
  throw invalidOptions(
    `'${method}' was given ${args.length} arguments and takes ${decoded.length}; leave the others out`,
  )
}

/** Calls what a host would call. */
function perform(
  scope: Pick<Scope, 'collection'>,
  { name }: CollectionDefinition,
  { method }: Call,
  args: readonly unknown[],
): Promise<unknown> {
  return (scope.collection(name) as unknown as Methods)[method](...args)
}

/** What came of a call, as JSON. */
function encode(collection: CollectionDefinition, { method, args }: Call, result: unknown): Json {
  return (callMethods[method].result(encodeResults, collection, result, args) ?? null) as Json
}

/** The write is known by the id that its sender gave it, not by that of the step within. */
function named(error: WherryError, mutationId: string): WherryError {
  // What was refused before the transaction began says nothing of its outcome.
  const details = { outcome: 'not-applied' as const, ...error.details, mutationId }
  return new WherryError(error.code, error.message, details, error.cause)
}
