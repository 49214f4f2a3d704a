import { maxChunkLength, type Down } from '@wherry/core/protocol'
import { Frame, type Transport } from '../transport/transport.ts'
import type { Turn } from './turn.ts'

/** Beyond this, in bytes, the system has more to send than a client that keeps up would leave it. */
const blockedBytes = 256 * 1024

/** Unread beyond this, in UTF-16 units, a connection is closed, however fast its client reads. */
export const mostLength: number = 64 * 1024 * 1024

/** Most outboxes are empty; nothing is ever added to this one. */
const none: never[] = []

/** Few enough that what they come to can be held, were each as long as an answer may be. */
const maxTogether = 16

/** Messages that are written one after another, each when there is room for it. */
export interface Parts {
  isOver: boolean
  /** The text of the next message. */
  next(): string
}

/** A message; its text, where that is there already; the frame of one that many are sent; or parts. */
export type Outgoing = Down | string | Frame | Parts

/**
 * What a session still has to say. Messages of a turn leave in one frame, and one that is alone in
 * its turn as the frame that it may have. While the system has too much of it unsent, messages wait
 * here, where they can be counted.
 */
export class Outbox {
  readonly #transport: Transport
  readonly #turn: Turn
  #messages: Outgoing[] = none
  #first = 0
  /** The first of them that are written already. */
  #texts: string[] = none
  #isScheduled = false
  /** How many bytes have been handed to the system. */
  #sent = 0
  /** What was added since the system had too much. */
  #backlog = 0

  constructor(transport: Transport, turn: Turn) {
    this.#transport = transport
    this.#turn = turn
  }

  /** How many bytes the system has taken. */
  get taken(): number {
    return this.#sent - this.#transport.unsent
  }

  /** How much waits here because the client does not read, in UTF-16 units. */
  get backlog(): number {
    return this.#backlog
  }

  /** Whether the system has too much to be given more. */
  get isBlocked(): boolean {
    return this.#backlog > 0 || this.#transport.unsent >= blockedBytes
  }

  /** One frame is sent once, though two of the session's subscriptions bring it. */
  add(message: Outgoing): void {
    const messages = this.#messages
    if (this.isBlocked) {
      const waiting = isParts(message) ? message : textOf(message)
      this.#push(waiting)
      if (typeof waiting === 'string') this.#backlog += waiting.length
    } else if (messages.length === 0 || messages[messages.length - 1] !== message) {
      this.#push(message)
      if (!this.#isScheduled) this.#turn.add(this)
      this.#isScheduled = true
    }
  }

  #push(message: Outgoing): void {
    if (this.#messages === none) this.#messages = [message]
    else this.#messages.push(message)
  }

  flush(): void {
    this.#isScheduled = false
    while (this.#hasMore && this.#transport.unsent < blockedBytes) this.#send(this.#nextFrame())
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
      const message = messages[at]!
      if (isParts(message)) continue
      const text = textOf(message)
      messages[at] = text
      this.#backlog += text.length
    }
  }

  get #hasMore(): boolean {
    return this.#texts.length > 0 || this.#first < this.#messages.length
  }

  #clear(): void {
    this.#messages = none
    this.#first = 0
    this.#texts = none
    this.#backlog = 0
  }

  /** As many messages as fit; one alone is as long as it is. */
  #nextFrame(): Frame {
    const isLast = this.#texts.length === 0 && this.#first === this.#messages.length - 1
    const last = isLast ? this.#messages[this.#first] : undefined
    if (last instanceof Frame) {
      this.#first++
      return last
    }
    const texts: string[] = []
    for (let length = 0; this.#hasMore;) {
      if (this.#texts.length === 0) this.#texts = this.#write()
      length += this.#texts[0]!.length
      if (texts.length > 0 && length > maxChunkLength) break
      texts.push(this.#texts.shift()!)
    }
    return new Frame(`[${texts.join()}]`)
  }

  /** The texts of the next messages; of short ones one text, since together they cost less. */
  #write(): string[] {
    const first = this.#messages[this.#first]!
    if (isParts(first)) {
      const text = first.next()
      if (first.isOver) this.#first++
      return [text]
    }
    const messages: Whole[] = []
    for (const message of this.#messages.slice(this.#first, this.#first + maxTogether)) {
      if (isParts(message)) break
      messages.push(message)
    }
    this.#first += messages.length
    if (messages.every(isUnwritten)) {
      const text = JSON.stringify(messages).slice(1, -1)
      if (text.length <= maxChunkLength) return [text]
    }
    return messages.map(textOf)
  }

  #send(frame: Frame): void {
    this.#sent += frame.bytes.length
    this.#transport.send(frame)
  }
}

type Whole = Exclude<Outgoing, Parts>

function isParts(message: Outgoing): message is Parts {
  return typeof message === 'object' && 'isOver' in message
}

function isUnwritten(message: Whole): boolean {
  return typeof message === 'object' && !(message instanceof Frame)
}

function textOf(message: Whole): string {
  if (typeof message === 'string') return message
  // A frame is an array, here of one message.
  return message instanceof Frame ? message.text.slice(1, -1) : JSON.stringify(message)
}
