import { backoffMs } from '@wherry/core'
import type { LiveListener, RowChange, Timer, WherryError } from '@wherry/core'
import type { Down, Push, WireChange } from '@wherry/core/protocol'
import { decodeRow, type Json } from '@wherry/core/schema'
import type { Link } from '../connection/link.ts'
import { writeMessage } from '../connection/message.ts'
import { asWherryError, readError } from '../lib/errors.ts'
import { later } from '../lib/later.ts'
import { tell } from '../lib/tell.ts'
import type { Settings } from '../options.ts'
import type { PreparedQuery, Wish } from './prepare.ts'
import { OrderedRows, type Row } from './ordered-rows.ts'

export interface Subscriber {
  readonly listener: LiveListener
  /** Whether it has been told anything. */
  hasStarted: boolean
}

type Change = readonly ['put' | 'remove', Row]

type State =
  /** There is no connection. */
  | { readonly is: 'away' }
  /** The server could not answer for now. */
  | { readonly is: 'pausing'; readonly timer: Timer }
  /** The rows, or what was missed of them, are coming, in parts. */
  | Asked
  /** The rows are those of the offset; what changes comes by the channel. */
  | Following
  /** By an error that asking again would not change. */
  | { readonly is: 'failed' }

interface Following {
  readonly is: 'following'
  readonly link: Link
  readonly id: number
  /** Empty until the server has named it. */
  readonly channel: string
}

interface Asked extends Omit<Following, 'is'> {
  readonly is: 'asked'
  readonly rows: Row[]
  readonly changes: Change[]
}

type Subscribed = Asked | Following

/** One query that the server keeps up to date, and everybody here who listens to it. */
export class LiveQuery {
  readonly #subscribers = new Set<Subscriber>()
  readonly #settings: Settings
  readonly #nextId: () => number
  #query: PreparedQuery
  #rows: OrderedRows
  /** Names the state of the database that the rows are. */
  #offset: string | undefined
  /** Why the rows are not up to date. */
  #error: WherryError | undefined
  #untold: RowChange[] = []
  #failures = 0
  #state: State = { is: 'away' }

  constructor(query: PreparedQuery, settings: Settings, nextId: () => number) {
    this.#settings = settings
    this.#nextId = nextId
    this.#query = query
    this.#rows = rowsOf(query)
  }

  get wish(): Wish {
    return this.#query.wish
  }

  /** Nothing more will come of it. */
  get hasFailed(): boolean {
    return this.#state.is === 'failed'
  }

