import {
  WherryError,
  type Adapter,
  type AdapterContext,
  type Session,
  type TransactionSettings,
  type WriteResult,
} from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { planFind, planInsert, type ReadPlan, type WritePlan } from '@wherry/core/query'
import type { Engine } from '../../src/fuzz/index.ts'
import { copy as copyOf, equal } from '../../src/fuzz/lib/plain.ts'

/** What can be wrong with it. */
export interface Slips {
  /** It is right where it is asked for serializable transactions. */
  readonly onlyBelowSerializable?: true
  /** Reads that are not looked at again when the transaction commits. */
  readonly trustsRead?: (plan: ReadPlan) => boolean
  /** What is written when it commits, in the place of the plan that had this result. */
  readonly rewrite?: (plan: WritePlan, result: WriteResult) => WritePlan
  /** Writes may come out differently when the transaction commits. */
  readonly trustsWrites?: true
  readonly commitsFailures?: true
  readonly readsOthersWrites?: true
  readonly forgetsMutations?: true
}

/**
 * A database whose transactions run side by side, each on a copy of the last commit. To commit, all
 * is done again on the last commit there is by then, and fails where something comes out differently
 * (Kung and Robinson, "On Optimistic Methods for Concurrency Control", 1981).
 */
export function optimistic(name: string, slips: Slips = {}): Engine {
  const open = () => ({ adapter: new Optimistic(slips).adapter(), dispose: nothing })
  return { name, open: () => Promise.resolve(open()) }
}

const nothing = () => Promise.resolve()

/** Something that was asked of a session, how to ask it again, and whether that has to be alike. */
interface Deed {
  readonly again: (session: Session) => Promise<unknown>
  readonly answer: unknown
  readonly isTrusted: boolean
}

class NotRecorded extends Error {}

class Optimistic {
  readonly #slips: Slips
  readonly #base = memory()
  readonly #copies = new Set<Session>()
  /** The mutations that are under way. */
  readonly #running = new Map<string, Promise<unknown>>()
  #context: AdapterContext | undefined

  constructor(slips: Slips) {
    this.#slips = slips
  }

  adapter(): Adapter {
    const base = this.#base
    return {
      name: base.name,
      capabilities: base.capabilities,
      log: base.log,
      connect: (context) => base.connect((this.#context = context)),
      close: () => base.close(),
      ping: () => base.ping(),
      ensure: (mode) => base.ensure(mode),
      introspect: () => base.introspect(),
      doctor: () => base.doctor(),
      stats: () => base.stats(),
      find: (plan) => base.find(plan),
      aggregate: (plan) => base.aggregate(plan),
      write: (plans) => base.write(plans),
      transaction: (settings, work) => this.#once(settings, work),
    }
  }

  async #once<T>(
    settings: TransactionSettings,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const { mutation } = settings
    if (mutation === undefined || mutation.id === null) return this.#run(settings, work)
    const { id } = mutation
    if (this.#slips.forgetsMutations) {
      return this.#run({ ...settings, mutation: { ...mutation, id: null } }, work)
    }
    while (this.#running.has(id)) await this.#running.get(id)!.catch(nothing)
    const first = this.#base
      .transaction<T>(settings, () => Promise.reject(new NotRecorded()))
      .catch((error: unknown) => {
        if (error instanceof NotRecorded) return this.#run(settings, work)
        throw error
      })
    this.#running.set(id, first)
    return first.finally(() => this.#running.delete(id))
  }

  async #run<T>(settings: TransactionSettings, work: (session: Session) => Promise<T>): Promise<T> {
    const isRight = this.#slips.onlyBelowSerializable && settings.isolationLevel === 'serializable'
    const slips = isRight ? {} : this.#slips
    const deeds: Deed[] = []
    const commit = (result?: T) =>
      this.#base.transaction(settings, async (session) => {
        for (const deed of deeds) await doAgain(session, deed)
        return result as T
      })
    const copy = await this.#copy()
    this.#copies.add(copy)
    try {
      return await commit(await work(this.#recorder(copy, deeds, slips)))
    } catch (error) {
      if (slips.commitsFailures) await commit().catch(nothing)
      throw error
    } finally {
      this.#copies.delete(copy)
      await copy.close()
    }
  }

  async #copy(): Promise<Adapter> {
    const { schema, ...context } = this.#context!
    const copy = memory()
    await copy.connect({ schema, ...context })
    for (const collection of schema.collections.values()) {
      const rows = await this.#base.find(planFind(collection))
      const plan = planInsert(collection, [], { now: () => 0, newId: () => '' })
      await copy.write([{ ...plan, rows }])
    }
    return copy
  }

  #recorder(copy: Session, deeds: Deed[], slips: Slips): Session {
    const { trustsRead = () => false, rewrite = (plan) => plan } = slips
    const other = () => Array.from(this.#copies).find((each) => each !== copy) ?? copy
    return {
      async find(plan) {
        const leaks = slips.readsOthersWrites === true && !plan.forUpdate
        const answer = await (leaks ? other() : copy).find(plan)
        deeds.push({ again: (to) => to.find(plan), answer, isTrusted: trustsRead(plan) })
        return copyOf(answer)
      },
      async aggregate(plan) {
        const answer = await copy.aggregate(plan)
        deeds.push({ again: (to) => to.aggregate(plan), answer, isTrusted: trustsRead(plan) })
        return copyOf(answer)
      },
      async write(plans) {
        const answer = await copy.write(plans)
        const rewritten = plans.map((plan, at) => rewrite(plan, answer[at]!))
        const isTrusted = slips.trustsWrites === true
        deeds.push({ again: (to) => to.write(rewritten), answer, isTrusted })
        return copyOf(answer)
      },
    }
  }
}

async function doAgain(session: Session, { again, answer, isTrusted }: Deed): Promise<void> {
  const now = await again(session)
  if (isTrusted || equal(now, answer)) return
  throw new WherryError('SerializationFailure', 'Another transaction was faster; try again')
}
