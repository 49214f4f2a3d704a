import {
  createIdSource,
  type Channel,
  type CollectionHandle,
  type ListenToRows,
} from '@wherry/core'
import { RowEvents, type Follow } from '@wherry/core/channels'
import type { AnySchema, CollectionName } from '@wherry/core/schema'
import { Channels } from './channels/channels.ts'
import { Feeds } from './channels/feeds.ts'
import { createCollection } from './collections/collection.ts'
import { Calls } from './connection/calls.ts'
import { Connection } from './connection/connection.ts'
import type { ClientEvents } from './connection/events.ts'
import type { ClientStatus } from './connection/state.ts'
import { LiveQueries } from './live/live-queries.ts'
import { readOptions, type ClientOptions } from './options.ts'

export interface ClientMethods<S extends AnySchema> {
  /** A collection by a name that is only known at run time. */
  collection<K extends CollectionName<S>>(name: K): CollectionHandle<S, K>
  /**
   * A channel of this name, 1 to 191 characters. What the server does not allow is as if there were
   * none. Keep it as long as you are present in it.
   */
  channel(name: string): Channel
  /**
   * Resolves when there is a connection, which `createClient()` has begun to make. Rejects with
   * ConnectionRefused or NotConnected when there will be none. Calls need not wait for it.
   */
  connect(): Promise<void>
  /** What the connection is doing. */
  status(): ClientStatus
  /**
   * Asks the server for a sign of life; resolves to the milliseconds that it took, rejects with
   * NotConnected when there is no connection, or no longer.
   */
  ping(): Promise<number>
  /** Listens to the connection or to changes of rows, until what it returns is called. */
  readonly on: ListenToConnection & ListenToRows<S>
  /**
   * Ends everything. Calls without an answer reject: with UnknownOutcome if they are writes that
   * have been sent, else with NotConnected.
   */
  close(): Promise<void>
}

/** `on('connected', …)`, `on('disconnected', …)`, `on('error', …)`. */
export interface ListenToConnection {
  <N extends keyof ClientEvents>(name: N, listener: (event: ClientEvents[N]) => void): () => void
}

/** The client: `db.<collection>.<method>()`, and the methods of the client itself. */
export type Client<S extends AnySchema> = {
  readonly [K in CollectionName<S>]: CollectionHandle<S, K>
} & ClientMethods<S>

/** Begins to connect to a gateway. Throws InvalidOptions. */
export function createClient<S extends AnySchema>(options: ClientOptions): Client<S> {
  const settings = readOptions(options)
  const calls = new Calls(settings)
  const live = new LiveQueries(settings)
  const feeds = new Feeds(settings)
  const means = { calls, live, newId: createIdSource(settings.runtime) }
  const collections = new Map<string, object>()
  const collection = (name: string): object => {
    const known = collections.get(name) ?? createCollection(name, means)
    collections.set(name, known)
    return known
  }
  const follow: Follow = (wish, listener) => feeds.follow(wish, listener)
  const rowEvents = new RowEvents(follow)
  const channels = new Channels({ settings, newId: means.newId, follow, collection })
  // Who listens is told what its own writes do, so these come last.
  const connection = new Connection(settings, [feeds, live, channels.presences, calls])
  const methods = {
    collection,
    channel: (name: string) => channels.channel(name),
    connect: () => connection.connect(),
    status: () => connection.status,
    ping: () => connection.ping(),
    on: (name: string, listener: () => void, which?: unknown) =>
      name.includes(':')
        ? rowEvents.on(name, listener, which)
        : connection.events.on(name as keyof ClientEvents, listener),
    close: () => connection.close(),
  }
  return new Proxy(methods, {
    // No collection has a name that every object has, or by which promises and JSON ask for more.
    get: (target, name) =>
      typeof name === 'symbol' || name in target || name === 'then' || name === 'toJSON'
        ? (Reflect.get(target, name) as unknown)
        : collection(name),
  }) as unknown as Client<S>
}
