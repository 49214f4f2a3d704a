import { WherryError, type LiveListener } from '@wherry/core'
import type { Down } from '@wherry/core/protocol'
import type { Link } from '../connection/link.ts'
import type { Tenant } from '../connection/tenant.ts'
import { asWherryError } from '../lib/errors.ts'
import { later } from '../lib/later.ts'
import type { Collections } from '../lib/schema.ts'
import { tell } from '../lib/tell.ts'
import type { Settings } from '../options.ts'
import { LiveQuery, type Subscriber } from './live-query.ts'
import { prepare, type Wish } from './prepare.ts'

/** Somebody who listens, and stops by this. */
interface Listening extends Subscriber {
  readonly wish: Wish
  stop(): void
}

/** All live queries. Those who ask the same share one. */
export class LiveQueries implements Tenant {
  readonly #settings: Settings
  readonly #nextId: () => number
  readonly #queries = new Map<string, LiveQuery>()
  /** Those who asked before the schema was known. */
  readonly #early = new Set<Listening>()
  #collections: Collections | undefined
  #link: Link | undefined
  /** Why there is no connection, once one was tried. */
  #error: WherryError | undefined
  #isOver = false

  constructor(settings: Settings, nextId: () => number) {
    this.#settings = settings
    this.#nextId = nextId
  }

  /** The first event comes later, in a turn of its own. */
  subscribe(wish: Wish, listener: LiveListener): () => void {
    const listening: Listening = {
      wish,
      listener,
      hasStarted: false,
      stop: () => void this.#early.delete(listening),
    }
    if (this.#collections !== undefined && !this.#isOver) this.#join(listening, this.#collections)
    else {
      this.#early.add(listening)
      if (this.#error !== undefined) this.#failLater(listening, this.#error)
    }
    return () => listening.stop()
  }

  welcomed(link: Link): void {
    const { collections } = link.peer
    this.#link = link
    this.#collections = collections
    this.#error = undefined
    for (const query of this.#queries.values()) {
      try {
        if (!query.hasFailed) query.start(link, prepare(collections, query.wish))
      } catch (error) {
        query.fail(asWherryError(error))
      }
    }
    for (const listening of this.#early) this.#join(listening, collections)
    this.#early.clear()
  }

  receive(message: Down): void {
    for (const query of this.#queries.values()) query.receive(message)
  }

  lost(cause: WherryError): void {
    const error = new WherryError('NotConnected', cause.message, {}, cause)
    this.#link = undefined
    this.#error = error
    for (const query of this.#queries.values()) if (!query.hasFailed) query.lost(error)
    for (const listening of this.#early) if (!listening.hasStarted) fail(listening, error)
  }

  /** `close()` ends live queries without a word, a refusal with an error. */
  ended(makeError: () => WherryError): void {
    const error = makeError()
    const isRefused = error.code === 'ConnectionRefused'
    this.#link = undefined
    this.#error = error
    this.#isOver = true
    for (const query of this.#queries.values()) {
      if (isRefused && !query.hasFailed) query.fail(error)
      else query.stop()
    }
    if (isRefused) for (const listening of this.#early) fail(listening, error)
    this.#queries.clear()
    this.#early.clear()
  }

  #join(listening: Listening, collections: Collections): void {
    try {
      const prepared = prepare(collections, listening.wish)
      const { form } = prepared
      const present = this.#queries.get(form)
      const query =
        present === undefined || present.hasFailed
          ? new LiveQuery(prepared, this.#settings, this.#nextId)
          : present
      if (query !== present) {
        this.#queries.set(form, query)
        if (this.#link !== undefined) query.start(this.#link, prepared)
        else if (this.#error !== undefined) query.lost(this.#error)
      }
      query.add(listening)
      listening.stop = () => {
        if (!query.remove(listening) || this.#queries.get(form) !== query) return
        this.#queries.delete(form)
      }
    } catch (error) {
      this.#failLater(listening, asWherryError(error))
    }
  }

  #failLater(listening: Listening, error: WherryError): void {
    let isStopped = false
    const { stop } = listening
    listening.stop = () => {
      isStopped = true
      stop()
    }
    later(() => {
      if (!isStopped && !listening.hasStarted) fail(listening, error)
    })
  }
}

function fail(subscriber: Subscriber, error: WherryError): void {
  subscriber.hasStarted = true
  tell(subscriber.listener, { rows: [], changes: [], status: 'error', error })
}
