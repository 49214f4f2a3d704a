import type { MutationSettings } from '../../contract/adapter.ts'
import { WherryError, isWherryError } from '../../errors/wherry-error.ts'
import { sleep } from '../../lib/runtime.ts'
import { recordedMs, recordedResult } from '../ledger.ts'
import type { MongoContext } from './context.ts'
import type { ClientSession, Collection } from './driver.ts'
import { isDuplicate, unknownOutcome } from './errors.ts'
import type { SingleWrite } from './session.ts'

/** A mutation that has begun; `result` is JSON, and absent until it has happened. */
interface Entry {
  readonly actor: string | null
  readonly result?: string
}

export const ledgerName = 'wherry_ledger'

function ledgerOf({ database }: MongoContext): Collection {
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
    const entry = (await ledger.findOne({ _id: { $eq: id } }, { session })) as Entry | null
    if (entry !== null) return recordedResult({ result: 'null', ...entry }, { id, actor }) as T
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

/** How long to wait before asking again for the result of who was first. */
const pollMs = 20
/** Longer than a call may take by default: who was first has ended without saying so. */
const patienceMs = 60_000

/**
 * The same without transactions, for a `work` of one write. A process that ends between the write
 * and its record leaves an entry without a result: then nobody can say any more what became of it.
 */
export async function onceAlone<T>(
  context: MongoContext,
  mutation: MutationSettings,
  session: SingleWrite,
  work: (session: SingleWrite) => Promise<T>,
): Promise<T> {
  const { id, actor } = mutation
  if (id === null) return work(session)
  const ledger = ledgerOf(context)
  const entry = { _id: { $eq: id } }
  const expiresAt = new Date(context.runtime.now() + recordedMs)
  try {
    await ledger.insertOne({ _id: id, actor, expiresAt }, context.writeOptions)
  } catch (error) {
    if (!isDuplicate(error)) throw error
    return (await resultOfFirst(context, mutation)) as T
  }
  let result: T
  try {
    result = await work(session)
  } catch (error) {
    if (session.hasChanged) throw unknownOutcome(error)
    // Nothing was done, so that it may be sent again; what may have been done stays unknown.
    const isUnknown = isWherryError(error) && error.code === 'UnknownOutcome'
    if (!isUnknown) await ledger.deleteMany(entry, context.writeOptions)
    throw error
  }
  await ledger.updateOne(entry, { $set: { result: JSON.stringify(result) } }, context.writeOptions)
  return result
}

async function resultOfFirst(context: MongoContext, mutation: MutationSettings): Promise<unknown> {
  const { runtime } = context
  const ledger = ledgerOf(context)
  const startMs = runtime.monotonic()
  for (;;) {
    const entry = (await ledger.findOne({ _id: { $eq: mutation.id } })) as Entry | null
    if (entry === null) throw notApplied()
    if (entry.result !== undefined) {
      return recordedResult({ actor: entry.actor, result: entry.result }, mutation)
    }
    // Another actor is told at once, and nothing of what became of it.
    if (entry.actor !== mutation.actor) recordedResult({ ...entry, result: 'null' }, mutation)
    if (runtime.monotonic() - startMs > patienceMs) throw unknownOutcome(undefined)
    await sleep(runtime, pollMs)
  }
}

/** The first one failed, so this one may begin: the caller tries again. */
function notApplied(): WherryError {
  return new WherryError(
    'SerializationFailure',
    'The same mutation was sent before and has failed; send it again',
    { outcome: 'not-applied' },
  )
}

/** Lets go of the mutations that nobody can ask for any more. */
export async function forgetExpired(context: MongoContext): Promise<void> {
  const now = new Date(context.runtime.now())
  await ledgerOf(context).deleteMany({ expiresAt: { $lt: now } }, context.writeOptions)
}
