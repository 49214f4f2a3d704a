import type { CloseReason } from '@wherry/core/protocol'
import { textFrame } from './text-frame.ts'

/** A text frame; put into bytes once, over however many connections it is sent. */
export class Frame {
  readonly text: string
  #bytes: Buffer | undefined

  constructor(text: string) {
    this.text = text
  }

  /** As a WebSocket carries it, its head included. Nobody may change it. */
  get bytes(): Buffer {
    return (this.#bytes ??= textFrame(this.text))
  }
}

/** A connection as the gateway writes to it: a WebSocket, or its like in a test. */
export interface Transport {
  /** How many bytes of what was sent the system has not taken yet. */
  readonly unsent: number
  send(frame: Frame): void
  close(code: number, reason: string): void
}

/** A connection as what carries it reports on it. */
export interface Connection {
  /** A whole text frame has come. */
  receive(text: string): void
  /** The system has taken all that was sent; to be told when much was unsent. */
  drained(): void
  /** Something has come that is no text frame. */
  violate(reason: CloseReason): void
  /** The connection is gone, whoever ended it. */
  closed(): void
}
