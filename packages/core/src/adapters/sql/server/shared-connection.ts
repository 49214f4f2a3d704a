import type { PoolStats } from '../../../contract/adapter.ts'
import type { Runtime, Timer } from '../../../lib/runtime.ts'
import type { SqlConnection } from './connection.ts'
import { closed } from './pool.ts'

/** How long nothing is answered before the first in the queue is taken to wait for a lock. */
const patienceMs = 50

/**
 * One connection that many calls use at once, opened when it is first needed and when it broke, and
 * closed when nobody has used it for long.
 */
export class SharedConnection {
  readonly #open: () => Promise<SqlConnection>
  readonly #idleTimeoutMs: number
  readonly #runtime: Runtime
  #timer: Timer
  #pending = 0
  /** When a call was last answered, or sent while nothing was awaited; by the monotonic clock. */
  #movedAt = 0
  #current: SqlConnection | undefined
  #opening: Promise<SqlConnection> | undefined
  #isClosed = false

  constructor(open: () => Promise<SqlConnection>, idleTimeoutMs: number, runtime: Runtime) {
    this.#open = open
    this.#idleTimeoutMs = idleTimeoutMs
    this.#runtime = runtime
  }

  /** Whether a call would now wait behind one that waits itself. */
  get isHeldUp(): boolean {
    return this.#pending > 0 && this.#runtime.monotonic() - this.#movedAt > patienceMs
  }

  stats(): PoolStats {
    const isOpen = this.#current?.isUsable === true
    const active = isOpen && this.#pending > 0 ? 1 : 0
    const total = isOpen || this.#opening !== undefined ? 1 : 0
    return { total, idle: isOpen ? 1 - active : 0, active, waiting: 0 }
  }

  async use<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    if (this.#pending === 0) this.#movedAt = this.#runtime.monotonic()
    this.#pending++
    try {
      return await work(this.#current?.isUsable === true ? this.#current : await this.#reopen())
    } finally {
      this.#pending--
      this.#movedAt = this.#runtime.monotonic()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#runtime.clearTimeout(this.#timer)
    await this.#opening?.catch(() => undefined)
    await this.#current?.close()
  }

  #reopen(): Promise<SqlConnection> {
    if (this.#isClosed) return Promise.reject(closed())
    this.#opening ??= this.#open()
      .then((connection) => {
        this.#current = connection
        if (this.#isClosed) {
          connection.destroy()
          throw closed()
        }
        this.#closeWhenIdle(this.#idleTimeoutMs)
        return connection
      })
      .finally(() => (this.#opening = undefined))
    return this.#opening
  }

  /** Looks now and then, which costs a call nothing. */
  #closeWhenIdle(againMs: number): void {
    this.#runtime.clearTimeout(this.#timer)
    this.#timer = this.#runtime.setTimeout(() => {
      const idleMs = this.#pending > 0 ? 0 : this.#runtime.monotonic() - this.#movedAt
      if (idleMs < this.#idleTimeoutMs) return this.#closeWhenIdle(this.#idleTimeoutMs - idleMs)
      void this.#current?.close()
      this.#current = undefined
    }, againMs)
  }
}
