import { backoffMs } from '@wherry/core'
import type { LiveListener, RowChange, Timer, WherryError } from '@wherry/core'
import type { Down, WireChange } from '@wherry/core/protocol'
import { callMethods, encodeArguments } from '@wherry/core/query'
import { canonicalJson, collectionOf, decodeRow } from '@wherry/core/schema'
import type { CollectionDefinition, Json } from '@wherry/core/schema'
import type { Link } from '../connection/link.ts'
import { writeMessage } from '../connection/message.ts'
import { asWherryError, readError } from '../lib/errors.ts'
import { later } from '../lib/later.ts'
import type { Collections } from '../lib/schema.ts'
import type { Settings } from '../options.ts'
import { OrderedRows, type Change } from './ordered-rows.ts'

/** What a subscriber asks for. */
export interface Wish {
  readonly collection: string
  readonly query: unknown
}

export interface Subscriber {
  readonly listener: LiveListener
  /** The query that it shares with those who ask the same. */
  query: LiveQuery
  /** Whether it has been told anything. */
  hasStarted: boolean
}

/** What was asked of the server over a connection. */
interface Subscription {
  readonly link: Link
  readonly id: number
  channel?: string
  /** The rows are those of the offset. Else they, or what was missed of them, are coming. */
  isCurrent: boolean
  /** What has come of that. */
  coming: Change[]
}

/** One query that the server keeps up to date, and everybody here who listens to it. */
export class LiveQuery {
  /** The same for all who ask the same, once the schema is known. */
  form: string | undefined
  /** Nothing more will come of it. */
  isOver = false
  readonly #wish: Wish
  readonly #settings: Settings
  readonly #subscribers = new Set<Subscriber>()
  #json: Json | undefined
  #collection: CollectionDefinition | undefined
  #rows: OrderedRows | undefined
  /** Names the state of the database that the rows are. */
  #offset: string | undefined
  /** Why the rows are not up to date. */
  #error: WherryError | undefined
  #subscription: Subscription | undefined
  #failures = 0
  #retry: Timer
  /** What subscribers have not been told yet. */
  #steps: RowChange[] = []
  #isNews = false
  #isTelling = false

  constructor(wish: Wish, settings: Settings) {
    this.#wish = wish
    this.#settings = settings
  }

