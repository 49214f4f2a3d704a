import type { Source } from '@wherry/core/gate'
import type { Settings } from '../options.ts'
import { Channel, type ChannelsShared } from './channel.ts'
import { Missed } from './missed.ts'
import type { Subscription } from './subscription.ts'

/** The channels of a gateway: one for each query that anybody follows. */
export class Channels {
  readonly #shared: ChannelsShared
  readonly #channels = new Map<string, Channel>()
  #count = 0

  constructor(settings: Settings) {
    const emptied = ({ source }: Channel) => void this.#channels.delete(source.form)
    this.#shared = { settings, missed: new Missed(), emptied }
  }

  join(source: Source, subscription: Subscription): void {
    const { form } = source
    let channel = this.#channels.get(form)
    if (channel === undefined) {
      channel = new Channel(`c${++this.#count}`, source, this.#shared)
      this.#channels.set(form, channel)
    }
    channel.join(subscription)
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close()
    this.#channels.clear()
  }
}
