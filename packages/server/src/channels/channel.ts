import type { LiveEvent } from '@wherry/core'
import type { LiveSource } from '@wherry/core/gate'
import type { Down, WireChange } from '@wherry/core/protocol'
import type { Settings } from '../options.ts'
import type { Session } from '../session/session.ts'
import { toChunks } from './chunks.ts'
import type { Subscription } from './subscription.ts'

/** The rows of a channel at one moment. */
interface Present {
  readonly offset: string
  readonly rows: LiveEvent['rows']
  /** The rows as JSON, in parts; made when the first subscriber needs them, for all who follow. */
  chunks?: readonly string[]
}

/** One query, and all who follow it. What it says is written once, whoever reads it. */
export class Channel {
  readonly name: string
  readonly source: LiveSource
  readonly #settings: Settings
  readonly #onEmpty: () => void
  readonly #subscriptions = new Set<Subscription>()
  readonly #unsubscribe: () => void
  #present: Present | undefined
  /** What was last told of the database, while it cannot be read. */
  #stalled: Down | undefined

  constructor(name: string, source: LiveSource, settings: Settings, onEmpty: () => void) {
    this.name = name
    this.source = source
    this.#settings = settings
    this.#onEmpty = onEmpty
    this.#unsubscribe = source.subscribe((event) => this.#hear(event))
  }

  /** Where its rows are, once it has any. */
  get offset(): string | undefined {
    return this.#present?.offset
  }

  join(subscription: Subscription): void {
    this.#subscriptions.add(subscription)
    subscription.joined(this)
    if (this.#stalled !== undefined) subscription.session.send(this.#stalled)
    else if (this.#present !== undefined) subscription.start()
  }

  leave(subscription: Subscription): void {
    this.#subscriptions.delete(subscription)
    if (this.#subscriptions.size > 0) return
    this.close()
    this.#onEmpty()
  }

  close(): void {
    this.#unsubscribe()
  }

  /** All rows as JSON arrays, each of a length that a client can take in at a time. */
  chunks(): readonly string[] {
    const present = this.#present!
    present.chunks ??= toChunks(present.rows.map((row) => JSON.stringify(this.source.encode(row))))
    return present.chunks
  }

  #hear(event: LiveEvent): void {
    if (event.status === 'error') return this.#stall(event.error)
    const prev = this.#present?.offset
    const offset = event.position!
    this.#present = { offset, rows: event.rows }
    this.#stalled = undefined
    const waiting = Array.from(this.#subscriptions).filter(({ isWaiting }) => isWaiting)
    if (prev !== undefined) this.#push(prev, offset, event)
    for (const subscription of waiting) subscription.start()
  }

  #push(prev: string, offset: string, event: LiveEvent): void {
    const changes = event.changes.map((change): WireChange => {
      if (change.type === 'remove') return this.source.remove(change.row)
      return this.source.put(change.row)
    })
    const { name: channel } = this
    this.#tell({ type: 'push', channel, prev, offset, changes }, (each) => each.follow(changes))
  }

  #stall(error: unknown): void {
    const { code, message } = this.#settings.gate.tell(error, undefined)
    this.#stalled = { type: 'stalled', channel: this.name, code, message }
    this.#tell(this.#stalled, () => true)
    if (this.#settings.gate.isPrivate(error)) this.#settings.onError(error)
  }

  /** Once for each session, though one may have subscribed twice. */
  #tell(message: Down, isFor: (subscription: Subscription) => boolean): void {
    const text = JSON.stringify(message)
    const sessions = new Set<Session>()
    for (const each of this.#subscriptions) if (isFor(each)) sessions.add(each.session)
    for (const session of sessions) session.send(text)
  }
}
