import type { Runtime } from '@wherry/core'
import { maxChunkLength } from '@wherry/core/protocol'
import type { Transport } from '../transport/transport.ts'

/** Beyond this the system has more to send than a client that keeps up would leave it. */
const blockedLength = 1024 * 1024

/**
 * What a session still has to say. Messages of a turn leave in one frame; and while the system has
 * too much of it unsent, they wait here, where they can be counted.
 */
export class Outbox {
  readonly #transport: Transport
  readonly #runtime: Runtime
  #messages: string[] = []
  #first = 0
  #isScheduled = false
  /** What the system has not sent yet, in UTF-16 units. */
  #inFlight = 0
  /** What was added since the system had too much. */
  #backlog = 0

  constructor(transport: Transport, runtime: Runtime) {
    this.#transport = transport
    this.#runtime = runtime
  }

  /** How much waits here because the client does not read, in UTF-16 units. */
  get backlog(): number {
    return this.#backlog
  }

  add(message: string): void {
    this.#messages.push(message)
    if (this.#inFlight >= blockedLength) this.#backlog += message.length
    else this.schedule()
  }

  schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#runtime.setImmediate(() => this.flush())
  }

  flush(): void {
    this.#isScheduled = false
    while (this.#first < this.#messages.length && this.#inFlight < blockedLength) this.#sendFrame()
    if (this.#first < this.#messages.length) return
    this.#messages = []
    this.#first = 0
    this.#backlog = 0
  }

  /** What can be sent is sent; the rest is given up, and so is what comes later. */
  close(): void {
    this.flush()
    this.#messages = []
    this.#first = 0
    this.#backlog = 0
  }

  /** One frame of as many messages as fit; one alone is as long as it is. */
  #sendFrame(): void {
    const messages = this.#messages
    let end = this.#first
    let length = 0
    do length += messages[end++]!.length
    while (end < messages.length && length + messages[end]!.length <= maxChunkLength)
    const all = this.#first === 0 && end === messages.length
    const frame = `[${(all ? messages : messages.slice(this.#first, end)).join()}]`
    this.#first = end
    this.#inFlight += frame.length
    this.#transport.send(frame, () => {
      const wasBlocked = this.#inFlight >= blockedLength
      this.#inFlight -= frame.length
      if (wasBlocked && this.#inFlight < blockedLength) this.schedule()
    })
  }
}
