import { isDeepStrictEqual } from 'node:util'
import { RawWebSocket } from '../../lib/raw-web-socket.ts'
import { rowAt } from '../rows.ts'
import type { Protocol } from './protocol.ts'

/** Rows that came in a frame; those who are sent the same bytes have been sent the same rows. */
interface Known {
  readonly bytes: Buffer
  readonly count: number
}

/** One who follows; the next row that it has to be told of. */
interface Receiver {
  readonly webSocket: RawWebSocket
  next: number
}

/**
 * All who follow the rows of a subject, and one who inserts them. Every row has to reach each of
 * them once, whole and in order: what does not ends the program.
 */
export class Audience {
  /** Is called for the rows that have reached somebody at once, from one number up to another. */
  onRows: (first: number, end: number) => void = () => undefined
  readonly #protocol: Protocol
  readonly #receivers: readonly Receiver[]
  readonly #inserter: RawWebSocket
  /** By the number of the first row. */
  readonly #known = new Map<number, Known>()
  #inserted = 0

  private constructor(
    protocol: Protocol,
    webSockets: readonly RawWebSocket[],
    inserter: RawWebSocket,
  ) {
    this.#protocol = protocol
    this.#inserter = inserter
    this.#receivers = webSockets.map((webSocket) => ({ webSocket, next: 0 }))
    for (const receiver of this.#receivers) {
      receiver.webSocket.listener = { frame: (payload) => this.#take(receiver, payload) }
    }
  }

  static async open(port: number, protocol: Protocol, size: number): Promise<Audience> {
    const endpoints = Array.from({ length: size }, () => protocol)
    const webSockets = await RawWebSocket.openAll(port, endpoints)
    return new Audience(protocol, webSockets, await RawWebSocket.open(port, protocol))
  }

  get size(): number {
    return this.#receivers.length
  }

  /** Inserts rows; returns the number of the first. */
  insert(count: number): number {
    const first = this.#inserted
    this.#inserted += count
    const numbers = Array.from({ length: count }, (_, index) => first + index)
    this.#inserter.say(this.#protocol.inserts(numbers))
    return first
  }

  /** Makes sure that nobody is taken for gone, and forgets what all have been told. */
  rest(): void {
    const { keepAlive } = this.#protocol
    this.#known.clear()
    if (keepAlive === undefined) return
    this.#inserter.say([keepAlive])
    for (const { webSocket } of this.#receivers) webSocket.say([keepAlive])
  }

  close(): void {
    for (const { webSocket } of this.#receivers) webSocket.close()
    this.#inserter.close()
  }

  #take(receiver: Receiver, payload: Buffer): void {
    const { next } = receiver
    let known = this.#known.get(next)
    if (known === undefined || !known.bytes.equals(payload)) {
      known = this.#read(next, payload)
      if (known.count === 0) return
      this.#known.set(next, known)
    }
    receiver.next = next + known.count
    this.onRows(next, receiver.next)
  }

  /** Throws unless these are the next rows. */
  #read(next: number, payload: Buffer): Known {
    const rows = this.#protocol.rows(payload.toString('utf8'))
    rows.forEach((row, index) => {
      if (isDeepStrictEqual(row, rowAt(next + index))) return
      throw new Error(`Instead of row ${next + index} came ${JSON.stringify(row)}`)
    })
    return { bytes: Buffer.from(payload), count: rows.length }
  }
}
