import { startMutation } from '@wherry/core'
import { Channel, Events, type Follow, type Means } from '@wherry/core/channels'
import type { Settings } from '../options.ts'
import { Presences } from './presences.ts'

export interface ChannelsHost {
  readonly settings: Settings
  readonly newId: () => string
  readonly follow: Follow
  collection(name: string): object
}

/** What the channels of a client have in common. */
export class Channels {
  readonly presences: Presences
  readonly #means: Means

  constructor({ settings, newId, follow, collection }: ChannelsHost) {
    const events = new Events(follow)
    const presences = new Presences(
      () => collection('$presence') as never,
      (channel, fault) => void events.tell(`${channel}:error`, fault),
    )
    this.presences = presences
    this.#means = {
      runtime: settings.runtime,
      events,
      follow,
      rows: (name) => collection(name) as ReturnType<Means['rows']>,
      enter: (channel, meta) => presences.enter(channel, meta),
      entries: new Map(),
      refuse: (fault) => startMutation(newId, () => Promise.reject(fault as Error)),
    }
  }

  channel(name: string): Channel {
    return new Channel(name, this.#means)
  }
}
