import { RawWebSocket } from '../../lib/raw-web-socket.ts'
import { recordId } from '../records.ts'
import type { Protocol } from './protocol.ts'

/** A client that asks for records, and counts what is answered. */
export class Connection {
  /** Is called with the number of answers that came together. */
  onAnswers: (count: number) => void = () => undefined
  /** Is called with each frame. */
  onFrame: ((payload: Buffer) => void) | undefined
  readonly #webSocket: RawWebSocket
  readonly #protocol: Protocol
  #nextId = 1

  private constructor(webSocket: RawWebSocket, protocol: Protocol) {
    this.#webSocket = webSocket
    this.#protocol = protocol
    let answers = 0
    webSocket.listener = {
      frame: (payload) => {
        answers += protocol.answers(payload)
        this.onFrame?.(payload)
      },
      read: () => {
        const count = answers
        answers = 0
        if (count > 0) this.onAnswers(count)
      },
    }
  }

  static async open(port: number, protocol: Protocol): Promise<Connection> {
    return new Connection(await RawWebSocket.open(port, protocol), protocol)
  }

  /** Asks for records, the next ones in turn. */
  ask(count: number): void {
    const firstId = this.#nextId
    this.#nextId += count
    const keys = Array.from({ length: count }, (_, index) => recordId(firstId + index))
    this.#webSocket.say(this.#protocol.requests(firstId, keys))
  }

  close(): void {
    this.#webSocket.close()
  }
}
