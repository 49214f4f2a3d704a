import type { AdapterContext } from '../../contract/adapter.ts'
import type { Position } from '../../contract/change-log.ts'
import type { Timer } from '../../lib/runtime.ts'
import { newGeneration } from '../positions.ts'

/** How much of the log stays; see LogSettings. */
export interface Retention {
  readonly keepEntries: number
  readonly keepMs: number
  readonly maxEntries: number
}

const defaults: Retention = { keepEntries: 100_000, keepMs: 3_600_000, maxEntries: 1_000_000 }

/** How many entries are committed or read before somebody looks for old ones. */
const entriesPerLook = 1_000
/** How long a reader counts as alive that has not said so again, and how often it does. */
export const leaseMs = 60_000
const renewalMs = 20_000
/** How soon after it begins, and again until it knows where it is: what it needs is not to be taken away before. */
const firstMs = 100

/** What differs between engines. All of it may fail, where the database cannot be written. */
export interface KeeperHost {
  context(): AdapterContext
  /** Whether other processes may remove entries, too, so that they have to be told. */
  readonly isShared: boolean
  /** Says in `wherry_cursor` that this reader is alive, for `leaseMs`, and how far it has read. */
  hold(reader: string, position: Position): Promise<void>
  /** Takes that back, and what others have not taken back for long. */
  release(reader: string): Promise<void>
  /** The positions of readers that are alive. */
  held(): Promise<readonly Position[]>
  /**
   * Removes some of the oldest entries: those which these settings let go and all of these positions
   * have read, and those beyond `maxEntries` in any case. Tells whether there may be more.
   */
  prune(retention: Retention, positions: readonly Position[]): Promise<boolean>
}

/**
 * Removes what is old from the log, and keeps what somebody who is alive still has to read: each
 * process says so for those who watch the log through it.
 */
export class LogKeeper {
  readonly #host: KeeperHost
  readonly #watchers = new Set<() => Position | undefined>()
  /** Names this process; made when it is first needed. */
  #reader: string | undefined
  #isHeld = false
  #timer: Timer
  #entries = 0
  /** What is under way. */
  #work: Promise<void> | undefined

  constructor(host: KeeperHost) {
    this.#host = host
  }

  /** Keeps what lies behind a position, until the function that it returns is called. */
  watch(position: () => Position | undefined): () => void {
    this.#watchers.add(position)
    if (this.#watchers.size === 1 && this.#host.isShared) this.#plan(firstMs)
    return () => {
      if (!this.#watchers.delete(position) || this.#watchers.size > 0) return
      this.#host.context().runtime.clearTimeout(this.#timer)
      if (this.#isHeld) void this.#run(() => this.#release())
    }
  }

  /** So many entries were committed or read, so that it may be time to look for old ones. */
  noticed(count: number): void {
    this.#entries += count
    if (this.#entries < entriesPerLook || this.#work !== undefined) return
    this.#entries = 0
    void this.#run(() => this.#prune())
  }

  /** Before the database is closed. */
  async close(): Promise<void> {
    if (this.#watchers.size > 0) this.#host.context().runtime.clearTimeout(this.#timer)
    this.#watchers.clear()
    if (this.#isHeld) void this.#run(() => this.#release())
    await this.#work
    this.#reader = undefined
  }

  #plan(delayMs: number): void {
    const { runtime } = this.#host.context()
    runtime.clearTimeout(this.#timer)
    this.#timer = runtime.setTimeout(() => {
      void this.#renew()
    }, delayMs)
  }

  async #renew(): Promise<void> {
    await this.#run(() => this.#hold())
    if (this.#watchers.size > 0) this.#plan(this.#isHeld ? renewalMs : firstMs)
  }

  /** One thing after another. What fails is tried again by itself, later. */
  #run(work: () => Promise<void>): Promise<void> {
    // At once where nothing is under way, so that it begins before a database is closed.
    const begun = this.#work === undefined ? attempt(work) : this.#work.then(work)
    const running = begun
      .catch(() => undefined)
      .finally(() => {
        if (this.#work === running) this.#work = undefined
      })
    this.#work = running
    return running
  }

  /** Positions of one log can be told from each other only by the engine, so all of them count. */
  #positions(): Position[] {
    return Array.from(this.#watchers, (position) => position()).filter((each) => each !== undefined)
  }

  async #hold(): Promise<void> {
    const { runtime } = this.#host.context()
    const reader = (this.#reader ??= newGeneration(runtime))
    const positions = this.#positions()
    for (const [at, position] of positions.entries()) {
      this.#isHeld = true
      await this.#host.hold(`${reader}-${at}`, position)
    }
  }

  async #release(): Promise<void> {
    this.#isHeld = false
    await this.#host.release(this.#reader!)
  }

  async #prune(): Promise<void> {
    const { log } = this.#host.context()
    const retention = {
      keepEntries: log?.keepEntries ?? defaults.keepEntries,
      keepMs: log?.keepMs ?? defaults.keepMs,
      maxEntries: log?.maxEntries ?? Math.max(defaults.maxEntries, log?.keepEntries ?? 0),
    }
    const held = await this.#host.held()
    while (await this.#host.prune(retention, [...held, ...this.#positions()]));
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  return work()
}
