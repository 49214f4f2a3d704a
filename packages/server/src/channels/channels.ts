import type { LiveSource } from '@wherry/core/gate'
import type { Settings } from '../options.ts'
import { Channel } from './channel.ts'
import type { Subscription } from './subscription.ts'

/** The channels of a gateway: one for each query that anybody follows. */
export class Channels {
  readonly #settings: Settings
  readonly #channels = new Map<string, Channel>()
  #count = 0

  constructor(settings: Settings) {
    this.#settings = settings
  }

  join(source: LiveSource, subscription: Subscription): void {
    const { form } = source
    let channel = this.#channels.get(form)
    if (channel === undefined) {
      const onEmpty = () => this.#channels.delete(form)
      channel = new Channel(`c${++this.#count}`, source, this.#settings, onEmpty)
      this.#channels.set(form, channel)
    }
    channel.join(subscription)
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close()
    this.#channels.clear()
  }
}
