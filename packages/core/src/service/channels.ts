import { acknowledge, Channel, publish, type Means } from '../channels/channel.ts'
import { channelCollections } from '../channels/collections.ts'
import { Events } from '../channels/events.ts'
import { Keeper, type HistoryLimits } from '../channels/keeper.ts'
import type { Follow } from '../channels/listening.ts'
import { checkName } from '../channels/names.ts'
import { collectionOf } from '../schema/collection-of.ts'
import type { Adapter } from '../contract/adapter.ts'
import type { Runtime } from '../lib/runtime.ts'
import type { Tail } from '../live/tail.ts'
import { Handle } from './collection-handle.ts'
import type { Executor } from './executor.ts'
import { startMutation } from './mutation.ts'

export interface ChannelsHost {
  readonly adapter: Adapter
  readonly tail: Tail
  readonly runtime: Runtime
  /** As callers may use the service. */
  readonly executor: Executor
  readonly follow: Follow
}

/** The channels of a service, and what it does for them by itself. */
export class Channels {
  readonly keeper: Keeper
  readonly #host: ChannelsHost
  readonly #means: Means

  constructor(history: HistoryLimits, host: ChannelsHost) {
    const { runtime, follow } = host
    const own = ownExecutor(host)
    this.#host = host
    this.keeper = new Keeper({
      runtime,
      history,
      newId: own.context.newId,
      rows: (name) => handleOf(name, own),
    })
    this.#means = {
      runtime,
      follow,
      events: new Events(follow),
      rows: (name) => this.collection(name),
      enter: (channel, meta) => this.keeper.enter(channel, meta),
      entries: new Map(),
      refuse: (fault) => refused(own, fault),
    }
  }

  channel(name: string): Channel {
    return new Channel(name, this.#means)
  }

  /** What a transaction may do with a channel: others hear of it once it has committed. */
  within(executor: Executor, name: string): object {
    checkName('a channel', name)
    const writes = {
      rows: (collection: string) => handleOf(collection, executor),
      refuse: (fault: unknown) => refused(executor, fault),
    }
    return {
      name,
      publish: (event: string, payload: unknown = null, options: unknown = {}) =>
        publish(writes, name, event, payload, options),
      acknowledge: (subscriber: string, position: string) =>
        acknowledge(writes, name, subscriber, position),
    }
  }

  /** One of the collections that channels are made of. */
  collection(name: string): Handle {
    return handleOf(name, this.#host.executor)
  }
}

function refused({ context }: Executor, fault: unknown): Promise<never> {
  return startMutation(context.newId, () => Promise.reject(fault as Error))
}

/** What a service does by itself is part of nobody's transaction, and goes on to the end. */
function ownExecutor({ adapter, tail, executor }: ChannelsHost): Executor {
  return {
    context: executor.context,
    canLock: false,
    find: (plan) => adapter.find(plan),
    aggregate: (plan) => adapter.aggregate(plan),
    write: (plans) => adapter.write(plans),
    subscribe: (plan, listener) => tail.subscribe(plan, listener),
    checkLive: (plan) => executor.checkLive(plan),
    meta: () => executor.meta(),
  }
}

function handleOf(name: string, executor: Executor): Handle {
  return new Handle(collectionOf(channelCollections, name), executor)
}
