import { WherryError } from '../errors/wherry-error.ts'
import { isPlainObject } from '../lib/json.ts'
import { checkOptions, invalidOptions } from '../lib/options.ts'
import type { WriteResult } from '../contract/adapter.ts'
import { explainLive } from '../live/explain.ts'
import type { LiveExplanation, LiveListener, LiveValueListener } from '../live/live-event.ts'
import { countOf, groupsOf, liveValue } from '../live/live-value.ts'
import type { LivePlan } from '../live/view.ts'
import type { WritePlan } from '../query/ast.ts'
import { encodeCursor } from '../query/cursor.ts'
import { project } from '../query/include.ts'
import { countAsAggregate, planAggregate, planCount } from '../query/plan-aggregate.ts'
import { planFind, planFindOne, planGet, planLive, withOrderFields } from '../query/plan-find.ts'
import {
  planDelete,
  planDeleteMany,
  planInsert,
  planUpdate,
  planUpdateMany,
  planUpsert,
  type WriteContext,
} from '../query/plan-write.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import { got } from '../lib/got.ts'
import type { Executor } from './executor.ts'
import { startMutation } from './mutation.ts'
import { remember } from '../query/read-meta.ts'
import type { Mutation, Page } from './types.ts'

const defaultBatchSize = 500

/**
 * The methods of one collection, as `CollectionHandle` in `types.ts` documents them. They read
 * what the caller gave, plan it, and leave the rest to the executor.
 */
export class Handle {
  readonly #collection: CollectionDefinition
  readonly #executor: Executor

  constructor(collection: CollectionDefinition, executor: Executor) {
    this.#collection = collection
    this.#executor = executor
  }

  async find(query?: unknown): Promise<Row[]> {
    const rows = await this.#executor.find(planFind(this.#collection, query))
    return remember(rows, this.#executor.meta())
  }

  findOne(query?: unknown): Promise<Row | null> {
    return remember(this.#findOne(query), this.#executor.meta())
  }

  async get(key: unknown, options?: unknown): Promise<Row> {
    const plan = planGet(this.#collection, key, options)
    if (plan.forUpdate && !this.#executor.canLock) {
      throw invalidOptions(
        "'forUpdate' locks a row until a transaction ends; call get on the transaction's collection",
      )
    }
    const [row] = await this.#executor.find(plan)
    if (row === undefined) throw this.#notFound(key)
    return remember(row, this.#executor.meta())
  }

  async page(query?: unknown): Promise<Page<Row>> {
    const plan = planFind(this.#collection, query)
    const { limit = Infinity } = plan
    const found = await this.#executor.find(
      withOrderFields({ ...plan, limit: plan.limit === undefined ? undefined : limit + 1 }),
    )
    const rows = found.slice(0, limit)
    const last = rows.at(-1)
    const next =
      last === undefined || found.length <= limit
        ? null
        : encodeCursor(this.#collection, plan.order, last)
    const page = { rows: rows.map((row) => project(plan, row)), next }
    const meta = this.#executor.meta()
    remember(page.rows, meta)
    return remember(page, meta)
  }

  async *stream(query?: unknown, options: unknown = {}): AsyncGenerator<Row, void, undefined> {
    const size = readBatchSize(options)
    const plan = planFind(this.#collection, query)
    let { after, offset, limit: left = Infinity } = plan
    while (left > 0) {
      const limit = Math.min(size, left)
      const rows = await this.#executor.find(withOrderFields({ ...plan, after, offset, limit }))
      for (const row of rows) yield project(plan, row)
      const last = rows.at(-1)
      if (last === undefined || rows.length < limit) return
      after = plan.order.map(({ field }) => last[field.name])
      offset = 0
      left -= rows.length
    }
  }

  count(query?: unknown): Promise<number> {
    const counted = this.#count(query)
    return remember(counted, this.#executor.meta())
  }

  async aggregate(query: unknown): Promise<Row[]> {
    const { plan, finish } = planAggregate(this.#collection, query)
    const groups = finish(await this.#executor.aggregate(plan))
    return remember(groups, this.#executor.meta())
  }

  live(query?: unknown): { subscribe(listener: LiveListener): () => void } {
    return { subscribe: this.#follow(planLive(this.#collection, query)) }
  }

  liveAggregate(query: unknown): {
    subscribe(listener: LiveValueListener<readonly Row[]>): () => void
  } {
    return liveValue(this.#follow(planAggregate(this.#collection, query)), groupsOf)
  }

  liveCount(query?: unknown): { subscribe(listener: LiveValueListener<number>): () => void } {
    const plan = planAggregate(this.#collection, countAsAggregate(query))
    return liveValue(this.#follow(plan), countOf)
  }

  explainLive(query?: unknown): LiveExplanation {
    const isAggregate = isPlainObject(query) && 'measures' in query
    const plan = (isAggregate ? planAggregate : planLive)(this.#collection, query)
    this.#executor.checkLive(plan)
    return explainLive(plan)
  }

  insert(row: unknown): Mutation<Row> {
    return this.#mutation(async () => {
      const { rows } = await this.#write(planInsert(this.#collection, [row], this.#context))
      return rows[0]!
    })
  }

  insertMany(rows: unknown): Mutation<Row[]> {
    return this.#mutation(async () => {
      if (!Array.isArray(rows)) {
        throw new WherryError('InvalidValue', `insertMany takes an array of rows, ${got(rows)}`)
      }
      const inserted = await this.#write(planInsert(this.#collection, rows, this.#context))
      return [...inserted.rows]
    })
  }

  update(key: unknown, patch: unknown, options: unknown = {}): Mutation<Row> {
    return this.#mutation(async () => {
      const { ifVersion } = readWriteOptions(options)
      const plan = planUpdate(this.#collection, key, patch, ifVersion, this.#context)
      const { count, rows } = await this.#write(plan)
      if (count === 0) throw await this.#missed(key, ifVersion)
      return rows[0]!
    })
  }

  updateMany(query: unknown): Mutation<number> {
    return this.#mutation(async () => {
      const { count } = await this.#write(planUpdateMany(this.#collection, query, this.#context))
      return count
    })
  }

  upsert(query: unknown): Mutation<Row> {
    return this.#mutation(async () => {
      const { rows } = await this.#write(planUpsert(this.#collection, query, this.#context))
      return rows[0]!
    })
  }

  delete(key: unknown, options: unknown = {}): Mutation<void> {
    return this.#mutation(async () => {
      const { ifVersion } = readWriteOptions(options)
      const { count } = await this.#write(planDelete(this.#collection, key, ifVersion))
      if (count === 0) throw await this.#missed(key, ifVersion)
    })
  }

  deleteMany(query: unknown): Mutation<number> {
    return this.#mutation(async () => {
      const { count } = await this.#write(planDeleteMany(this.#collection, query))
      return count
    })
  }

  /** Checked at once, so a query that cannot be live throws here and not later. */
  #follow(plan: LivePlan): (listener: LiveListener) => () => void {
    this.#executor.checkLive(plan)
    return (listener) => this.#executor.subscribe(plan, listener)
  }

  get #context(): WriteContext {
    return this.#executor.context
  }