  add(subscriber: Subscriber): void {
    subscriber.query = this
    this.#subscribers.add(subscriber)
    if (this.#offset !== undefined || this.#error !== undefined) this.#tellLater()
  }

  /** Returns whether nobody listens any more; then it has ended. */
  remove(subscriber: Subscriber): boolean {
    this.#subscribers.delete(subscriber)
    if (this.#subscribers.size > 0) return false
    this.stop()
    return true
  }

  /** Takes over who listens to another, which has had no rows yet. */
  adopt(other: LiveQuery): void {
    for (const subscriber of other.#subscribers) this.add(subscriber)
  }

  /** Reads the query by the schema. What is wrong with the rest of it the server will tell. */
  prepare(collections: Collections): void {
    try {
      const collection = collectionOf(collections, this.#wish.collection)
      const { query } = this.#wish
      const [json = {}] = callMethods.find.args(encodeArguments, collection, [query]) as [Json?]
      this.#json = json
      this.form = collection.name + canonicalJson(json)
      if (collection === this.#collection) return
      // Another schema: whatever was there is there no more.
      this.#steps.push(...(this.#rows?.replace([]) ?? []))
      this.#rows = new OrderedRows(collection, (query as { orderBy?: unknown } | null)?.orderBy)
      this.#collection = collection
      this.#offset = undefined
    } catch (error) {
      this.fail(error)
    }
  }

  /** Asks the server, for what was missed where there are rows already. */
  start(link: Link): void {
    if (this.isOver) return
    const id = this.#settings.nextId()
    const { collection } = this.#wish
    try {
      const [query, after] = [this.#json!, this.#offset]
      link.send(writeMessage({ type: 'subscribe', id, collection, query, after }))
      this.#subscription = { link, id, isCurrent: false, coming: [] }
    } catch (error) {
      this.fail(error)
    }
  }

  receive(message: Down): void {
    try {
      if (this.#subscription !== undefined) this.#take(this.#subscription, message)
    } catch (error) {
      this.#unsubscribe()
      this.fail(error)
    }
  }

  /** Until it is started again. */
  lost(error: WherryError): void {
    if (this.isOver) return
    this.#end()
    this.#stall(error)
  }

  /** Ends with an error, unless it has ended before. */
  fail(error: unknown): void {
    this.lost(asWherryError(error))
    this.isOver = true
  }

  /** Ends without a word. */
  stop(): void {
    this.#unsubscribe()
    this.#end()
    this.#subscribers.clear()
    this.isOver = true
  }

  #end(): void {
    this.#subscription = undefined
    this.#settings.runtime.clearTimeout(this.#retry)
  }

  #take(subscription: Subscription, message: Down): void {
    const { link, id, channel, isCurrent } = subscription
    if (message.type === 'push') {
      const { prev, offset, changes } = message
      // While rows are coming, they are newer than this, or the next push will show the gap.
      if (message.channel !== channel || !isCurrent) return
      // What is known already changes nothing, but says that the channel does not stand still.
      if (offset === this.#offset) return this.#follow([], offset)
      if (prev === this.#offset) return this.#follow(this.#rows!.apply(this.#read(changes)), offset)
      this.#unsubscribe()
      this.start(link)
    } else if (message.type === 'stalled') {
      if (message.channel === channel) this.#stall(readError(message))
    } else if ('id' in message && message.id === id) {
      switch (message.type) {
        case 'subscribed':
          subscription.channel = message.channel
          return
        case 'reset':
          subscription.isCurrent = false
          subscription.coming = []
          return
        case 'snapshot':
          return this.#collect(
            message.rows.map((row) => ['put', row]),
            message.offset,
            'replace',
          )
        case 'missed':
          return this.#collect(message.changes, message.offset, 'apply')
        case 'error':
          return this.#refused(link, readError(message))
        default:
      }
    }
  }

  #collect(
    part: readonly WireChange[],
    offset: string | undefined,
    how: 'replace' | 'apply',
  ): void {
    const { coming } = this.#subscription!
    coming.push(...this.#read(part))
    if (offset === undefined) return
    this.#follow(this.#rows![how](coming.splice(0)), offset)
    this.#subscription!.isCurrent = true
  }

  /** The rows have become those of an offset. */
  #follow(steps: RowChange[], offset: string): void {
    this.#steps.push(...steps)
    this.#isNews ||= this.#error !== undefined
    this.#offset = offset
    this.#error = undefined
    this.#failures = 0
    this.#tellLater()
  }

  #refused(link: Link, error: WherryError): void {
    if (!error.retryable) return this.fail(error)
    this.lost(error)
    const { runtime, baseMs, capMs } = this.#settings
    const delayMs = backoffMs(runtime, ++this.#failures, baseMs, capMs)
    this.#retry = runtime.setTimeout(() => this.start(link), delayMs)
  }

  /** The rows are not up to date. Whoever knows need not be told again. */
  #stall(error: WherryError): void {
    this.#isNews ||= this.#error?.code !== error.code
    this.#error = error
    this.#tellLater()
  }

  #unsubscribe(): void {
    const { link, id } = this.#subscription ?? {}
    link?.send(writeMessage({ type: 'unsubscribe', id: id! }))
  }

  #read(changes: readonly WireChange[]): Change[] {
    const collection = this.#collection!
    return changes.map(([operation, value]) => {
      if (operation === 'put') return [decodeRow(collection, value), true]
      const key = collection.key.map(({ name }, index) => [name, value[index]])
      return [decodeRow(collection, Object.fromEntries(key) as Json), false]
    })
  }

  /** Once for all that happens in this turn, and never before `subscribe()` has returned. */
  #tellLater(): void {
    if (!this.#isTelling) later(() => this.#tell())
    this.#isTelling = true
  }

  #tell(): void {
    const error = this.#error
    const rows = this.#rows?.all ?? []
    const steps = this.#steps
    const isNews = this.#isNews || steps.length > 0
    this.#steps = []
    this.#isNews = this.#isTelling = false
    for (const subscriber of this.#subscribers) {
      const { listener, hasStarted } = subscriber
      if (hasStarted && !isNews) continue
      subscriber.hasStarted = true
      const event = { rows, changes: hasStarted ? steps : [] }
      const position = this.#offset!
      later(() => {
        // It may have left since, at another listener's word.
        if (!this.#subscribers.has(subscriber)) return
        if (error === undefined) listener({ ...event, status: 'live', position })
        else listener({ ...event, status: 'error', error })
      })
    }
  }
}
