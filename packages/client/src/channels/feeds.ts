import type { FeedListener, FeedWish } from '@wherry/core/channels'
import type { WherryError } from '@wherry/core'
import type { Down } from '@wherry/core/protocol'
import type { Link } from '../connection/link.ts'
import type { Tenant } from '../connection/tenant.ts'
import { copy } from '../lib/copy.ts'
import type { Settings } from '../options.ts'
import { Feed } from './feed.ts'

/** All feeds of changes. */
export class Feeds implements Tenant {
  readonly #settings: Settings
  readonly #feeds = new Set<Feed>()
  #link: Link | undefined
  /** Why there will be no connection any more. */
  #end: WherryError | undefined

  constructor(settings: Settings) {
    this.#settings = settings
  }

  follow(wish: FeedWish, listener: FeedListener): () => void {
    let isOver = false
    const feed = new Feed(copy(wish), (event) => isOver || listener(event), this.#settings)
    this.#feeds.add(feed)
    if (this.#end !== undefined) feed.fail(this.#end)
    else if (this.#link !== undefined) feed.start(this.#link, this.#link.collections)
    return () => {
      isOver = true
      this.#feeds.delete(feed)
      feed.stop()
    }
  }

  welcomed(link: Link): void {
    this.#link = link
    for (const feed of this.#feeds) feed.start(link, link.collections)
  }

  receive(message: Down): void {
    for (const feed of this.#feeds) feed.receive(message)
  }

  /** The connection's own events tell of it; only its end is the end of the feeds, too. */
  lost(makeError: () => WherryError, isEnd: boolean): void {
    this.#link = undefined
    if (isEnd) this.#end = makeError()
    for (const feed of this.#feeds) {
      feed.lost()
      if (isEnd) feed.fail(makeError())
    }
  }
}
