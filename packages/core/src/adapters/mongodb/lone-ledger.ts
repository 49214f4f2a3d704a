import type { MutationSettings } from '../../contract/adapter.ts'
import { isWherryError, WherryError } from '../../errors/wherry-error.ts'
import { sleep } from '../../lib/runtime.ts'
import { recordedMs, recordedResult } from '../ledger.ts'
import { newGeneration } from '../positions.ts'
import type { MongoContext } from './context.ts'
import type { Collection } from './driver.ts'
import { isDuplicate, unknownOutcome } from './errors.ts'
import { ledgerOf } from './ledger.ts'
import type { SingleWrite } from './session.ts'

/** A mutation that has begun. */
interface Entry {
  readonly actor: string | null
  /** The process that has begun it. */
  readonly owner: string
  /** JSON; absent until it has happened. */
  readonly result?: string
  /** Nobody can say what became of it. */
  readonly isLost?: true
}

/** How long to wait before asking again for the result of who was first. */
const pollMs = 20

/**
 * Lets a mutation of one write happen once where there are no transactions. It is recorded before
 * the write, and its result behind it; a process that ends in between leaves an entry without a
 * result, and then nobody can say any more what became of it.
 */
export class LoneLedger {
  readonly #context: MongoContext
  /** Names this process in the entries. */
  readonly #owner: string
  /** Mutations that this process is about; an entry of its own for another one has never begun. */
  readonly #running = new Set<string>()
  /** Results that could not be recorded yet. */
  readonly #unrecorded = new Map<string, string>()

  constructor(context: MongoContext) {
    this.#context = context
    this.#owner = newGeneration(context.runtime)
  }

  async once<T>(
    mutation: MutationSettings,
    session: SingleWrite,
    work: (session: SingleWrite) => Promise<T>,
  ): Promise<T> {
    const { id } = mutation
    if (id === null) return work(session)
    await this.flush()
    if (!this.#running.has(id) && (await this.#claim(id, mutation))) {
      this.#running.add(id)
      try {
        return await this.#run(id, session, work)
      } finally {
        this.#running.delete(id)
      }
    }
    return (await this.#resultOfFirst(id, mutation)) as T
  }

  /** Records what could not be recorded before, as far as it can now. */
  async flush(): Promise<void> {
    for (const [id, result] of this.#unrecorded) {
      if (!(await this.#set(id, { result }))) return
      this.#unrecorded.delete(id)
    }
  }

  /** Whether the mutation is this call's to make. Where that fails, nothing has been done. */
  async #claim(id: string, { actor }: MutationSettings): Promise<boolean> {
    const { runtime, writeOptions } = this.#context
    const expiresAt = new Date(runtime.now() + recordedMs)
    try {
      await this.#entries.insertOne({ _id: id, actor, owner: this.#owner, expiresAt }, writeOptions)
      return true
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
    // An own entry that was claimed and not begun: the answer to the claim was lost.
    const entry = await this.#look(id)
    return entry?.owner === this.#owner && entry.actor === actor && isOpen(entry)
  }

  async #run<T>(
    id: string,
    session: SingleWrite,
    work: (session: SingleWrite) => Promise<T>,
  ): Promise<T> {
    let result: T
    try {
      result = await work(session)
    } catch (error) {
      const isUnknown = isWherryError(error) && error.details.outcome === 'unknown'
      if (session.hasChanged || isUnknown) {
        await this.#set(id, { isLost: true })
        throw session.hasChanged ? unknownOutcome(error) : error
      }
      // Nothing was done, so that it may be sent again.
      await this.#entries.deleteMany({ _id: id }, this.#context.writeOptions).catch(() => undefined)
      throw error
    }
    const recorded = JSON.stringify(result)
    if (!(await this.#set(id, { result: recorded }))) this.#unrecorded.set(id, recorded)
    return result
  }

  async #resultOfFirst(id: string, mutation: MutationSettings): Promise<unknown> {
    const { runtime, statementTimeoutMs } = this.#context
    const startMs = runtime.monotonic()
    for (;;) {
      const entry = await this.#look(id)
      // The first one has failed: whoever sends it again makes it.
      if (entry === null) throw sendAgain()
      const { actor, result = 'null' } = entry
      // Another actor is told at once, and nothing of what became of it.
      if (!isOpen(entry) || actor !== mutation.actor) {
        const recorded = recordedResult({ actor, result }, mutation)
        if (entry.isLost) throw unknownOutcome(undefined)
        return recorded
      }
      if (runtime.monotonic() - startMs > statementTimeoutMs) throw unknownOutcome(undefined)
      await sleep(runtime, pollMs)
    }
  }

  /** Whether it could be told the database. */
  async #set(id: string, fields: Partial<Entry>): Promise<boolean> {
    const { writeOptions } = this.#context
    try {
      await this.#entries.updateOne({ _id: id }, { $set: fields }, writeOptions)
      return true
    } catch {
      return false
    }
  }

  #look(id: string): Promise<Entry | null> {
    return this.#entries.findOne({ _id: id }) as Promise<Entry | null>
  }

  get #entries(): Collection {
    return ledgerOf(this.#context)
  }
}

function isOpen({ result, isLost }: Entry): boolean {
  return result === undefined && isLost === undefined
}

function sendAgain(): WherryError {
  return new WherryError(
    'SerializationFailure',
    'The same mutation was sent before and has failed; send it again',
    { outcome: 'not-applied' },
  )
}
