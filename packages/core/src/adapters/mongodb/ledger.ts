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

/** Lets go of the mutations that nobody can ask for any more. */
export async function forgetExpired(context: MongoContext): Promise<void> {
  const now = new Date(context.runtime.now())
  await ledgerOf(context).deleteMany({ expiresAt: { $lt: now } }, context.writeOptions)
}
