import { channelCollections } from '../channels/collections.ts'
import { WherryError } from '../errors/wherry-error.ts'
import { isPlainObject, type Json } from '../lib/json.ts'
import { encodeRow } from '../schema/codec.ts'
import { collectionOf } from '../schema/collection-of.ts'
import type { CollectionDefinition } from '../schema/definition.ts'
import type { Channels } from '../service/channels.ts'
import type { Call } from './gate.ts'

/** What a client may want to do with a channel. */
export type ChannelAction = 'publish' | 'subscribe' | 'enter'

/** Whether a client may; a channel that it may not looks as if there were none. */
export type AllowChannel = (action: ChannelAction, name: string) => boolean

/** A change that a channel knows how to make, within a transaction. */
export type ChannelWrite = (channel: {
  publish(event: string, payload: Json): Promise<unknown>
  acknowledge(subscriber: string, position: string): Promise<void>
}) => Promise<unknown>

/** Somebody's being in a channel, in JSON. */
export interface Entered {
  readonly id: string
  readonly channel: string
  readonly row: Json
  update(meta: Json): Promise<Json>
  leave(): Promise<void>
}

/**
 * What the outside may do with what channels are made of. They are collections like others, but each
 * call has to name its channel, and only some calls mean anything.
 */
export class ChannelGate {
  readonly #channels: Channels | undefined
  readonly #allow: AllowChannel

  constructor(channels: Channels | undefined, allow: AllowChannel) {
    this.#channels = channels
    this.#allow = allow
  }

  /** Whether a collection is one of those, on a service that has channels. */
  has(collection: string): boolean {
    return this.#channels !== undefined && channelCollections.has(collection)
  }

  /** The collection that a call reads, or follows by its query. Throws NotFound where it may not. */
  reads(name: string, method: string, query: Json | undefined): CollectionDefinition {
    checkCall(readable, name, method)
    const where = isPlainObject(query) ? query.where : undefined
    this.#check('subscribe', isPlainObject(where) ? where.channel : undefined)
    return collectionOf(channelCollections, name)
  }

  /** The channel that a call changes, and how. Throws as `reads` does. */
  writes({ collection, method, args }: Call): {
    readonly name: string
    readonly write: ChannelWrite
  } {
    checkCall(writable, collection, method)
    if (collection === '$messages') {
      const { channel, event, payload } = partsOf(args[0], ['channel', 'event', 'payload'])
      const name = this.#check('publish', channel)
      const write: ChannelWrite = (within) => within.publish(event as string, payload ?? null)
      return { name, write }
    }
    const { insert } = partsOf(args[0], ['on', 'insert', 'update'])
    const { channel, subscriber, position } = partsOf(insert, ['channel', 'subscriber', 'position'])
    const name = this.#check('subscribe', channel)
    const write: ChannelWrite = (within) =>
      within.acknowledge(subscriber as string, position as string)
    return { name, write }
  }

  /**
   * Lets somebody be in a channel who is in others `already`, by their names: of one of these it is a
   * change of `meta`. Rejects as `reads` throws.
   */
  async enter(row: Json | undefined, already: ReadonlyMap<string, Entered>): Promise<Entered> {
    if (this.#channels === undefined) throw noChannel(undefined)
    const { channel, meta = null } = partsOf(row, ['channel', 'meta'])
    const name = this.#check('enter', channel)
    const before = already.get(name)
    if (before !== undefined) return { ...before, row: await before.update(meta) }
    const collection = collectionOf(channelCollections, '$presence')
    const entry = await this.#channels.keeper.enter(name, meta)
    return {
      id: entry.row.id as string,
      channel: name,
      row: encodeRow(collection, entry.row),
      update: async (next) => encodeRow(collection, await entry.update(next)),
      leave: () => entry.leave(),
    }
  }

  #check(action: ChannelAction, name: unknown): string {
    if (typeof name === 'string' && this.#allow(action, name)) return name
    throw noChannel(name)
  }
}

const readable = new Set([
  '$messages find',
  '$messages changes',
  '$presence find',
  '$marks findOne',
])
const writable = new Set(['$messages insert', '$marks upsert'])

function checkCall(calls: ReadonlySet<string>, collection: string, method: string): void {
  if (calls.has(`${collection} ${method}`)) return
  throw new WherryError('Unsupported', `'${collection}' has no '${method}' for clients`)
}

/** The parts of an object that has no others. */
function partsOf(value: unknown, names: readonly string[]): { readonly [name: string]: Json } {
  if (isPlainObject(value) && Object.keys(value).every((name) => names.includes(name))) {
    return value as { readonly [name: string]: Json }
  }
  throw new WherryError('InvalidValue', `An object of ${names.join(', ')} is needed here`)
}

function noChannel(name: unknown): WherryError {
  return new WherryError('NotFound', `There is no channel ${JSON.stringify(name ?? null)} here`)
}
