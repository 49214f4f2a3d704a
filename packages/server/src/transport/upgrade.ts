import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { invalidOptions } from '@wherry/core'
import { maxFrameBytes, subprotocol } from '@wherry/core/protocol'
import { WebSocketServer, type RawData, type ServerOptions, type WebSocket } from 'ws'
import type { Gateway } from '../gateway.ts'
import { strangerFault } from './loopback.ts'
import { pathOf } from './path.ts'
import type { Connection, Frame, Transport } from './transport.ts'

const settings: ServerOptions & { closeTimeout: number } = {
  noServer: true,
  maxPayload: maxFrameBytes,
  // Against frames in crumbs, each of which costs the receiver more than its sender.
  maxFragments: 64,
  maxBufferedChunks: 1_024,
  perMessageDeflate: false,
  clientTracking: false,
  /** How many milliseconds a client may take to end a connection that has been closed. */
  closeTimeout: 5_000,
  handleProtocols: () => subprotocol,
}

/** The gateways of each server. They share a listener, so that no upgrade is nobody's. */
const doors = new WeakMap<Server, Door>()

/**
 * Takes the upgrades of a server at a path, and refuses them while the gateway is stopping. Throws
 * InvalidOptions when another gateway takes them.
 */
export function attach(server: Server, path: string, gateway: Gateway): void {
  const door = doors.get(server) ?? new Door(server)
  doors.set(server, door)
  door.open(path, gateway)
}

/**
 * Once a gateway has stopped, leaves the upgrades of a server to others, at all paths. Where nobody
 * else would answer them they are still refused: their clients would wait, and the server for them.
 */
export function detach(server: Server, gateway: Gateway): void {
  doors.get(server)?.close(gateway)
}

class Door {
  readonly #server: Server
  readonly #gateways = new Map<string, Gateway>()
  readonly #webSockets = new WebSocketServer(settings)

  constructor(server: Server) {
    this.#server = server
  }

  open(path: string, gateway: Gateway): void {
    const other = this.#gateways.get(path)
    if (other === gateway) return
    if (other?.isStopping === false)
      throw invalidOptions(`Another gateway is attached at '${path}'`)
    if (this.#gateways.size === 0) this.#server.on('upgrade', this.#onUpgrade)
    this.#gateways.set(path, gateway)
  }

  close(gateway: Gateway): void {
    if (this.#isAlone && this.#server.listenerCount('request') === 0) return
    for (const [path, each] of this.#gateways) if (each === gateway) this.#gateways.delete(path)
    if (this.#gateways.size === 0) this.#server.off('upgrade', this.#onUpgrade)
  }

  get #isAlone(): boolean {
    return this.#server.listenerCount('upgrade') === 1
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const gateway = this.#gateways.get(pathOf(request.url))
    if (gateway === undefined) {
      // An upgrade that nobody takes would hang for ever.
      if (this.#isAlone) refuse(socket, 404, 'There is nothing to connect to at this path')
      return
    }
    if (gateway.isStopping) {
      return refuse(socket, 503, 'The gateway has been stopped', 'Retry-After: 1\r\n')
    }
    const fault = faultOf(request)
    if (fault !== undefined) return refuse(socket, ...fault)
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      carry(webSocket, socket, gateway),
    )
  }
}

type Fault = readonly [status: number, message: string]

/** Why a client is not let in, before a WebSocket is made for it. */
function faultOf(request: IncomingMessage): Fault | undefined {
  const stranger = strangerFault(request)
  if (stranger !== undefined) return [403, stranger]
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',')
  if (offered.some((name) => name.trim() === subprotocol)) return undefined
  return [400, `The client has to offer the WebSocket subprotocol ${subprotocol}`]
}

function refuse(socket: Duplex, status: number, message: string, headers = ''): void {
  // The other side may be gone already; there is nobody else to tell.
  socket.on('error', () => socket.destroy())
  // Nor is it waited for, were it never to end its half.
  socket.on('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
      `${headers}Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
  )
}

/** Where a WebSocket of ours keeps what carries it. */
const carrying = Symbol('carrier')
type Carried = WebSocket & { [carrying]?: Carrier }

function carry(webSocket: Carried, socket: Duplex, gateway: Gateway): void {
  webSocket[carrying] = new Carrier(webSocket, socket, gateway)
  webSocket.on('message', onMessage)
  webSocket.on('close', onClose)
  // What is no WebSocket frame has been answered with its close code already; 'close' follows.
  webSocket.on('error', ignore)
}

/** A WebSocket as the gateway writes to it. There are many, so that each has nothing of its own. */
class Carrier implements Transport {
  readonly connection: Connection
  readonly #webSocket: WebSocket
  readonly #socket: Duplex
  #isFull = false

  constructor(webSocket: WebSocket, socket: Duplex, gateway: Gateway) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.connection = gateway.accept(this)
  }

  get unsent(): number {
    return this.#socket.writableLength
  }

  send({ bytes }: Frame): void {
    const { readyState, OPEN } = this.#webSocket
    if (readyState !== OPEN || this.#socket.write(bytes) || this.#isFull) return
    this.#isFull = true
    this.#socket.once('drain', () => {
      this.#isFull = false
      this.connection.drained()
    })
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason)
  }
}

function onMessage(this: Carried, data: RawData, isBinary: boolean): void {
  const { connection } = this[carrying]!
  // Text frames come whole, as one buffer.
  if (isBinary) connection.violate('Binary')
  else connection.receive((data as Buffer).toString('utf8'))
}

function onClose(this: Carried): void {
  this[carrying]!.connection.closed()
}

function ignore(): void {}
