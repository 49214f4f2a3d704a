import type { MutationSettings } from '../../contract/adapter.ts'
import { isWherryError, WherryError } from '../../errors/wherry-error.ts'
import { sleep } from '../../lib/runtime.ts'
import { recordedMs, recordedResult } from '../ledger.ts'
import { newGeneration } from '../positions.ts'
import type { MongoContext } from './context.ts'
import type { Collection } from './driver.ts'
import { isDuplicate, isUnknown, unknownOutcome } from './errors.ts'
import { ledgerOf } from './ledger.ts'
import type { SingleWrite } from './session.ts'

/** What became of a mutation. */
interface Outcome {
  readonly actor: string | null
  /** JSON; absent until it has happened. */
  readonly result?: string
  /** Nobody can say what became of it. */
  readonly isLost?: true
}

/** A mutation that has begun. */
interface Entry extends Outcome {
  /** The process that has begun it. */
  readonly owner: string
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
  /** Mutations that this process is about; of one of them, one call at a time. */
  readonly #running = new Map<string, Promise<unknown>>()
  /** Claims without an answer: where they are there, nothing has been done for them. */
  readonly #unanswered = new Set<string>()
  /** What became of mutations, where it could not be recorded yet. */
  readonly #unrecorded = new Map<string, Outcome>()

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
    for (let first; (first = this.#running.get(id)) !== undefined;) await first.catch(ignore)
    const call = this.#once(id, mutation, session, work)
    this.#running.set(id, call)
    return call.finally(() => this.#running.delete(id))
  }

  /** Records what could not be recorded before, as far as it can now. */
  async flush(): Promise<void> {
    for (const [id, outcome] of this.#unrecorded) {
      if (!(await this.#record(id, outcome))) return
      this.#unrecorded.delete(id)
    }
  }

  async #once<T>(
    id: string,
    mutation: MutationSettings,
    session: SingleWrite,
    work: (session: SingleWrite) => Promise<T>,
  ): Promise<T> {
    await this.flush()
    const known = this.#unrecorded.get(id)
    if (known !== undefined) return told(known, mutation) as T
    if (await this.#claim(id, mutation)) return this.#run(id, mutation, session, work)
    return (await this.#resultOfFirst(id, mutation)) as T
  }

  /** Whether the mutation is this call's to make. Where that fails, nothing has been done. */
  async #claim(id: string, { actor }: MutationSettings): Promise<boolean> {
    const { runtime, writeOptions } = this.#context
    const expiresAt = new Date(runtime.now() + recordedMs)
    try {
      await this.#entries.insertOne({ _id: id, actor, owner: this.#owner, expiresAt }, writeOptions)
      return true
    } catch (error) {
      if (!isDuplicate(error)) {
        this.#unanswered.add(id)
        throw error
      }
    }
    if (!this.#unanswered.has(id)) return false
    const entry = await this.#look(id)
    this.#unanswered.delete(id)
    return entry?.owner === this.#owner && entry.actor === actor && isOpen(entry)
  }

  async #run<T>(
    id: string,
    { actor }: MutationSettings,
    session: SingleWrite,
    work: (session: SingleWrite) => Promise<T>,
  ): Promise<T> {
    const keep = async (outcome: Outcome) => {
      if (!(await this.#record(id, outcome))) this.#unrecorded.set(id, outcome)
    }
    let result: T
    try {
      result = await work(session)
    } catch (error) {
      const saysSo = isWherryError(error) && isUnknown(error)
      if (session.hasChanged || saysSo) {
        await keep({ actor, isLost: true })
        throw saysSo ? error : unknownOutcome(error)
      }
      // Nothing was done, so that it may be sent again: a claim that stays is one without an answer.
      this.#unanswered.add(id)
      await this.#entries.deleteMany({ _id: id }, this.#context.writeOptions).then(
        () => this.#unanswered.delete(id),
        () => undefined,
      )
      throw error
    }
    await keep({ actor, result: JSON.stringify(result) })
    return result
  }

  async #resultOfFirst(id: string, mutation: MutationSettings): Promise<unknown> {
    const { runtime, statementTimeoutMs } = this.#context
    const startMs = runtime.monotonic()
    for (;;) {
      const entry = await this.#look(id)
      // The first one has failed: whoever sends it again makes it.
      if (entry === null) throw sendAgain()
      // Another actor is told at once, and nothing of what became of it.
      if (!isOpen(entry) || entry.actor !== mutation.actor) return told(entry, mutation)
      if (runtime.monotonic() - startMs > statementTimeoutMs) {
        // Nobody else has to find it out once more.
        await this.#record(id, { actor: entry.actor, isLost: true })
        throw unknownOutcome(undefined)
      }
      await sleep(runtime, pollMs)
    }
  }

  /** Whether the database could be told. */
  #record(id: string, outcome: Outcome): Promise<boolean> {
    const recorded = this.#entries.updateOne(
      { _id: id },
      { $set: outcome },
      this.#context.writeOptions,
    )
    return recorded.then(
      () => true,
      () => false,
    )
  }

  #look(id: string): Promise<Entry | null> {
    return this.#entries.findOne({ _id: id }) as Promise<Entry | null>
  }

  get #entries(): Collection {
    return ledgerOf(this.#context)
  }
}

const ignore = () => undefined

/** What the same actor is told of it; another one learns only that it is taken. */
function told({ actor, result, isLost }: Outcome, mutation: MutationSettings): unknown {
  const recorded = recordedResult({ actor, result: result ?? 'null' }, mutation)
  // One that was given up may have told its result since.
  if (isLost && result === undefined) throw unknownOutcome(undefined)
  return recorded
}

function isOpen({ result, isLost }: Outcome): boolean {
  return result === undefined && isLost === undefined
}

function sendAgain(): WherryError {
  return new WherryError(
    'SerializationFailure',
    'The same mutation was sent before and has failed; send it again',
    { outcome: 'not-applied' },
  )
}
