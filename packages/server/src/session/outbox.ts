import type { Runtime } from '@wherry/core'
import { maxChunkLength, type Down } from '@wherry/core/protocol'
import type { Transport } from '../transport/transport.ts'

/** Beyond this the system has more to send than a client that keeps up would leave it. */
const blockedLength = 1024 * 1024

/** Unread beyond this a connection is closed, however fast its client reads. */
export const mostLength: number = 64 * 1024 * 1024

/** Few enough that what they come to can be held, were each as long as an answer may be. */
const maxTogether = 16

/**
 * What a session still has to say. Messages of a turn leave in one frame; and while the system has
 * too much of it unsent, they wait here, where they can be counted.
 */
export class Outbox {
  readonly #transport: Transport
  readonly #runtime: Runtime
  #messages: (Down | string)[] = []
  #first = 0
  /** The first of them that are written already. */
  #texts: string[] = []
  #isScheduled = false
  /** What the system has not sent yet, in UTF-16 units. */
  #inFlight = 0
  #taken = 0
  /** What was added since the system had too much. */
  #backlog = 0

  constructor(transport: Transport, runtime: Runtime) {
    this.#transport = transport
    this.#runtime = runtime
  }

  /** How much the system has sent, in UTF-16 units. */
  get taken(): number {
    return this.#taken
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
    while (this.#hasMore && this.#inFlight < blockedLength) this.#send(this.#nextFrame())
    if (this.#hasMore) this.#count()
    else this.#clear()
  }

  /** What can be sent is sent; the rest is given up, and so is what comes later. */
  close(): void {
    this.flush()
    this.#clear()
  }

  /** What the system could not take now waits for the client: it is written, and counted. */
  #count(): void {
    const messages = this.#messages
    this.#backlog = this.#texts.reduce((length, text) => length + text.length, 0)
    for (let at = this.#first; at < messages.length && this.#backlog <= mostLength; at++) {
      const text = textOf(messages[at]!)
      messages[at] = text
      this.#backlog += text.length
    }
  }

  get #hasMore(): boolean {
    return this.#texts.length > 0 || this.#first < this.#messages.length
  }

  #clear(): void {
    this.#messages = []
    this.#first = 0
    this.#texts = []
    this.#backlog = 0
  }

  /** As many messages as fit; one alone is as long as it is. */
  #nextFrame(): string {
    const frame: string[] = []
    for (let length = 0; this.#hasMore;) {
      if (this.#texts.length === 0) this.#texts = this.#write()
      length += this.#texts[0]!.length
      if (frame.length > 0 && length > maxChunkLength) break
      frame.push(this.#texts.shift()!)
    }
    return `[${frame.join()}]`
  }

  /** The texts of the next messages; of short ones one text, since together they cost less. */
  #write(): string[] {
    const messages = this.#messages.slice(this.#first, this.#first + maxTogether)
    this.#first += messages.length
    if (messages.every((message) => typeof message === 'object')) {
      const text = JSON.stringify(messages).slice(1, -1)
      if (text.length <= maxChunkLength) return [text]
    }
    return messages.map(textOf)
  }

  #send(frame: string): void {
    this.#inFlight += frame.length
    this.#transport.send(frame, () => {
      const wasBlocked = this.#inFlight >= blockedLength
      this.#inFlight -= frame.length
      this.#taken += frame.length
      if (wasBlocked && this.#inFlight < blockedLength) this.schedule()
    })
  }
}

function textOf(message: Down | string): string {
  return typeof message === 'string' ? message : JSON.stringify(message)
}
