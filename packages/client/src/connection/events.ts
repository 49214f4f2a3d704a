import { invalidOptions, type WherryError } from '@wherry/core'
import { later } from '../lib/later.ts'

export interface ClientEvents {
  /** There is a connection, and the server has welcomed it. */
  readonly connected: { readonly source: string; readonly generation?: string | undefined }
  /** There is none any more; `code` is that of the WebSocket, 1006 where none was sent. */
  readonly disconnected: { readonly code: number; readonly reason: string }
  /** An attempt to connect has failed, or the server does not keep to the protocol, or refuses. */
  readonly error: WherryError
}

type Listener<N extends keyof ClientEvents> = (event: ClientEvents[N]) => void

/** Who listens to what the connection does. */
export class Events {
  readonly #listeners: { readonly [N in keyof ClientEvents]: Set<Listener<N>> } = {
    connected: new Set(),
    disconnected: new Set(),
    error: new Set(),
  }

  on<N extends keyof ClientEvents>(name: N, listener: Listener<N>): () => void {
    const listeners: Set<Listener<N>> | undefined = this.#listeners[name]
    if (listeners === undefined) throw invalidOptions(`There is no event '${name}'`)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  /** Listeners are called when the connection has done what it is doing. */
  emit<N extends keyof ClientEvents>(name: N, event: ClientEvents[N]): void {
    for (const listener of this.#listeners[name]) later(() => listener(event))
  }
}
