import type { MutationSettings } from '../../contract/adapter.ts'
import { recordedMs, recordedResult, type LedgerEntry } from '../ledger.ts'
import type { MongoContext } from './context.ts'
import type { ClientSession, Collection } from './driver.ts'

export const ledgerName = 'wherry_ledger'

export function ledgerOf({ database }: MongoContext): Collection {
  return database.collection(ledgerName)
}

/**
 * Runs `work` unless the mutation has happened, inside the transaction of `session`: the entry and
 * the rest commit together. It is written first, also where it has no id: the change stream tells by
 * it whose changes follow. Who meets another one that is not over gets a conflict, and tries again.
 */
export async function onceInTransaction<T>(
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
    const recorded = JSON.stringify(result)
    await ledger.updateOne({ _id: { $eq: id } }, { $set: { result: recorded } }, { session })
  }
  return result
}

/** Lets go of the mutations that nobody can ask for any more. */
export async function forgetExpired(context: MongoContext): Promise<void> {
  const now = new Date(context.runtime.now())
  await ledgerOf(context).deleteMany({ expiresAt: { $lt: now } }, context.writeOptions)
}
