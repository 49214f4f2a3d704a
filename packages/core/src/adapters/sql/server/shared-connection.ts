import type { SqlConnection } from './connection.ts'

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
    const current = this.#current ?? (await this.#opening?.catch(() => undefined))
    await current?.close()
  }

  #reopen(): Promise<SqlConnection> {
    this.#opening ??= this.#open()
      .then((connection) => {
        if (this.#isClosed) connection.destroy()
        return (this.#current = connection)
      })
      .finally(() => (this.#opening = undefined))
    return this.#opening
  }
}
