import type { WherryError } from '@wherry/core'
import type { FeedEvent, FeedListener, FeedWish, ToldChange } from '@wherry/core/channels'
import type { Down, WireChange } from '@wherry/core/protocol'
import { callMethods, encodeArguments } from '@wherry/core/query'
import { collectionOf, decodeRow } from '@wherry/core/schema'
import type { CollectionDefinition, Json } from '@wherry/core/schema'
import type { Link } from '../connection/link.ts'
import { asWherryError } from '../lib/errors.ts'
import { later } from '../lib/later.ts'
import type { Collections } from '../lib/schema.ts'
import { Follower, type Taker } from '../live/follower.ts'
import type { Settings } from '../options.ts'

/** The changes that the server tells one listener, each once, over whatever connections. */
export class Feed implements Taker {
  /** Nothing more will come of it. */
  isOver = false
  readonly #wish: FeedWish
  readonly #listener: FeedListener
  readonly #follower: Follower
  #collection: CollectionDefinition | undefined
  #query: Json | undefined

  constructor(wish: FeedWish, listener: FeedListener, settings: Settings) {
    this.#wish = wish
    this.#listener = listener
    this.#follower = new Follower(settings, this)
    this.#follower.offset = wish.since
  }

  /** Asks the server, for what was missed where something was told before. */
  start(link: Link, collections: Collections): void {
    if (this.isOver) return
    const { collection, query } = this.#wish
    try {
      this.#collection = collectionOf(collections, collection)
      // As it was when the listener came: what was encoded then goes for every connection.
      const encode = callMethods.find.args
      this.#query ??= encode(encodeArguments, this.#collection, [query])[0] as Json
      this.#follower.start(link, { collection, method: 'changes', query: this.#query })
    } catch (error) {
      this.fail(asWherryError(error))
    }
  }

  receive(message: Down): void {
    this.#follower.receive(message)
  }

  lost(): void {
    this.#follower.lost()
  }

  /** Ends without a word. */
  stop(): void {
    this.#follower.stop()
    this.isOver = true
  }

  take(changes: readonly WireChange[], position: string, isAll: boolean): void {
    const prev = this.#follower.offset
    // Where the server begins anew, what was missed before is lost.
    if (isAll && prev !== undefined) this.#tell({ status: 'gap', position })
    else {
      const told = isAll ? [] : changes.map((change) => this.#read(change))
      this.#tell({ status: 'live', changes: told, prev, position })
    }
  }

  stall(error: WherryError): void {
    this.#tell({ status: 'error', error })
  }

  fail(error: WherryError): void {
    this.#tell({ status: 'error', error })
    this.isOver = true
  }

  #read([type, json, before]: WireChange): ToldChange {
    const collection = this.#collection!
    const row = decodeRow(collection, json as Json)
    if (type === 'created') return { type, row, old: null }
    const old = type === 'updated' ? { ...row, ...decodeRow(collection, before) } : row
    return { type: type as 'updated' | 'deleted', row, old }
  }

  /** Not before what is under way here is done: the listener may do anything. */
  #tell(event: FeedEvent): void {
    later(() => this.#listener(event))
  }
}
