import type { Runtime } from '@wherry/core'
import { maxChunkLength, type Down } from '@wherry/core/protocol'
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
  #messages: (Down | string)[] = []
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

  /** A message, or its text where that is there already. */
  add(message: Down | string): void {
    if (this.#inFlight < blockedLength) {
      this.#messages.push(message)
      return this.schedule()
    }
    const text = textOf(message)
    this.#messages.push(text)
    this.#backlog += text.length
  }

  schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#runtime.setImmediate(() => this.flush())
  }

  flush(): void {
    this.#isScheduled = false
    this.#sendAtOnce()
    while (this.#first < this.#messages.length && this.#inFlight < blockedLength) this.#sendFrame()
    if (this.#first === this.#messages.length) this.#clear()
  }

  /** What can be sent is sent; the rest is given up, and so is what comes later. */
  close(): void {
    this.flush()
    this.#clear()
  }

  #clear(): void {
    this.#messages = []
    this.#first = 0
    this.#backlog = 0
  }

  /** Mostly there are a few short answers: to write them as one array is cheaper than one by one. */
  #sendAtOnce(): void {
    const messages = this.#messages
    if (messages.every((message) => typeof message === 'object')) {
      const frame = JSON.stringify(messages)
      if (messages.length > 0 && frame.length <= maxChunkLength) {
        this.#send(frame)
        return this.#clear()
      }
    }
    this.#messages = messages.map(textOf)
  }

  /** One frame of as many messages as fit; one alone is as long as it is. */
  #sendFrame(): void {
    const messages = this.#messages as string[]
    let end = this.#first
    let length = 0
    do length += messages[end++]!.length
    while (end < messages.length && length + messages[end]!.length <= maxChunkLength)
    this.#send(`[${messages.slice(this.#first, end).join()}]`)
    this.#first = end
  }

  #send(frame: string): void {
    this.#inFlight += frame.length
    this.#transport.send(frame, () => {
      const wasBlocked = this.#inFlight >= blockedLength
      this.#inFlight -= frame.length
      if (wasBlocked && this.#inFlight < blockedLength) this.schedule()
    })
  }
}

function textOf(message: Down | string): string {
  return typeof message === 'string' ? message : JSON.stringify(message)
}
