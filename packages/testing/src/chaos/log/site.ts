import type { Adapter } from '@wherry/core'
import { createService, type Data } from './schema.ts'

/** A service for several writers, which may be closed under them, and is then followed by another. */
export class Site {
  readonly #createAdapter: () => Adapter
  #current: Promise<Data> | undefined
  #restarting: Promise<void> | undefined

  constructor(createAdapter: () => Adapter) {
    this.#createAdapter = createAdapter
  }

  async service(): Promise<Data> {
    await this.#restarting
    return (this.#current ??= this.#open())
  }

  /** Ends what is under way, as the end of a process would. */
  restart(): void {
    this.#restarting ??= this.close().finally(() => (this.#restarting = undefined))
  }

  async close(): Promise<void> {
    const current = this.#current
    this.#current = undefined
    await current?.then(
      (data) => data.close(),
      () => undefined,
    )
  }

  async #open(): Promise<Data> {
    const data = createService(this.#createAdapter())
    try {
      await data.connect({ ensure: 'off' })
      return data
    } catch (error) {
      this.#current = undefined
      throw error
    }
  }
}
