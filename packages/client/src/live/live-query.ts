import type { LiveListener, RowChange, WherryError } from '@wherry/core'
import type { Down, WireChange } from '@wherry/core/protocol'
import { callMethods, encodeArguments } from '@wherry/core/query'
import { canonicalJson, collectionOf } from '@wherry/core/schema'
import type { CollectionDefinition, Json } from '@wherry/core/schema'
import type { Link } from '../connection/link.ts'
import { asWherryError } from '../lib/errors.ts'
import { later } from '../lib/later.ts'
import type { Collections } from '../lib/schema.ts'
import type { Settings } from '../options.ts'
import { Follower, type Taker } from './follower.ts'
import { Groups } from './groups.ts'
import type { Kept } from './kept.ts'
import { OrderedRows } from './ordered-rows.ts'

/** What a subscriber asks for. */
export interface Wish {
  readonly collection: string
  readonly method: 'find' | 'aggregate'
  readonly query: unknown
}

export interface Subscriber {
  readonly listener: LiveListener
  /** The query that it shares with those who ask the same. */
  query: LiveQuery
  /** Whether it has been told anything. */
  hasStarted: boolean
}

/** One query that the server keeps up to date, and everybody here who listens to it. */
export class LiveQuery implements Taker {
  /** The same for all who ask the same, once the schema is known. */
  form: string | undefined
  /** Nothing more will come of it. */
  isOver = false
  readonly #wish: Wish
  readonly #follower: Follower
  readonly #subscribers = new Set<Subscriber>()
  #json: Json | undefined
  #collection: CollectionDefinition | undefined
  #rows: Kept | undefined
  /** Why the rows are not up to date. */
  #error: WherryError | undefined
  /** What subscribers have not been told yet. */
  #steps: RowChange[] = []
  #isNews = false
  #isTelling = false

  constructor(wish: Wish, settings: Settings) {
    this.#wish = wish
    this.#follower = new Follower(settings, this)
  }

  add(subscriber: Subscriber): void {
    subscriber.query = this
    this.#subscribers.add(subscriber)
    if (this.#follower.offset !== undefined || this.#error !== undefined) this.#tellLater()
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
      const { method, query } = this.#wish
      const [json = {}] = callMethods[method].args(encodeArguments, collection, [query]) as [Json?]
      this.#json = json
      this.form = `${method} ${collection.name} ${canonicalJson(json)}`
      if (collection === this.#collection) return
      // Another schema: whatever was there is there no more.
      this.#steps.push(...(this.#rows?.follow([], true) ?? []))
      this.#rows =
        method === 'find'
          ? new OrderedRows(collection, (query as { orderBy?: unknown } | null)?.orderBy)
          : new Groups(collection, query)
      this.#collection = collection
      this.#follower.offset = undefined
    } catch (error) {
      this.fail(error)
    }
  }

  /** Asks the server, for what was missed where there are rows already. */
  start(link: Link): void {
    if (this.isOver) return
    try {
      const { collection, method } = this.#wish
      const asked = { collection, query: this.#json! }
      this.#follower.start(link, method === 'find' ? asked : { ...asked, method })
    } catch (error) {
      this.fail(error)
    }
  }

  receive(message: Down): void {
    this.#follower.receive(message)
  }

  /** Until it is started again. */
  lost(error: WherryError): void {
    if (this.isOver) return
    this.#follower.lost()
    this.stall(error)
  }

  /** Ends with an error, unless it has ended before. */
  fail(error: unknown): void {
    this.lost(asWherryError(error))
    this.isOver = true
  }

  /** Ends without a word. */
  stop(): void {
    this.#follower.stop()
    this.#subscribers.clear()
    this.isOver = true
  }

  /** The rows have become those of an offset. */
  take(changes: readonly WireChange[], _offset: string, isAll: boolean): void {
    const steps = this.#rows!.follow(changes, isAll)
    for (const step of steps ?? []) this.#steps.push(step)
    this.#isNews ||= steps !== undefined || this.#error !== undefined
    this.#error = undefined
    this.#tellLater()
  }

  /** The rows are not up to date. Whoever knows need not be told again. */
  stall(error: WherryError): void {
    this.#isNews ||= this.#error?.code !== error.code
    this.#error = error
    this.#tellLater()
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
      const position = this.#follower.offset!
      later(() => {
        // It may have left since, at another listener's word.
        if (!this.#subscribers.has(subscriber)) return
        if (error === undefined) listener({ ...event, status: 'live', position })
        else listener({ ...event, status: 'error', error })
      })
    }
  }
}
