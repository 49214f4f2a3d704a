import type { MutationSettings } from '../../contract/adapter.ts'
import { sleep } from '../../lib/runtime.ts'
import { recordedMs, recordedResult, type LedgerEntry } from '../ledger.ts'
import type { MongoContext } from './context.ts'
import type { ClientSession, Collection } from './driver.ts'
import { toWherryError } from './errors.ts'
import type { MongoSession } from './session.ts'

export const ledgerName = 'wherry_ledger'

export function ledgerOf({ database }: MongoContext): Collection {
  return database.collection(ledgerName)
}

/** How long to wait for another mutation of the same id before beginning again. */
const pollMs = 20

/** Runs `work` in a transaction unless the mutation has happened, and waits while another one runs. */
export async function onceInTransaction<T>(
  context: MongoContext,
  mutation: MutationSettings,
  timeoutMs: number,
  begin: (run: (session: MongoSession, transaction: ClientSession) => Promise<T>) => Promise<T>,
  work: (session: MongoSession) => Promise<T>,
): Promise<T> {
  const { runtime } = context
  const startMs = runtime.monotonic()
  for (;;) {
    let hasBegun = false
    try {
      return await begin((session, transaction) =>
        recorded(context, transaction, mutation, () => {
          hasBegun = true
          return work(session)
        }),
      )
    } catch (error) {
      // The entry of another one, which is not committed yet, was in the way of this one's.
      const isWaiting = !hasBegun && toWherryError(error).code === 'SerializationFailure'
      if (!isWaiting || runtime.monotonic() - startMs > timeoutMs) throw error
      await sleep(runtime, pollMs)
    }
  }
}

/**
 * The entry and the rest commit together. It is written first, also where it has no id: the change
 * stream tells by it whose changes follow.
 */
async function recorded<T>(
  context: MongoContext,
  session: ClientSession,
  { id, actor }: MutationSettings,
  work: () => Promise<T>,
): Promise<T> {
  const { driver, runtime } = context
  const ledger = ledgerOf(context)
  if (id !== null) {
    const entry = (await ledger.findOne({ _id: { $eq: id } }, { session })) as LedgerEntry | null
    if (entry !== null) return recordedResult(entry, { id, actor }) as T
  }
  const expiresAt = new Date(runtime.now() + recordedMs)
  const _id = id ?? new driver.ObjectId()
  await ledger.insertOne({ _id, actor, expiresAt }, { session })
  const result = await work()
  if (id !== null) {
    const $set = { result: JSON.stringify(result) }
    await ledger.updateOne({ _id: { $eq: id } }, { $set }, { session })
  }
  return result
}

/** How often a service lets go of mutations. */
const forgetEveryMs = 60 * 60 * 1_000

/** Lets go of the mutations that nobody can ask for any more: now and then, as mutations come. */
export class Forgetter {
  readonly #context: MongoContext
  #dueAt: number

  constructor(context: MongoContext) {
    this.#context = context
    this.#dueAt = context.runtime.monotonic() + forgetEveryMs
  }

  /** Makes the index that it is quick by, and begins. */
  async begin(): Promise<void> {
    await ledgerOf(this.#context).createIndex({ expiresAt: 1 })
    await this.#forget()
  }

  /** What cannot be forgotten now can be later. */
  async forgetSometimes(): Promise<void> {
    const { runtime } = this.#context
    if (runtime.monotonic() < this.#dueAt) return
    this.#dueAt = runtime.monotonic() + forgetEveryMs
    await this.#forget().catch(() => undefined)
  }

  async #forget(): Promise<void> {
    const { runtime, writeOptions } = this.#context
    const expired = { expiresAt: { $lt: new Date(runtime.now()) } }
    await ledgerOf(this.#context).deleteMany(expired, writeOptions)
  }
}
