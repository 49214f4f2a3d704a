import type { MutationSettings } from '../../contract/adapter.ts'
import type {
  Change,
  ChangeBatch,
  ChangeLog,
  Position,
  Reader,
  Snapshot,
} from '../../contract/change-log.ts'
import type { Json } from '../../lib/json.ts'
import type { Timer } from '../../lib/runtime.ts'
import type { WritePlan } from '../../query/ast.ts'
import { decodeRow, encodeRow } from '../../schema/codec.ts'
import type { CollectionDefinition, Row } from '../../schema/definition.ts'
import { ChangeBuffer } from '../change-buffer.ts'
import { newGeneration } from '../positions.ts'
import type { MongoContext } from './context.ts'
import type { Collection, Document } from './driver.ts'
import { rowOf } from './keys.ts'
import { isDuplicate, isUnknown } from './errors.ts'
import { MongoSession } from './session.ts'
import { WriteOrder } from './write-order.ts'
import type { Written } from './writes.ts'

/** What is known of the log as a whole. */
interface State {
  readonly generation: string
  /** The schema that its entries are of. */
  readonly schema: string
  /** The number of changes before the first one kept. */
  readonly first: number
  /** Behind its last entry. */
  readonly head: Position
  /** The process that goes on with it; null where one has ended well and left it to the next. */
  readonly owner: string | null
}

/** How much later than the server has ended it a write is taken to be over. */
const graceMs = 1_000

/**
 * The log of a server without change streams: what this process writes, in the order in which it
 * does. A process that ends well leaves it in the database for the next one. After any other end
 * entries may be missing, so the log begins anew, and readers know by its generation.
 */
export class ServiceLog implements ChangeLog {
  readonly hidesReplaced = false
  readonly #context: MongoContext
  readonly #order = new WriteOrder()
  readonly #buffer = new ChangeBuffer()
  /** Names this process in the state. */
  readonly #owner: string
  #generation = ''
  /** Whether another process has written, too, as far as this one knows: then entries are missing. */
  #isShared = false
  /** The position of the log that another process has left, and that this one goes on with. */
  #resumed: Position | undefined
  /** Runs while a write may still be applied whose answer was lost. */
  #unsettled: Timer
  /** Once the database knows that a process goes on with the log. */
  #marked: Promise<void> | undefined

  constructor(context: MongoContext) {
    this.#context = context
    this.#owner = newGeneration(context.runtime)
  }

