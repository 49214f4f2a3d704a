import { startMutation, type LiveListener, type Mutation } from '@wherry/core'
import { remember, type ReadMethod, type WriteMethod } from '@wherry/core/query'
import type { Calls } from '../connection/calls.ts'
import { copy } from '../lib/copy.ts'
import type { LiveQueries } from '../live/live-queries.ts'
import { streamPages, type PageOf } from './stream.ts'

type Row = Record<string, unknown>

/** What the collections of a client have in common. */
export interface Means {
  readonly calls: Calls
  readonly live: LiveQueries
  readonly newId: () => string
}

/**
 * The methods of one collection, as `CollectionHandle` of the core documents them. What they are
 * given is checked as far as it has to be in order to be sent; the rest is the server's to refuse.
 */
export class RemoteCollection {
  readonly #name: string
  readonly #means: Means

  constructor(name: string, means: Means) {
    this.#name = name
    this.#means = means
  }

  find(query?: unknown): Promise<Row[]> {
    return this.#read('find', query)
  }

  findOne(query?: unknown): Promise<Row | null> {
    return this.#read('findOne', query)
  }

  get(key: unknown, options?: unknown): Promise<Row> {
    return this.#read('get', key, options)
  }

  page(query?: unknown): Promise<PageOf<Row>> {
    return this.#read('page', query)
  }

  stream(query?: unknown, options?: object): AsyncGenerator<Row, void, undefined> {
    return streamPages((page) => this.page(page), copy(query), options)
  }

  count(query?: unknown): Promise<number> {
    return this.#read('count', query)
  }

  aggregate(query: unknown): Promise<Row[]> {
    return this.#read('aggregate', query)
  }

  /** What is wrong with the query, subscribers are told. */
  live(query?: unknown): { subscribe(listener: LiveListener): () => void } {
    const wish = { collection: this.#name, query: copy(query) }
    return { subscribe: (listener) => this.#means.live.subscribe(wish, listener) }
  }

  insert(row: unknown): Mutation<Row> {
    return this.#mutate('insert', row)
  }

  insertMany(rows: unknown): Mutation<Row[]> {
    return this.#mutate('insertMany', rows)
  }

  update(key: unknown, patch: unknown, options?: unknown): Mutation<Row> {
    return this.#mutate('update', key, patch, options)
  }

  updateMany(query: unknown): Mutation<number> {
    return this.#mutate('updateMany', query)
  }

  upsert(query: unknown): Mutation<Row> {
    return this.#mutate('upsert', query)
  }

  delete(key: unknown, options?: unknown): Mutation<void> {
    return this.#mutate('delete', key, options)
  }

  deleteMany(query: unknown): Mutation<number> {
    return this.#mutate('deleteMany', query)
  }

  /** Who served it is known of what is read, and of its promise, which may be one of a number. */
  #read<T>(method: ReadMethod, ...args: readonly unknown[]): Promise<T> {
    const { calls } = this.#means
    const reading: Promise<T> = calls
      .call({ collection: this.#name, method, args })
      .then(({ value, meta }) => {
        const { rows } = Object(value) as { rows?: unknown }
        for (const read of [reading, value, method === 'page' && rows]) {
          if (typeof read === 'object' && read !== null) remember(read, meta)
        }
        return value as T
      })
    return reading
  }

  #mutate<T>(method: WriteMethod, ...args: readonly unknown[]): Mutation<T> {
    const { calls, newId } = this.#means
    const mutationId = newId()
    const call = { collection: this.#name, method, args, mutationId }
    return startMutation(
      () => mutationId,
      async () => {
        const { value } = await calls.call(call)
        // A delete has no result, which JSON can only say as null.
        return (value ?? undefined) as T
      },
    )
  }
}
