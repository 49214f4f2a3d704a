import type { CloseReason } from '@wherry/core/protocol'

/** A connection as the gateway writes to it: a WebSocket, or its like in a test. */
export interface Transport {
  /** Sends one text frame; `sent` is called once the system has taken it. */
  send(text: string, sent: () => void): void
  close(code: number, reason: string): void
}

/** A connection as what carries it reports on it. */
export interface Connection {
  /** A whole text frame has come. */
  receive(text: string): void
  /** Something has come that is no text frame. */
  violate(reason: CloseReason): void
  /** The connection is gone, whoever ended it. */
  closed(): void
}