  async open(): Promise<void> {
    const { schema } = this.#context
    const state = (await this.#states.findOne({})) as State | null
    if (state?.owner === null && state.schema === schema.hash) {
      const { generation } = state
      const entries = await this.#entries.find({ generation }, { sort: { at: 1 } }).toArray()
      this.#generation = generation
      this.#buffer.begin(
        generation,
        this.#context.keepEntries,
        entries.map((entry) => this.#decode(entry)),
        state.first,
      )
      // Another process that was ending at the same time may have taken entries away.
      if (this.#buffer.head === state.head) this.#resumed = state.head
    }
    if (this.#resumed === undefined) this.#beginAnew()
  }

  /** Leaves the log to the next process, where it is whole. */
  async close(isWhole: boolean): Promise<void> {
    if (this.#unsettled !== undefined) this.#context.runtime.clearTimeout(this.#unsettled)
    if (this.#marked === undefined || !isWhole || this.#unsettled !== undefined) return
    if (this.#isShared) this.#beginAnew()
    const { changes } = this.#buffer.kept
    const { owner } = ((await this.#states.findOne({})) ?? {}) as Partial<State>
    if (owner !== this.#owner) return
    await this.#entries.deleteMany({})
    const entries = changes.map((change, at) => encode(change, at, this.#generation))
    if (entries.length > 0) await this.#entries.insertMany(entries)
    // Whoever has begun to write meanwhile has another log, and this one is over.
    const own = { _id: 'log', owner: { $eq: this.#owner } }
    await this.#states.updateOne(own, { $set: this.#stateFor(null) })
  }

  /** Runs a write in its turn, and appends what it has changed. */
  written<T extends Written>(
    plans: readonly WritePlan[],
    { actor, id: mutationId }: MutationSettings,
    write: () => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const work = async () => {
      await (this.#marked ??= this.#mark())
      const results = await write().catch((error: unknown) => this.#fail(error))
      const { collections } = this.#context.logged
      const changes = results.flatMap((result, at) => {
        const { collection } = plans[at]!
        if (!collections.has(collection.name)) return []
        return result.changes.map((each): Change => ({ collection, ...each, actor, mutationId }))
      })
      this.#buffer.append(changes)
      return results
    }
    const row = plans.length === 1 ? rowOf(plans[0]!) : undefined
    return row === undefined ? this.#order.all(work) : this.#order.one(row, work)
  }

  snapshot<T>(
    _collections: readonly CollectionDefinition[],
    read: (reader: Reader) => Promise<T>,
  ): Promise<Snapshot<T>> {
    return this.#order.all(async () => {
      const value = await read(new MongoSession(this.#context))
      return { value, position: this.#buffer.head }
    })
  }

  async head(): Promise<Position> {
    return this.#buffer.head
  }

  async read(after: Position, upTo?: Position): Promise<ChangeBatch> {
    return this.#buffer.read(after, upTo)
  }

  watch(onCommit: () => void): () => void {
    return this.#buffer.watch(onCommit)
  }

  get #states(): Collection {
    return this.#context.database.collection('wherry_log_state')
  }

  get #entries(): Collection {
    return this.#context.database.collection('wherry_log')
  }

  /** From the first write on the log that the database holds is not whole, until it is left. */
  async #mark(): Promise<void> {
    try {
      if (await this.#takeOver()) return
      const before = await this.#keepState()
      this.#isShared = typeof before?.owner === 'string'
    } catch (error) {
      this.#marked = undefined
      throw error
    }
  }

  /** Whether this process goes on with the log as it was left, and nobody else does. */
  async #takeOver(): Promise<boolean> {
    if (this.#resumed === undefined) return false
    const asLeft = { _id: 'log', head: this.#resumed, owner: { $eq: null } }
    const taken = await this.#states.findOneAndUpdate(asLeft, { $set: { owner: this.#owner } })
    if (taken === null) this.#beginAnew()
    return taken !== null
  }

  /**
   * A write that may have been applied is missing, so that nobody can read on behind it; nor behind
   * the time at which the server ends it, for until then it may still be applied.
   */
  #fail(error: unknown): never {
    if (isUnknown(error)) {
      this.#beginAnew()
      const { runtime, statementTimeoutMs } = this.#context
      if (this.#unsettled !== undefined) runtime.clearTimeout(this.#unsettled)
      this.#unsettled = runtime.setTimeout(() => {
        this.#unsettled = undefined
        this.#beginAnew()
      }, statementTimeoutMs + graceMs)
    }
    throw error
  }

  #beginAnew(): void {
    this.#generation = newGeneration(this.#context.runtime)
    this.#buffer.begin(this.#generation, this.#context.keepEntries)
  }

  /** Keeps the state of a log that this process goes on with; returns the one before. */
  async #keepState(): Promise<State | null> {
    const state = this.#stateFor(this.#owner)
    const options = { upsert: true, returnDocument: 'before' }
    const keep = () => this.#states.findOneAndUpdate({ _id: 'log' }, { $set: state }, options)
    // Of two who are the first, one may find that the other was.
    const before = await keep().catch((error: unknown) => {
      if (!isDuplicate(error)) throw error
      return keep()
    })
    return before as State | null
  }

  #stateFor(owner: string | null): State {
    const { head, kept } = this.#buffer
    const { hash: schema } = this.#context.schema
    return { generation: this.#generation, schema, first: kept.first, head, owner }
  }

  #decode({ collection: name, old, row, actor, mutationId }: Document): Change {
    const collection = this.#context.schema.collections.get(name as string)!
    return {
      collection,
      old: decodeText(collection, old),
      row: decodeText(collection, row),
      actor: actor as string | null,
      mutationId: mutationId as string | null,
    }
  }
}

/** Rows stand there as in all logs: as text of the row codec. */
function encode({ collection, old, row, ...by }: Change, at: number, generation: string): Document {
  const text = (each: Row | null) => each && JSON.stringify(encodeRow(collection, each))
  const rows = { collection: collection.name, old: text(old), row: text(row) }
  return { _id: `${generation} ${at}`, generation, at, ...rows, ...by }
}

function decodeText(collection: CollectionDefinition, text: unknown): Row | null {
  return text === null ? null : decodeRow(collection, JSON.parse(text as string) as Json)
}
