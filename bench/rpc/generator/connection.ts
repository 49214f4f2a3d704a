import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { recordId } from '../records.ts'
import { FrameReader, maskedFrames } from './frames.ts'
import type { Protocol } from './protocol.ts'

/** A client that costs as little as can be: one write for all requests that leave together. */
export class Connection {
  /** Is called with the number of answers that came together. */
  onAnswers: (count: number) => void = () => undefined
  /** Is called with each frame. */
  onFrame: ((payload: Buffer) => void) | undefined
  readonly #socket: Socket
  readonly #protocol: Protocol
  readonly #mask = randomBytes(4)
  #nextId = 1

  private constructor(socket: Socket, protocol: Protocol) {
    this.#socket = socket
    this.#protocol = protocol
    socket.setNoDelay(true)
  }

  static async open(port: number, protocol: Protocol): Promise<Connection> {
    const socket = connect(port, '127.0.0.1')
    const connection = new Connection(socket, protocol)
    await connection.#upgrade(port)
    return connection
  }

  /** Asks for records, the next ones in turn. */
  ask(count: number): void {
    const firstId = this.#nextId
    this.#nextId += count
    const keys = Array.from({ length: count }, (_, index) => recordId(firstId + index))
    this.#say(this.#protocol.requests(firstId, keys))
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.destroy()
  }

  /** Upgrades, and greets where the protocol asks for it. */
  #upgrade(port: number): Promise<void> {
    const { path, subprotocol, greeting } = this.#protocol
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    ]
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        reject(error)
        throw error
      }
      this.#socket.on('error', fail)
      this.#socket.on('close', () => fail(new Error('The server hung up')))
      let head = Buffer.alloc(0)
      const onHead = (chunk: Buffer) => {
        head = Buffer.concat([head, chunk])
        const end = head.indexOf('\r\n\r\n')
        if (end === -1) return
        if (!head.toString('latin1', 0, 12).endsWith(' 101')) {
          return fail(new Error(`The server did not upgrade: ${head.toString('latin1')}`))
        }
        this.#socket.off('data', onHead)
        this.#listen(head.subarray(end + 4), greeting?.welcome, resolve)
        if (greeting !== undefined) this.#say([greeting.hello])
      }
      this.#socket.on('data', onHead)
    })
  }

  #listen(first: Buffer, welcome: string | undefined, ready: () => void): void {
    let isReady = welcome === undefined
    if (isReady) ready()
    const reader = new FrameReader()
    let answers = 0
    const take = (payload: Buffer) => {
      if (isReady) answers += this.#protocol.answers(payload)
      else if (payload.toString('latin1', 0, welcome!.length) === welcome) {
        isReady = true
        ready()
      }
      this.onFrame?.(payload)
    }
    const onData = (chunk: Buffer) => {
      answers = 0
      reader.read(chunk, take)
      if (answers > 0) this.onAnswers(answers)
    }
    onData(first)
    this.#socket.on('data', onData)
  }

  #say(texts: readonly string[]): void {
    this.#socket.write(maskedFrames(texts, this.#mask))
  }
}
