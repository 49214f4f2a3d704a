import { WherryError } from '../errors/wherry-error.ts'
import type { Runtime, Timer } from '../lib/runtime.ts'
import type { Row } from '../schema/definition.ts'
import type { Entry } from './presence.ts'

/** The collections as a service has them for itself. */
interface KeptRows {
  find(query: unknown): Promise<Row[]>
  aggregate(query: unknown): Promise<Row[]>
  insert(row: unknown): Promise<Row>
  update(key: unknown, patch: unknown): Promise<Row>
  updateMany(query: unknown): Promise<number>
  deleteMany(query: unknown): Promise<number>
}

export interface HistoryLimits {
  /** How many messages of a channel are kept. */
  readonly size: number
  readonly ageMs: number
}

export interface KeeperHost {
  readonly runtime: Runtime
  readonly newId: () => string
  readonly history: HistoryLimits
  rows(name: string): KeptRows
}

export interface KeptEntry extends Entry {
  readonly row: Row
  update(meta: unknown): Promise<Row>
}

/** Somebody who is to be there. */
interface Kept {
  readonly channel: string
  meta: unknown
  /** Of its row; undefined until it has entered. */
  lease: string | undefined
  /** Settles once it has entered, or could not. */
  entered: Promise<Row>
}

const sweepMs = 5_000
/** After so long without a word from its process, whoever entered there is taken to have left. */
const leaseMs = 20_000
const pruneMs = 60_000
/** How many rows are deleted by one statement. */
const batch = 500

/**
 * Keeps what lasts for a time only. Who is in a channel is there by a lease of this process, one for
 * all of them; who sees that another's has run out lets them leave. Messages go when they are too old
 * or too many. What fails is done the next time.
 */
export class Keeper {
  readonly #host: KeeperHost
  /** Those that entered through this process, and have not left. */
  readonly #entries = new Map<string, Kept>()
  /** Whose rows may still be there although they have left, or were told that they could not enter. */
  readonly #leaving = new Set<string>()
  #lease: Promise<string> | undefined
  #timer: Timer
  #sweeping: Promise<void> | undefined
  #prunedAt: number
  #isOver = false

  constructor(host: KeeperHost) {
    this.#host = host
    this.#prunedAt = host.runtime.monotonic()
  }

