import { isWherryError, type WherryError } from '@wherry/core'
import type { Entry } from '@wherry/core/channels'
import type { Tenant } from '../connection/tenant.ts'

interface Own {
  readonly channel: string
  meta: unknown
  /** What the server calls it on this connection. */
  id: Promise<string>
  /** While `entering` has no answer, it is sent again by itself; `unknown`: there was none in time. */
  is: 'entering' | 'there' | 'unknown'
}

/** The methods of the collection of those who are present. */
interface Rows {
  insert(row: object): Promise<{ id: string }>
  update(id: string, patch: object): Promise<unknown>
  delete(id: string): Promise<unknown>
}

/** Where this client is present. The server forgets it with the connection, so it comes again. */
export class Presences implements Tenant {
  readonly #rows: () => Rows
  readonly #onError: (channel: string, error: WherryError) => void
  readonly #entries = new Set<Own>()

  constructor(rows: () => Rows, onError: (channel: string, error: WherryError) => void) {
    this.#rows = rows
    this.#onError = onError
  }

  async enter(channel: string, meta: unknown): Promise<Entry> {
    const own = { channel, meta } as Own
    await this.#insert(own)
    this.#entries.add(own)
    const isThere = () => this.#entries.has(own)
    return {
      get hasLeft() {
        return !isThere()
      },
      update: async (next) => {
        own.meta = next
        await this.#perform(own, (id) => this.#rows().update(id, { meta: next }))
      },
      leave: async () => {
        this.#entries.delete(own)
        await this.#perform(own, (id) => this.#rows().delete(id))
      },
    }
  }

  welcomed(): void {
    for (const own of this.#entries) {
      if (own.is === 'entering') continue
      this.#insert(own).catch((error: WherryError) => this.#onError(own.channel, error))
    }
  }

  receive(): void {}

  lost(): void {}

  #insert(own: Own): Promise<string> {
    const { channel, meta } = own
    const enter = async () => {
      try {
        const { id } = await this.#rows().insert({ channel, meta })
        own.is = 'there'
        return id
      } catch (error) {
        own.is = 'unknown'
        throw error
      }
    }
    own.is = 'entering'
    return (own.id = enter())
  }

  /** Again, when it has come again meanwhile. Entering twice does no harm, and tells the id. */
  async #perform(own: Own, work: (id: string) => Promise<unknown>): Promise<void> {
    const id = own.is === 'unknown' ? this.#insert(own) : own.id
    try {
      await work(await id)
    } catch (error) {
      if (!isWherryError(error) || error.code !== 'NotFound') throw error
      if (own.id !== id) await this.#perform(own, work)
      // Who has gone with its connection has left.
      else if (this.#entries.has(own)) throw error
    }
  }
}