  async #findOne(query: unknown): Promise<Row | null> {
    const [row] = await this.#executor.find(planFindOne(this.#collection, query))
    return row === undefined ? null : remember(row, this.#executor.meta())
  }

  async #count(query: unknown): Promise<number> {
    const [total] = await this.#executor.aggregate(planCount(this.#collection, query))
    return total!.count as number
  }

  #mutation<T>(run: () => Promise<T>): Mutation<T> {
    return startMutation(this.#context.newId, run)
  }

  async #write(plan: WritePlan): Promise<WriteResult> {
    const [result] = await this.#executor.write([plan])
    return result!
  }

  /** Why a write to one row met none: the row is missing, or at another version. */
  async #missed(key: unknown, ifVersion: unknown): Promise<WherryError> {
    if (ifVersion === undefined) return this.#notFound(key)
    const [current] = await this.#executor.find(planGet(this.#collection, key))
    if (current === undefined) return this.#notFound(key)
    return new WherryError(
      'VersionConflict',
      `The row of '${this.#collection.name}' has changed: it is at version ` +
        `${String(current[this.#collection.version!.name])}; ` +
        `decide with details.current and write again`,
      { collection: this.#collection.name, current },
    )
  }

  #notFound(key: unknown): WherryError {
    const { name } = this.#collection
    return new WherryError('NotFound', `'${name}' has no row with this key, ${got(key)}`, {
      collection: name,
    })
  }
}

function readBatchSize(options: unknown): number {
  checkOptions('stream()', options, ['batchSize'])
  const { batchSize = defaultBatchSize } = options as { batchSize?: unknown }
  if (Number.isSafeInteger(batchSize) && (batchSize as number) > 0) return batchSize as number
  throw invalidOptions(`'batchSize' is a whole number of 1 or more, ${got(batchSize)}`)
}

function readWriteOptions(options: unknown): { ifVersion?: unknown } {
  checkOptions('A write', options, ['ifVersion'])
  const { ifVersion } = options as { ifVersion?: unknown }
  // A version that got lost on its way must not become a write without a condition.
  if (ifVersion === undefined && 'ifVersion' in (options as object)) {
    throw invalidOptions(
      "'ifVersion' is undefined; leave it out, or give the version that was read",
    )
  }
  return { ifVersion }
}
