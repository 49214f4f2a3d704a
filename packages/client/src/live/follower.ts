import { backoffMs, type Timer, type WherryError } from '@wherry/core'
import type { Down, Subscribe, WireChange } from '@wherry/core/protocol'
import type { Link } from '../connection/link.ts'
import { writeMessage } from '../connection/message.ts'
import { asWherryError, readError } from '../lib/errors.ts'
import type { Settings } from '../options.ts'

/** What is asked for. */
export type Wish = Pick<Subscribe, 'collection' | 'method' | 'query'>

/** Who is told what comes of a wish. What it throws ends the following with that error. */
export interface Taker {
  /** All there is, or what has changed since it was told last; then it has what is of the offset. */
  take(changes: readonly WireChange[], offset: string, isAll: boolean): void
  /** What it has is not up to date. */
  stall(error: WherryError): void
  /** Nothing more will come. */
  fail(error: WherryError): void
}

/** What was asked of the server over a connection. */
interface Subscription {
  readonly link: Link
  readonly wish: Wish
  readonly id: number
  channel?: string
  /** Its taker has what is of the offset. Else that, or what was missed, is coming. */
  isCurrent: boolean
  /** What has come of that. */
  coming: WireChange[]
}

/** Follows what the server tells of one wish, over whatever connections, and never past a gap. */
export class Follower {
  /** Names the state up to which its taker was told. */
  offset: string | undefined
  readonly #settings: Settings
  readonly #taker: Taker
  #subscription: Subscription | undefined
  #failures = 0
  #retry: Timer

  constructor(settings: Settings, taker: Taker) {
    this.#settings = settings
    this.#taker = taker
  }

  /** Asks the server, for what was missed where there is an offset. Throws TooLarge. */
  start(link: Link, wish: Wish): void {
    const id = this.#settings.nextId()
    link.send(writeMessage({ type: 'subscribe', id, ...wish, after: this.offset }))
    this.#subscription = { link, wish, id, isCurrent: false, coming: [] }
  }

  receive(message: Down): void {
    try {
      if (this.#subscription !== undefined) this.#take(this.#subscription, message)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** There is no connection, until it is started again. */
  lost(): void {
    this.#subscription = undefined
    this.#settings.runtime.clearTimeout(this.#retry)
  }

  stop(): void {
    const { link, id } = this.#subscription ?? {}
    link?.send(writeMessage({ type: 'unsubscribe', id: id! }))
    this.lost()
  }

  #take(subscription: Subscription, message: Down): void {
    const { id, channel } = subscription
    if (message.type === 'push') {
      if (message.channel === channel) this.#follow(subscription, message)
    } else if (message.type === 'stalled') {
      if (message.channel === channel) this.#taker.stall(readError(message))
    } else if ('id' in message && message.id === id) {
      switch (message.type) {
        case 'subscribed':
          subscription.channel = message.channel
          return
        case 'reset':
          subscription.isCurrent = false
          subscription.coming = []
          return
        case 'snapshot': {
          const rows = message.rows.map((row): WireChange => ['put', row])
          return this.#collect(subscription, rows, message.offset, true)
        }
        case 'missed':
          return this.#collect(subscription, message.changes, message.offset, false)
        case 'error':
          return this.#refused(subscription, readError(message))
        default:
      }
    }
  }

  #follow(subscription: Subscription, message: Extract<Down, { type: 'push' }>): void {
    const { prev, offset, changes } = message
    // While something is coming, it is newer than this, or the next push will show the gap.
    if (!subscription.isCurrent) return
    // What is known already changes nothing, but says that the channel does not stand still.
    if (offset === this.offset) return this.#tell([], offset, false)
    if (prev === this.offset) return this.#tell(changes, offset, false)
    this.stop()
    this.start(subscription.link, subscription.wish)
  }

  #collect(
    subscription: Subscription,
    part: readonly WireChange[],
    offset: string | undefined,
    isAll: boolean,
  ): void {
    subscription.coming.push(...part)
    if (offset === undefined) return
    subscription.isCurrent = true
    this.#tell(subscription.coming.splice(0), offset, isAll)
  }

  #tell(changes: readonly WireChange[], offset: string, isAll: boolean): void {
    this.#taker.take(changes, offset, isAll)
    this.offset = offset
    this.#failures = 0
  }

  #refused({ link, wish }: Subscription, error: WherryError): void {
    this.lost()
    if (!error.retryable) return this.#taker.fail(error)
    this.#taker.stall(error)
    const { runtime, baseMs, capMs } = this.#settings
    const delayMs = backoffMs(runtime, ++this.#failures, baseMs, capMs)
    this.#retry = runtime.setTimeout(() => this.start(link, wish), delayMs)
  }

  #fail(error: unknown): void {
    this.stop()
    this.#taker.fail(asWherryError(error))
  }
}
