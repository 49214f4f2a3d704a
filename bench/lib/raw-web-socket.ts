import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { FrameReader, maskedFrames } from './frames.ts'

/** Where and how to begin. All text is ASCII. */
export interface Endpoint {
  /** Where the WebSocket is, with its query. */
  readonly path: string
  readonly subprotocol?: string
  /** What is said before all else: each when a frame has come that says that the one before was heard. */
  readonly opening?: readonly Step[]
  /** A frame that has to be answered for the connection to stand, and with what. */
  readonly ping?: { readonly hear: string; readonly say: string }
}

export interface Step {
  readonly say: string
  /** What the frame holds that answers it. */
  readonly until: string
}

export interface Listener {
  /** Is called with each frame behind the opening. What it is given is there for the call only. */
  frame(payload: Buffer): void
  /** Is called when all that came in one read has been told. */
  read?(): void
}

/** More than a server may take at once would wait to be taken. */
const atOnce = 100

/** All sockets read into the same bytes, one after another. */
const shared = Buffer.allocUnsafe(65_536)

/** A client that costs as little as can be: one write for all frames that leave together. */
export class RawWebSocket {
  listener: Listener = { frame: () => undefined }
  readonly #socket: Socket
  readonly #endpoint: Endpoint
  readonly #mask = randomBytes(4)

  private constructor(port: number, endpoint: Endpoint, take: (chunk: Buffer) => void) {
    this.#endpoint = endpoint
    const callback = (bytes: number) => {
      take(shared.subarray(0, bytes))
      return true
    }
    const onread = { buffer: shared, callback }
    this.#socket = connect({ port, host: '127.0.0.1', onread, noDelay: true })
  }

  /** Resolves once the opening is done. */
  static open(port: number, endpoint: Endpoint): Promise<RawWebSocket> {
    return new Promise((resolve, reject) => {
      let take: (chunk: Buffer) => void = () => {}
      const webSocket = new RawWebSocket(port, endpoint, (chunk) => take(chunk))
      const socket = webSocket.#socket
      const fail = (error: Error) => {
        reject(error)
        throw error
      }
      socket.on('error', fail)
      socket.on('close', () => fail(new Error('The server hung up')))
      // Where nobody asks for what is read, its end would not be noticed.
      socket.resume()
      socket.write(webSocket.#request(port))
      let head = Buffer.alloc(0)
      take = (chunk) => {
        head = Buffer.concat([head, chunk])
        const end = head.indexOf('\r\n\r\n')
        if (end === -1) return
        if (!head.toString('latin1', 0, 12).endsWith(' 101')) {
          fail(new Error(`The server did not upgrade: ${head.toString('latin1')}`))
        }
        take = webSocket.#begin(() => resolve(webSocket))
        take(head.subarray(end + 4))
      }
    })
  }

  /** Opens many, some at a time. */
  static async openAll(port: number, endpoints: readonly Endpoint[]): Promise<RawWebSocket[]> {
    const webSockets: RawWebSocket[] = []
    while (webSockets.length < endpoints.length) {
      const some = endpoints.slice(webSockets.length, webSockets.length + atOnce)
      const opened = some.map((endpoint) => RawWebSocket.open(port, endpoint))
      webSockets.push(...(await Promise.all(opened)))
    }
    return webSockets
  }

  /** Sends each text in a frame of its own. */
  say(texts: readonly string[]): void {
    this.#socket.write(maskedFrames(texts, this.#mask))
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.destroy()
  }

  #request(port: number): string {
    const { path, subprotocol } = this.#endpoint
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    ]
    return `${lines.join('\r\n')}\r\n\r\n`
  }

  /** Goes through the opening; returns what takes all that comes behind the upgrade. */
  #begin(ready: () => void): (chunk: Buffer) => void {
    const { opening = [], ping } = this.#endpoint
    const reader = new FrameReader()
    let step = 0
    const next = () => {
      if (step < opening.length) this.say([opening[step]!.say])
      else ready()
    }
    const take = (payload: Buffer) => {
      if (
        ping !== undefined &&
        payload.length === ping.hear.length &&
        payload.includes(ping.hear)
      ) {
        this.say([ping.say])
      } else if (step === opening.length) this.listener.frame(payload)
      else if (payload.includes(opening[step]!.until)) {
        step++
        next()
      }
    }
    next()
    return (chunk) => {
      reader.read(chunk, take)
      this.listener.read?.()
    }
  }
}
