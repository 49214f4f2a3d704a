import type { LiveListener, WherryError } from '@wherry/core'
import type { Down } from '@wherry/core/protocol'
import type { Link } from '../connection/link.ts'
import type { Tenant } from '../connection/tenant.ts'
import type { Collections } from '../lib/schema.ts'
import type { Settings } from '../options.ts'
import { LiveQuery, type Subscriber, type Wish } from './live-query.ts'

/** All live queries. Those who ask the same share one. */
export class LiveQueries implements Tenant {
  readonly #settings: Settings
  readonly #queries = new Set<LiveQuery>()
  #collections: Collections | undefined
  #link: Link | undefined
  /** Why there is no connection, once one was tried. */
  #error: WherryError | undefined
  #isOver = false

  constructor(settings: Settings) {
    this.#settings = settings
  }

  subscribe(wish: Wish, listener: LiveListener): () => void {
    const query = new LiveQuery(wish, this.#settings)
    const subscriber: Subscriber = { listener, query, hasStarted: false }
    query.add(subscriber)
    if (this.#isOver) query.fail(this.#error!)
    else this.#take(query)
    return () => {
      if (subscriber.query.remove(subscriber)) this.#queries.delete(subscriber.query)
    }
  }

  welcomed(link: Link): void {
    this.#link = link
    this.#collections = link.collections
    this.#error = undefined
    const queries = Array.from(this.#queries)
    this.#queries.clear()
    for (const query of queries) this.#take(query)
  }

  receive(message: Down): void {
    for (const query of this.#queries) query.receive(message)
  }

  /** `close()` ends live queries without a word, a refusal with an error. */
  lost(makeError: () => WherryError, isEnd: boolean): void {
    const error = makeError()
    this.#link = undefined
    this.#error = error
    this.#isOver = isEnd
    for (const query of this.#queries) {
      if (!isEnd) query.lost(error)
      else if (error.code === 'NotConnected') query.stop()
      else query.fail(error)
    }
  }

  /** Lets a query go its way, or its subscribers that of a query that asks the same. */
  #take(query: LiveQuery): void {
    const isNew = query.form === undefined
    if (this.#collections !== undefined) query.prepare(this.#collections)
    for (const other of this.#queries) {
      if (isNew && query.form !== undefined && query.form === other.form && !other.isOver)
        return other.adopt(query)
    }
    this.#queries.add(query)
    if (this.#link !== undefined) query.start(this.#link)
    else if (this.#error !== undefined) query.lost(this.#error)
  }
}
