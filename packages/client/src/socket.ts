import WebSocket from 'isomorphic-ws'

export interface SocketEvents {
  readonly open: unknown
  readonly message: { readonly data: unknown }
  readonly close: { readonly code: number; readonly reason: string }
  /** A close follows. */
  readonly error: unknown
}

/**
 * What the client needs of a WebSocket: the W3C interface, as far as it is used. Browsers' sockets
 * are one, those of `ws` are, and a test can make its own.
 */
export interface Socket {
  addEventListener<T extends keyof SocketEvents>(
    type: T,
    listener: (event: SocketEvents[T]) => void,
  ): void
  send(text: string): void
  close(code?: number, reason?: string): void
}

/** Begins to connect. */
export type OpenSocket = (url: string, subprotocol: string) => Socket

export const openWebSocket: OpenSocket = (url, subprotocol) => new WebSocket(url, subprotocol)
