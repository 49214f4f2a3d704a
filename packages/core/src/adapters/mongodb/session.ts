import type { Session, WriteResult } from '../../contract/adapter.ts'
import { WherryError } from '../../errors/wherry-error.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../../query/ast.ts'
import type { CollectionDefinition, Row } from '../../schema/definition.ts'
import { checkPlan } from '../guards.ts'
import type { MongoContext } from './context.ts'
import type { ClientSession } from './driver.ts'
import { isUnknown, toWherryError } from './errors.ts'
import { aggregate, find, select } from './reads.ts'
import { Writer, type Written } from './writes.ts'

/** Runs plans on documents, in a transaction where there is one. All errors are Wherry's. */
export class MongoSession implements Session {
  readonly #context: MongoContext
  readonly #transaction: ClientSession | undefined

  constructor(context: MongoContext, transaction?: ClientSession) {
    this.#context = context
    this.#transaction = transaction
  }

  find(plan: FindPlan): Promise<Row[]> {
    return this.#perform(plan, async () => {
      if (!plan.forUpdate) return find(this.#context, plan, this.#transaction)
      const whole = { ...plan, fields: plan.collection.fieldList }
      const rows = await find(this.#context, whole, this.#transaction)
      if (rows.length > 0) await this.#lock(plan.collection, rows)
      return rows.map((row) => select(row, plan.fields))
    })
  }

  aggregate(plan: AggregatePlan): Promise<Row[]> {
    return this.#perform(plan, () => aggregate(this.#context, plan, this.#transaction))
  }

  async write(plans: readonly WritePlan[]): Promise<Written[]> {
    const writer = new Writer(this.#context, this.#transaction)
    const results: Written[] = []
    for (const plan of plans) results.push(await this.#perform(plan, () => writer.apply(plan)))
    return results
  }

  /**
   * MongoDB locks no rows that are read, but a transaction that writes to one which has changed
   * since its snapshot fails, and so does any other that writes to it now.
   */
  async #lock(collection: CollectionDefinition, rows: readonly Row[]): Promise<void> {
    const { code } = this.#context
    const ids = rows.map((row) => code.idOf(collection, row))
    const lock = { $inc: { [lockColumn]: 1 } }
    const options = { session: this.#transaction }
    await this.#context.collection(collection).updateMany({ _id: { $in: ids } }, lock, options)
  }

  async #perform<T>(
    plan: FindPlan | AggregatePlan | WritePlan,
    work: () => Promise<T>,
  ): Promise<T> {
    checkPlan(plan)
    try {
      return await work()
    } catch (error) {
      const isWrite = plan.kind !== 'find' && plan.kind !== 'aggregate'
      throw toWherryError(error, plan.collection, isWrite)
    }
  }
}

/** Counts the locks that were taken on a document; no schema knows it. */
export const lockColumn = '__wherry_lock'

/** What stands for a transaction on a server that has none: reads, and one write. */
export class SingleWrite implements Session {
  readonly #session: MongoSession
  readonly #write: (plans: readonly WritePlan[]) => Promise<readonly WriteResult[]>
  #isAsked = false
  #hasChanged = false

  constructor(
    context: MongoContext,
    write: (plans: readonly WritePlan[]) => Promise<readonly WriteResult[]>,
  ) {
    this.#session = new MongoSession(context)
    this.#write = write
  }

  /** Whether the write has changed anything, or nobody knows; nothing takes it back. */
  get hasChanged(): boolean {
    return this.#hasChanged
  }

  async find(plan: FindPlan): Promise<Row[]> {
    if (plan.forUpdate) throw noTransactions()
    return this.#session.find(plan)
  }

  aggregate(plan: AggregatePlan): Promise<Row[]> {
    return this.#session.aggregate(plan)
  }

  async write(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    if (this.#isAsked) throw noTransactions()
    this.#isAsked = true
    try {
      const results = await this.#write(plans)
      this.#hasChanged = results.some(({ count }) => count > 0)
      return [...results]
    } catch (error) {
      this.#hasChanged = isUnknown(error)
      throw error
    }
  }
}

export function noTransactions(): WherryError {
  return new WherryError(
    'Unsupported',
    'This server has no transactions; make it a replica set, which may have one member, or put ' +
      'what belongs together into one row',
    { outcome: 'not-applied' },
  )
}
