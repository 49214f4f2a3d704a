import type { WherryError } from '@wherry/core'
import { invalidOptions } from '../options.ts'
import { tell } from '../lib/tell.ts'

export interface ClientEvents {
  /** There is a connection, and the server has welcomed it. */
  readonly connected: { readonly source: string; readonly generation: string }
  /** There is none any more; `code` is that of the WebSocket, 1006 where none was sent. */
  readonly disconnected: { readonly code: number; readonly reason: string }
  /** An attempt to connect has failed, or the server does not keep to the protocol. */
  readonly error: WherryError
}

type Listeners = { readonly [N in keyof ClientEvents]: Set<(event: ClientEvents[N]) => void> }

/** Who listens to what the connection does. */
export class Events {
  readonly #listeners: Listeners = {
    connected: new Set(),
    disconnected: new Set(),
    error: new Set(),
  }

  on<N extends keyof ClientEvents>(
    name: N,
    listener: (event: ClientEvents[N]) => void,
  ): () => void {
    if (!Object.hasOwn(this.#listeners, name)) {
      const names = Object.keys(this.#listeners).join(', ')
      throw invalidOptions(`There is no event ${JSON.stringify(name)}; there are ${names}`)
    }
    // Its own, so that whoever listens twice stops twice.
    const own = (event: ClientEvents[N]) => listener(event)
    this.#listeners[name].add(own)
    return () => void this.#listeners[name].delete(own)
  }

  emit<N extends keyof ClientEvents>(name: N, event: ClientEvents[N]): void {
    for (const listener of this.#listeners[name]) tell(listener, event)
  }
}
