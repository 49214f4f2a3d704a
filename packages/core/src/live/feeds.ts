import type { Change, Position } from '../contract/change-log.ts'
import { callListener } from '../lib/call-listener.ts'
import { compileFilter } from '../query/evaluate.ts'
import type { CollectionDefinition } from '../schema/definition.ts'
import type { FeedEvent, FeedListener, ToldChange } from './feed-event.ts'
import type { FeedPlan } from './feed-plan.ts'
import { PredicateIndex } from './predicate-index.ts'

interface Feed {
  readonly listener: FeedListener
  readonly matches: (change: ToldChange) => boolean
  /** Up to where it has been told; undefined before it began. */
  position: Position | undefined
  changes: ToldChange[]
  /** Something cannot be told any more. */
  isLost: boolean
  /** Whether the last that it was told is an error. */
  hasError: boolean
}

/** So many changes of any collection may a feed be behind its tail, though none of them concerns it. */
const mostBehind = 1_000

/**
 * Those who listen to the changes of a collection, one by one, where live queries show what came of
 * them. The tail says when they begin, hands them what it reads, and lets them tell it.
 */
export class Feeds {
  readonly #feeds = new Set<Feed>()
  readonly #indexes = new Map<CollectionDefinition, PredicateIndex<Feed>>()
  /** Those that do not follow the log yet, or no longer. */
  readonly #waiting = new Set<Feed>()
  /** Those of which there is something to tell. */
  readonly #untold = new Set<Feed>()
  #followed = 0
  #error: unknown
  #starting: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined

  get isEmpty(): boolean {
    return this.#feeds.size === 0
  }

  /** Somebody relies on every change behind the tail's position. */
  get isFollowing(): boolean {
    return this.#feeds.size > this.#waiting.size
  }

  /** Those who are to begin at the newest position. */
  get waiting(): readonly Feed[] {
    return [...this.#waiting]
  }

  /** Why the log could not be read last. */
  get error(): unknown {
    return this.#error
  }

  /** Until all who listen are certain to be told what is committed next; undefined where they are. */
  get starting(): Promise<void> | undefined {
    return this.#starting?.promise
  }

  /** Listens to the changes of rows that match. Its first event has none. */
  add(plan: FeedPlan, listener: FeedListener): () => void {
    const told = { position: undefined, changes: [], isLost: false, hasError: false }
    const feed: Feed = { listener, matches: compileFeed(plan), ...told }
    const leave = this.#indexOf(plan.collection).add(plan.filter, feed)
    this.#feeds.add(feed)
    this.#waiting.add(feed)
    this.#starting ??= createStart()
    return () => {
      leave()
      this.#feeds.delete(feed)
      this.#waiting.delete(feed)
      this.#untold.delete(feed)
      this.#endStart()
    }
  }

  /** They are told from this position on. */
  begin(feeds: readonly Feed[], position: Position): void {
    for (const feed of feeds) {
      if (!this.#waiting.delete(feed)) continue
      const { isLost } = feed
      feed.isLost = feed.hasError = false
      feed.position = position
      tell(feed, isLost ? { status: 'gap', position } : { status: 'live', changes: [], position })
    }
    this.#endStart()
  }

  follow(entry: Change): void {
    this.#followed++
    const index = this.#indexes.get(entry.collection)
    if (index === undefined) return
    const change = toldChange(entry)
    index.forEachOf(change.row, (feed) => {
      // The index may find a feed more than once.
      if (this.#waiting.has(feed) || feed.changes.at(-1) === change) return
      if (!feed.matches(change)) return
      feed.changes.push(change)
      this.#untold.add(feed)
    })
  }

  /** The log has lost what comes behind this position: whoever followed begins anew, and is told. */
  lose(position: Position): void {
    for (const feed of this.#feeds) {
      if (this.#waiting.has(feed)) continue
      if (feed.changes.length > 0) tellChanges(feed, position)
      feed.isLost = true
      this.#waiting.add(feed)
    }
  }

  fail(error: unknown): void {
    this.#error = error
    // Whoever could not begin when it asked to may have missed something.
    for (const feed of this.#waiting) feed.isLost = true
    this.#starting?.resolve()
    this.#starting = undefined
  }

  /** The log can be read again, or is tried again. */
  recover(): void {
    this.#error = undefined
  }

  /** Tells everybody what there is up to the tail's position. */
  publish(position: Position | undefined): void {
    if (this.#error !== undefined) return this.#tellError(this.#error)
    if (this.#followed >= mostBehind) {
      for (const feed of this.#feeds) this.#untold.add(feed)
      this.#followed = 0
    }
    for (const feed of this.#untold) {
      if (this.#waiting.has(feed)) continue
      this.#untold.delete(feed)
      tellChanges(feed, position!)
    }
  }

  clear(): void {
    this.#feeds.clear()
    this.#indexes.clear()
    this.#waiting.clear()
    this.#untold.clear()
    this.#endStart()
  }

  #indexOf(collection: CollectionDefinition): PredicateIndex<Feed> {
    let index = this.#indexes.get(collection)
    if (index === undefined) this.#indexes.set(collection, (index = new PredicateIndex()))
    return index
  }

  #tellError(error: unknown): void {
    for (const feed of this.#feeds) {
      if (!feed.hasError) tell(feed, { status: 'error', error })
      feed.hasError = true
      this.#untold.add(feed)
    }
  }

  #endStart(): void {
    if (this.#waiting.size > 0) return
    this.#starting?.resolve()
    this.#starting = undefined
  }
}

/** Whether a change of its collection is one that a feed tells. */
export function compileFeed({ filter, types }: FeedPlan): (change: ToldChange) => boolean {
  const matches = compileFilter(filter)
  return ({ type, row }) => types.has(type) && matches(row)
}

export function toldChange({ old, row }: Change): ToldChange {
  const type = old === null ? 'created' : row === null ? 'deleted' : 'updated'
  return { type, row: (row ?? old)!, old }
}

function createStart(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((resolver) => (resolve = resolver))
  return { promise, resolve }
}

function tellChanges(feed: Feed, position: Position): void {
  const { changes, position: prev } = feed
  feed.changes = []
  feed.hasError = false
  feed.position = position
  tell(feed, { status: 'live', changes, prev, position })
}

function tell({ listener }: Feed, event: FeedEvent): void {
  callListener(listener, event)
}
