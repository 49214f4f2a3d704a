import type { Runtime } from '@wherry/core'
import { splitFrameBytes } from '@wherry/core/protocol'
import { later } from '../lib/later.ts'
import type { Collections } from '../lib/schema.ts'
import type { Socket } from '../socket.ts'
import { bracketBytes, type Message } from './message.ts'

/** What the server said of itself in its welcome. */
export interface Peer {
  /** The engine that answers. */
  readonly source: string
  /** Names the server's log. */
  readonly generation: string
  readonly collections: Collections
}

/** A connection that has been welcomed, as those see it who speak through it. */
export class Link {
  readonly peer: Peer
  /** How long the last question and answer took together. */
  latencyMs: number
  readonly #socket: Socket
  readonly #runtime: Runtime
  #messages: Message[] = []
  #isCut = false

  constructor(peer: Peer, socket: Socket, runtime: Runtime, latencyMs: number) {
    this.peer = peer
    this.#socket = socket
    this.#runtime = runtime
    this.latencyMs = latencyMs
  }

  /** Messages of one synchronous turn leave together. */
  send(message: Message): void {
    if (this.#messages.push(message) === 1) later(() => this.#flush())
  }

  /** Nothing is sent any more; what waits has not been. */
  cut(): void {
    this.#isCut = true
  }

  #flush(): void {
    const messages = this.#messages
    this.#messages = []
    let start = 0
    let bytes = bracketBytes
    messages.forEach((message, index) => {
      // With the comma before it.
      if (index > start && bytes + 1 + message.bytes > splitFrameBytes) {
        this.#sendFrame(messages.slice(start, index))
        start = index
        bytes = bracketBytes
      }
      bytes += message.bytes + (index > start ? 1 : 0)
    })
    if (start < messages.length) this.#sendFrame(messages.slice(start))
  }

  #sendFrame(messages: readonly Message[]): void {
    // A frame before this one may have ended the connection.
    if (this.#isCut) return
    const now = this.#runtime.monotonic()
    for (const message of messages) message.sentAt = now
    this.#socket.send(`[${messages.map(({ text }) => text).join()}]`)
  }
}