  start(): void {
    if (this.#isOver) return
    this.#timer = this.#host.runtime.setTimeout(() => {
      this.#sweeping = this.#sweep()
    }, sweepMs)
  }

  /** Lets all leave who entered here. */
  async close(): Promise<void> {
    this.#isOver = true
    this.#host.runtime.clearTimeout(this.#timer)
    // What these write would come back.
    await this.#sweeping
    await Promise.allSettled(Array.from(this.#entries.values(), ({ entered }) => entered))
    await this.#removeLeaving()
    const lease = await this.#lease
    if (lease === undefined) return
    await this.#presence.deleteMany({ where: { lease } })
    await this.#leases.deleteMany({ where: { id: lease } })
  }

  /**
   * Resolves to the row, which is there until it leaves, or this process is gone. When this or leaving
   * fails, and the row may be there nevertheless, it is removed with the next sweep.
   */
  async enter(channel: string, meta: unknown): Promise<KeptEntry> {
    if (this.#isOver) throw new WherryError('NotConnected', 'The data service is closed')
    const id = this.#host.newId()
    const kept = { channel, meta } as Kept
    kept.entered = this.#insert(id, kept)
    this.#entries.set(id, kept)
    const isThere = () => this.#entries.has(id)
    return {
      row: await kept.entered,
      get hasLeft() {
        return !isThere()
      },
      update: async (next) => {
        const changed = await this.#presence.update(id, { meta: next })
        kept.meta = changed.meta
        return changed
      },
      leave: async () => {
        this.#entries.delete(id)
        await this.#remove([id])
      },
    }
  }

  get #presence(): KeptRows {
    return this.#host.rows('$presence')
  }

  get #leases(): KeptRows {
    return this.#host.rows('$leases')
  }

  get #until(): Date {
    return new Date(this.#host.runtime.now() + leaseMs)
  }

  async #takeLease(): Promise<string> {
    const id = this.#host.newId()
    try {
      await this.#leases.insert({ id, until: this.#until })
    } catch (error) {
      this.#lease = undefined
      throw error
    }
    return id
  }

  async #insert(id: string, kept: Kept): Promise<Row> {
    try {
      const lease = await (this.#lease ??= this.#takeLease())
      const { channel, meta } = kept
      const row = await this.#presence.insert({ id, channel, meta, lease })
      Object.assign(kept, { meta: row.meta, lease })
      return row
    } catch (error) {
      this.#entries.delete(id)
      this.#leaving.add(id)
      throw error
    }
  }

  async #remove(ids: readonly string[]): Promise<void> {
    try {
      await this.#presence.deleteMany({ where: { id: { in: ids } } })
    } catch (error) {
      for (const id of ids) this.#leaving.add(id)
      throw error
    }
  }

  async #removeLeaving(): Promise<void> {
    while (this.#leaving.size > 0) {
      const ids = Array.from(this.#leaving).slice(0, batch)
      for (const id of ids) this.#leaving.delete(id)
      await this.#remove(ids)
    }
  }

  async #sweep(): Promise<void> {
    try {
      const lease = await this.#renew()
      if (lease !== undefined) await this.#comeAgain(lease)
      await this.#removeLeaving()
      await this.#expire()
      await this.#prune()
    } catch {
      // The database is away, as whoever asks it is told.
    }
    this.start()
  }

  /** Resolves to the lease that this process has now; it needs none when nobody is there. */
  async #renew(): Promise<string | undefined> {
    if (this.#lease !== undefined) {
      const id = await this.#lease
      const renewed = await this.#leases.updateMany({ where: { id }, set: { until: this.#until } })
      if (renewed > 0) return id
      this.#lease = undefined
    }
    if (this.#entries.size === 0) return undefined
    return (this.#lease ??= this.#takeLease())
  }

  /** Renewing the lease took too long, and others let its entries leave: they enter by the new one. */
  async #comeAgain(lease: string): Promise<void> {
    for (const [id, kept] of this.#entries) {
      if (kept.lease === undefined || kept.lease === lease) continue
      await this.#presence.deleteMany({ where: { id } })
      const { channel, meta } = kept
      try {
        await this.#presence.insert({ id, channel, meta, lease })
        kept.lease = lease
      } finally {
        // It may have left meanwhile.
        if (!this.#entries.has(id)) await this.#remove([id])
      }
    }
  }

  async #expire(): Promise<void> {
    const now = new Date(this.#host.runtime.now())
    await this.#leases.deleteMany({ where: { until: { lt: now } } })
    const groups = await this.#presence.aggregate({ groupBy: ['lease'], measures: { n: 'count' } })
    if (groups.length === 0) return
    // Read after those that they are of: a lease is there before who enters by it.
    const alive = new Set((await this.#leases.find({})).map(({ id }) => id))
    const gone = groups.map(({ lease }) => lease).filter((lease) => !alive.has(lease))
    if (gone.length > 0) await this.#presence.deleteMany({ where: { lease: { in: gone } } })
  }

  async #prune(): Promise<void> {
    const { runtime, history } = this.#host
    if (runtime.monotonic() - this.#prunedAt < pruneMs) return
    this.#prunedAt = runtime.monotonic()
    const messages = this.#host.rows('$messages')
    const oldest = new Date(runtime.now() - history.ageMs)
    await messages.deleteMany({ where: { createdAt: { lt: oldest } } })
    const channels = await messages.aggregate({
      groupBy: ['channel'],
      measures: { n: 'count' },
      having: { n: { gt: history.size } },
    })
    for (const { channel } of channels) {
      const orderBy = [{ createdAt: 'desc' }, { id: 'desc' }]
      const query = { where: { channel }, orderBy, offset: history.size, limit: 1 }
      const [first] = await messages.find(query)
      if (first === undefined) continue
      const { id, createdAt } = first
      const OR = [{ createdAt: { lt: createdAt } }, { createdAt, id: { lte: id } }]
      await messages.deleteMany({ where: { channel, OR } })
    }
  }
}
