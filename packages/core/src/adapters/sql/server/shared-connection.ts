import type { Runtime } from '../../../lib/runtime.ts'
import type { SqlConnection } from './connection.ts'
import { closed } from './pool.ts'

/** How long nothing is answered before the first in the queue is taken to wait for a lock. */
const patienceMs = 50

/** One connection that many calls use at once, opened when it is first needed and when it broke. */
export class SharedConnection {
  readonly #open: () => Promise<SqlConnection>
  readonly #runtime: Runtime
  #pending = 0
  /** When a call was last answered, or sent while nothing was awaited; by the monotonic clock. */
  #movedAt = 0
  #current: SqlConnection | undefined
  #opening: Promise<SqlConnection> | undefined
  #isClosed = false

  constructor(open: () => Promise<SqlConnection>, runtime: Runtime) {
    this.#open = open
    this.#runtime = runtime
  }

  /** Whether a call would now wait behind one that waits itself. */
  get isHeldUp(): boolean {
    return this.#pending > 0 && this.#runtime.monotonic() - this.#movedAt > patienceMs
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
    await this.#opening?.catch(() => undefined)
    await this.#current?.close()
  }

  #reopen(): Promise<SqlConnection> {
    if (this.#isClosed) return Promise.reject(closed())
    this.#opening ??= this.#open()
      .then((connection) => {
        this.#current = connection
        if (!this.#isClosed) return connection
        connection.destroy()
        throw closed()
      })
      .finally(() => (this.#opening = undefined))
    return this.#opening
  }
}
