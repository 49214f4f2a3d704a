import type { PoolStats } from '../../../contract/adapter.ts'
import { WherryError } from '../../../errors/wherry-error.ts'
import type { Runtime, Timer } from '../../../lib/runtime.ts'

export interface PoolSettings {
  /** The most connections. */
  readonly max: number
  /** How long one may be idle before it is closed. */
  readonly idleTimeoutMs: number
  /** How long a call waits for one. */
  readonly acquireTimeoutMs: number
}

export interface Poolable {
  readonly isUsable: boolean
  close(): Promise<void>
  destroy(): void
}

/** The error of a call that waited too long. */
type Exhausted = (timeoutMs: number, cause: unknown, stats: PoolStats) => WherryError

interface Waiter<C> {
  readonly resolve: (connection: C) => void
  readonly reject: (error: unknown) => void
}

/**
 * Connections that calls take and give back. One that broke is never given out; a new one is opened
 * when it is needed, so a database that comes back is used again by the next call. The same for
 * every engine; drivers' own pools differ in all of this.
 */
export class Pool<C extends Poolable> {
  readonly #open: () => Promise<C>
  readonly #settings: PoolSettings
  readonly #runtime: Runtime
  readonly #exhausted: Exhausted
  /** Why the last attempt to open one failed. */
  #refusal: unknown
  /** The one that was used last is used next, so that those which are too many get old. */
  readonly #idle: { readonly connection: C; readonly timer: Timer }[] = []
  readonly #active = new Set<C>()
  readonly #waiters = new Set<Waiter<C>>()
  #opening = 0
  #onDrained: (() => void) | undefined
  #isClosed = false

  constructor(
    open: () => Promise<C>,
    settings: PoolSettings,
    runtime: Runtime,
    exhausted: Exhausted = allAtWork,
  ) {
    this.#exhausted = exhausted
    this.#open = open
    this.#settings = settings
    this.#runtime = runtime
  }

  /** A connection for the caller alone, until it is released. */
  acquire(): C | Promise<C> {
    const idle = this.#takeIdle()
    return idle ?? this.#wait()
  }

  release(connection: C): void {
    this.#active.delete(connection)
    if (!this.#isClosed && connection.isUsable) this.#offer(connection)
    else {
      connection.destroy()
      this.#openForWaiters()
    }
    if (this.#isDrained) this.#onDrained?.()
  }

  /** Waits for what is under way, but not longer than this, and ends everything. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true
    for (const waiter of this.#waiters) waiter.reject(closed())
    const idle = this.#idle.splice(0).map(({ connection, timer }) => {
      this.#runtime.clearTimeout(timer)
      return connection.close()
    })
    if (!this.#isDrained) {
      await new Promise<void>((resolve) => {
        const timer = this.#runtime.setTimeout(resolve, graceMs)
        this.#onDrained = () => {
          this.#runtime.clearTimeout(timer)
          resolve()
        }
      })
    }
    for (const connection of this.#active) connection.destroy()
    await Promise.all(idle)
  }

  stats(): PoolStats {
    const [idle, active] = [this.#idle.length, this.#active.size]
    return { total: idle + active + this.#opening, idle, active, waiting: this.#waiters.size }
  }

  get #isDrained(): boolean {
    return this.#active.size === 0 && this.#opening === 0
  }

  #takeIdle(): C | undefined {
    for (let last; (last = this.#idle.pop()) !== undefined;) {
      this.#runtime.clearTimeout(last.timer)
      if (!last.connection.isUsable) continue
      this.#active.add(last.connection)
      return last.connection
    }
    return undefined
  }

  #wait(): Promise<C> {
    const { acquireTimeoutMs } = this.#settings
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(closed())
      const timer = this.#runtime.setTimeout(
        () => waiter.reject(this.#exhausted(acquireTimeoutMs, this.#refusal, this.stats())),
        acquireTimeoutMs,
      )
      const leave = () => {
        this.#runtime.clearTimeout(timer)
        this.#waiters.delete(waiter)
      }
      const waiter: Waiter<C> = {
        resolve(connection) {
          leave()
          resolve(connection)
        },
        reject(error) {
          leave()
          reject(error)
        },
      }
      this.#waiters.add(waiter)
      this.#openForWaiters()
    })
  }

  #openForWaiters(): void {
    const { max } = this.#settings
    while (
      !this.#isClosed &&
      this.#opening < this.#waiters.size &&
      this.#active.size + this.#idle.length + this.#opening < max
    ) {
      this.#opening++
      void this.#openOne()
    }
  }

  async #openOne(): Promise<void> {
    try {
      const connection = await this.#open()
      this.#opening--
      this.#refusal = undefined
      if (this.#isClosed) connection.destroy()
      else this.#offer(connection)
    } catch (error) {
      this.#opening--
      this.#refusal = error
      // Whoever waits longest is told at once; the others' own attempts are under way.
      const [first] = this.#waiters
      first?.reject(error)
      this.#openForWaiters()
    }
    if (this.#isDrained) this.#onDrained?.()
  }

  /** Gives a connection to whoever waits for one, or keeps it for a while. */
  #offer(connection: C): void {
    const [first] = this.#waiters
    if (first !== undefined) {
      this.#active.add(connection)
      return first.resolve(connection)
    }
    const timer = this.#runtime.setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((each) => each.connection === connection),
        1,
      )
      void connection.close().catch(() => connection.destroy())
    }, this.#settings.idleTimeoutMs)
    this.#idle.push({ connection, timer })
  }
}

export function closed(): WherryError {
  return new WherryError('NotConnected', 'The data service has been closed')
}

function allAtWork(timeoutMs: number, cause: unknown, { total, active }: PoolStats): WherryError {
  if (active < total) return cannotOpen(timeoutMs, cause)
  return new WherryError(
    'DatabaseUnavailable',
    `No connection to the database came free within ${timeoutMs} ms (${active} of ${total} are at ` +
      `work); keep transactions short, or raise 'max' or 'acquireTimeoutMs'`,
    { outcome: 'not-applied' },
    cause,
  )
}

/** Some were still being opened: more of them would not have helped. */
function cannotOpen(timeoutMs: number, cause: unknown): WherryError {
  return new WherryError(
    'DatabaseUnavailable',
    `The database did not accept a connection within ${timeoutMs} ms; see that it runs and can be ` +
      `reached, or raise 'acquireTimeoutMs'`,
    { outcome: 'not-applied' },
    cause,
  )
}
