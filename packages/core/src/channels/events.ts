import type { Position } from '../contract/change-log.ts'
import type { WherryError } from '../errors/wherry-error.ts'
import { callListener } from '../lib/call-listener.ts'
import { got } from '../lib/got.ts'
import { invalidOptions } from '../lib/options.ts'
import type { FeedEvent, ToldChange } from '../live/feed-event.ts'
import type { FeedWish, Follow, Listening } from './listening.ts'

/** Some of what was committed cannot be told: the log does not have it any more. */
export interface GapEvent {
  /** Of what: a collection, or a channel. */
  readonly of: string
  /** All that comes behind this position is told again. */
  readonly position: Position
}

/** A change, and the position from which to listen again in order to miss nothing behind it. */
type Take = (change: ToldChange, position: Position) => void

/** One feed, and who listens to it: a change is told to all of them before the next one is. */
class Hub {
  readonly started: Promise<void>
  readonly takers = new Set<Take>()
  readonly #of: string
  readonly #events: Events
  readonly #stop: () => void
  #start = () => {}
  #fail: (error: unknown) => void = () => {}

  constructor(of: string, events: Events, follow: Follow, wish: FeedWish) {
    this.#of = of
    this.#events = events
    this.started = new Promise((resolve, reject) => {
      this.#start = resolve
      this.#fail = reject
    })
    this.#stop = follow(wish, (event) => this.#hear(event))
  }

  join(take: Take, onEmpty: () => void): Listening {
    this.takers.add(take)
    const { started } = this
    return Object.assign(
      () => {
        if (!this.takers.delete(take) || this.takers.size > 0) return
        this.#stop()
        this.#start()
        onEmpty()
      },
      { started },
    )
  }

  #hear(event: FeedEvent): void {
    if (event.status === 'error') return this.#trouble(event.error as WherryError)
    this.#start()
    const { position } = event
    if (event.status === 'gap')
      return void this.#events.tell(`${this.#of}:gap`, { of: this.#of, position })
    const { changes, prev = position } = event
    changes.forEach((change, index) => {
      const after = index === changes.length - 1 ? position : prev
      // Whoever comes or leaves at the word of another is told the next one, or nothing more.
      for (const take of Array.from(this.takers)) if (this.takers.has(take)) take(change, after)
    })
  }

  #trouble(fault: WherryError): void {
    // Whoever listens to errors knows; else the promise tells, and be it as an unhandled rejection.
    const isHeard = this.#events.tell(`${this.#of}:error`, fault)
    // Nor is it news to anybody that what was closed tells nothing.
    if (isHeard || fault.code === 'NotConnected') this.started.catch(() => {})
    if (!fault.retryable) this.#fail(fault)
  }
}

/** Who listens to feeds, and to what is wrong with them, of collections or of channels. */
export class Events {
  readonly #follow: Follow
  /** Those that begin now and leave nothing out, by what they are of. */
  readonly #hubs = new Map<string, Hub>()
  readonly #listeners = new Map<string, Set<(event: GapEvent | WherryError) => void>>()

  constructor(follow: Follow) {
    this.#follow = follow
  }

  /** Listens to changes. Who shares what is `of` the same shares a feed, and hears it in its order. */
  listen(
    of: string,
    wish: FeedWish,
    isShared: boolean,
    take: Take,
    follow: Follow = this.#follow,
  ): Listening {
    let hub = isShared ? this.#hubs.get(of) : undefined
    if (hub === undefined) {
      hub = new Hub(of, this, follow, wish)
      if (isShared) this.#hubs.set(of, hub)
    }
    return hub.join(take, () => {
      if (this.#hubs.get(of) === hub) this.#hubs.delete(of)
    })
  }

  /** Listens to '<of what>:gap' or '<of what>:error'. */
  on(name: string, listener: (event: GapEvent | WherryError) => void): Listening {
    let listeners = this.#listeners.get(name)
    if (listeners === undefined) this.#listeners.set(name, (listeners = new Set()))
    const own = (event: GapEvent | WherryError) => listener(event)
    listeners.add(own)
    const stop = () => {
      if (listeners.delete(own) && listeners.size === 0) this.#listeners.delete(name)
    }
    return Object.assign(stop, { started: Promise.resolve() })
  }

  /** Returns whether anybody listens. */
  tell(name: string, event: GapEvent | WherryError): boolean {
    const listeners = this.#listeners.get(name)
    for (const listener of listeners ?? []) callListener(listener, event)
    return listeners !== undefined
  }
}

export function checkListener(name: string, listener: unknown): void {
  if (typeof listener === 'function') return
  throw invalidOptions(`on('${name}') takes a function, ${got(listener)}`)
}

export function checkSince(since: unknown): void {
  if (since === undefined || (typeof since === 'string' && /^[^:]+:/.test(since))) return
  throw invalidOptions(`'since' is the position of an event that was told before, ${got(since)}`)
}
