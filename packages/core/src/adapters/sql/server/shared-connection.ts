import type { SqlConnection } from './connection.ts'
import { closed } from './pool.ts'

/** One connection that many calls use at once, opened when it is first needed and when it broke. */
export class SharedConnection {
  readonly #open: () => Promise<SqlConnection>
  #current: SqlConnection | undefined
  #opening: Promise<SqlConnection> | undefined
  #isClosed = false

  constructor(open: () => Promise<SqlConnection>) {
    this.#open = open
  }

  use<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    return this.#current?.isUsable === true ? work(this.#current) : this.#reopen().then(work)
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