  /** Tells a subscriber how things stand, unless it hears of it otherwise before. */
  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber)
    if (this.#offset === undefined && this.#error === undefined) return
    later(() => {
      if (!subscriber.hasStarted && this.#subscribers.has(subscriber)) this.#tell(subscriber, [])
    })
  }

  /** Returns whether nobody listens any more; then it has ended. */
  remove(subscriber: Subscriber): boolean {
    const isLast = this.#subscribers.delete(subscriber) && this.#subscribers.size === 0
    if (isLast) this.stop()
    return isLast
  }

  /** There is a connection, and this is the query by its schema. */
  start(link: Link, query: PreparedQuery): void {
    if (query.collection !== this.#query.collection) {
      this.#untold.push(...this.#rows.replace([]))
      this.#rows = rowsOf(query)
      this.#offset = undefined
    }
    this.#query = query
    this.#subscribe(link)
  }

  receive(message: Down): void {
    try {
      this.#take(message)
    } catch (error) {
      this.#unsubscribe()
      this.fail(asWherryError(error))
    }
  }

  lost(error: WherryError): void {
    this.#become({ is: 'away' })
    this.#stall(error)
  }

  /** Ends with an error. */
  fail(error: WherryError): void {
    this.#become({ is: 'failed' })
    this.#stall(error)
  }

  /** Ends without a word. */
  stop(): void {
    this.#unsubscribe()
    this.#become({ is: 'failed' })
  }

  #take(message: Down): void {
    const state = this.#state
    if (state.is !== 'asked' && state.is !== 'following') return
    if (message.type === 'push') return this.#push(state, message)
    if (message.type === 'stalled') {
      if (message.channel === state.channel) this.#stall(readError(message))
      return
    }
    if (!('id' in message) || message.id !== state.id) return
    switch (message.type) {
      case 'subscribed':
        return this.#become({ ...this.#asked(state), channel: message.channel })
      case 'reset':
        return this.#become({ ...this.#asked(state), rows: [], changes: [] })
      case 'snapshot': {
        const { collection } = this.#query
        const asked = this.#asked(state)
        for (const row of message.rows) asked.rows.push(decodeRow(collection, row))
        if (message.offset === undefined) return
        return this.#follow(asked, this.#rows.replace(asked.rows), message.offset)
      }
      case 'missed': {
        const asked = this.#asked(state)
        asked.changes.push(...this.#read(message.changes))
        if (message.offset === undefined) return
        return this.#follow(asked, this.#rows.apply(asked.changes), message.offset)
      }
      case 'error':
        return this.#refused(state.link, readError(message))
      default:
        return
    }
  }

  #push({ is, link, id, channel }: Subscribed, push: Push): void {
    // While rows are coming, they are newer than this, or the next push will show the gap.
    if (is === 'asked' || push.channel !== channel || push.offset === this.#offset) return
    if (push.prev === this.#offset) {
      const steps = this.#rows.apply(this.#read(push.changes))
      return this.#follow({ link, id, channel }, steps, push.offset)
    }
    this.#unsubscribe()
    this.#subscribe(link)
  }

  /** What is being received; rows that come unasked are the first of a snapshot. */
  #asked(state: Subscribed): Asked {
    if (state.is === 'asked') return state
    const asked: Asked = { ...state, is: 'asked', rows: [], changes: [] }
    this.#become(asked)
    return asked
  }

  /** The rows have become those of an offset. */
  #follow({ link, id, channel }: Omit<Following, 'is'>, steps: RowChange[], offset: string): void {
    const wasStalled = this.#error !== undefined
    this.#become({ is: 'following', link, id, channel })
    this.#offset = offset
    this.#error = undefined
    this.#failures = 0
    this.#untold.push(...steps)
    this.#publish(wasStalled)
  }

  #refused(link: Link, error: WherryError): void {
    if (!error.retryable) return this.fail(error)
    const { runtime, baseMs, capMs } = this.#settings
    const delayMs = backoffMs(runtime, ++this.#failures, baseMs, capMs)
    const timer = runtime.setTimeout(() => this.#subscribe(link), delayMs)
    this.#become({ is: 'pausing', timer })
    this.#stall(error)
  }

  #subscribe(link: Link): void {
    const id = this.#nextId()
    const { collection, json: query } = this.#query
    const after = this.#offset
    this.#become({ is: 'asked', link, id, channel: '', rows: [], changes: [] })
    try {
      link.send(writeMessage({ type: 'subscribe', id, collection: collection.name, query, after }))
    } catch (error) {
      this.fail(asWherryError(error))
    }
  }

  #unsubscribe(): void {
    const state = this.#state
    if ('link' in state) state.link.send(writeMessage({ type: 'unsubscribe', id: state.id }))
  }

  #become(state: State): void {
    if (this.#state.is === 'pausing') this.#settings.runtime.clearTimeout(this.#state.timer)
    this.#state = state
  }

  #read(changes: readonly WireChange[]): Change[] {
    const { collection } = this.#query
    return changes.map((change): Change => {
      if (change[0] === 'put') return ['put', decodeRow(collection, change[1])]
      const key = collection.key.map(({ name }, index) => [name, change[1][index]])
      return ['remove', decodeRow(collection, Object.fromEntries(key) as Json)]
    })
  }

  /** The rows are not up to date. Whoever knows need not be told again. */
  #stall(error: WherryError): void {
    const isNews = this.#error?.code !== error.code
    this.#error = error
    this.#publish(isNews)
  }

  /** Tells everybody of the steps since they were last told. */
  #publish(isNews: boolean): void {
    const steps = this.#untold
    this.#untold = []
    for (const subscriber of this.#subscribers) {
      if (!subscriber.hasStarted) this.#tell(subscriber, [])
      else if (isNews || steps.length > 0) this.#tell(subscriber, steps)
    }
  }

  #tell(subscriber: Subscriber, changes: readonly RowChange[]): void {
    const rows = this.#rows.all
    const error = this.#error
    subscriber.hasStarted = true
    tell(
      subscriber.listener,
      error === undefined
        ? { rows, changes, status: 'live', position: this.#offset! }
        : { rows, changes, status: 'error', error },
    )
  }
}

function rowsOf({ collection, wish }: PreparedQuery): OrderedRows {
  const query = wish.query as { readonly orderBy?: unknown } | null | undefined
  return new OrderedRows(collection, query?.orderBy)
}
