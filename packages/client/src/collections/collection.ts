import { startMutation, type LiveListener, type Mutation } from '@wherry/core'
import { remember, type ReadMethod, type WriteMethod } from '@wherry/core/query'
import type { Calls, Result } from '../connection/calls.ts'
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
    return this.#object('find', query)
  }

  findOne(query?: unknown): Promise<Row | null> {
    return this.#any('findOne', query)
  }

  get(key: unknown, options?: unknown): Promise<Row> {
    return this.#object('get', key, options)
  }

  async page(query?: unknown): Promise<PageOf<Row>> {
    const { value, meta } = await this.#read('page', [query])
    const page = value as PageOf<Row>
    remember(page.rows, meta)
    return remember(page, meta)
  }

  stream(query?: unknown, options?: unknown): AsyncGenerator<Row, void, undefined> {
    return streamPages((page) => this.page(page), copy(query), options)
  }

  count(query?: unknown): Promise<number> {
    return this.#any('count', query)
  }

  aggregate(query: unknown): Promise<Row[]> {
    return this.#object('aggregate', query)
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

  #read(method: ReadMethod, args: readonly unknown[]): Promise<Result> {
    return this.#means.calls.read({ collection: this.#name, method, args })
  }

  /** A read whose result may be no object: then its promise remembers. */
  #any<T>(method: ReadMethod, query: unknown): Promise<T> {
    const reading: Promise<T> = this.#read(method, [query]).then(({ value, meta }) => {
      remember<object>(reading, meta)
      return typeof value === 'object' && value !== null
        ? remember(value as T & object, meta)
        : (value as T)
    })
    return reading
  }

  /** A read whose result is an object of its own, which remembers who served it. */
  async #object<T extends object>(method: ReadMethod, ...args: readonly unknown[]): Promise<T> {
    const { value, meta } = await this.#read(method, args)
    return remember(value as T, meta)
  }

  #mutate<T>(method: WriteMethod, ...args: readonly unknown[]): Mutation<T> {
    const { calls, newId } = this.#means
    const id = newId()
    return startMutation(
      () => id,
      async () => {
        const { value } = await calls.mutate(id, { collection: this.#name, method, args })
        // A delete has no result, which JSON can only say as null.
        return (value ?? undefined) as T
      },
    )
  }
}
