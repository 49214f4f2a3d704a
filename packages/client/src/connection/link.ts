import { splitFrameBytes } from '@wherry/core/protocol'
import { later } from '../lib/later.ts'
import type { Collections } from '../lib/schema.ts'
import type { Socket } from '../socket.ts'
import { bracketBytes, type Message } from './message.ts'

/** A connection that has been welcomed, as those see it who speak through it. */
export class Link {
  /** The engine that answers. */
  readonly source: string
  readonly collections: Collections
  readonly #socket: Socket
  #messages: Message[] = []
  #isCut = false

  constructor(source: string, collections: Collections, socket: Socket) {
    this.source = source
    this.collections = collections
    this.#socket = socket
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
    let bytes = 0
    messages.forEach((message, index) => {
      // Each brings a comma, but one, and there are the brackets.
      if (bytes + message.bytes + bracketBytes > splitFrameBytes) {
        this.#sendFrame(messages.slice(start, index))
        start = index
        bytes = 0
      }
      bytes += message.bytes + 1
    })
    this.#sendFrame(messages.slice(start))
  }

  #sendFrame(messages: readonly Message[]): void {
    // A frame before this one may have ended the connection.
    if (this.#isCut) return
    for (const message of messages) message.isSent = true
    this.#socket.send(`[${messages.map(({ text }) => text).join()}]`)
  }
}
