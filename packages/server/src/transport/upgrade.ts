import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { invalidOptions } from '@wherry/core'
import { maxFrameBytes, subprotocol } from '@wherry/core/protocol'
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws'
import type { Gateway } from '../gateway.ts'
import { strangerFault } from './loopback.ts'
import { pathOf } from './path.ts'
import { textFrame } from './text-frame.ts'

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

/** Takes the upgrades of a server at a path. Throws InvalidOptions when another gateway does. */
export function attach(server: Server, path: string, gateway: Gateway): void {
  const door = doors.get(server) ?? new Door(server)
  doors.set(server, door)
  door.open(path, gateway)
}

/** Leaves the upgrades of a server to others, at all paths. */
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
    if (other !== undefined) throw invalidOptions(`Another gateway is attached at '${path}'`)
    if (this.#gateways.size === 0) this.#server.on('upgrade', this.#onUpgrade)
    this.#gateways.set(path, gateway)
  }

  close(gateway: Gateway): void {
    for (const [path, each] of this.#gateways) if (each === gateway) this.#gateways.delete(path)
    if (this.#gateways.size === 0) this.#server.off('upgrade', this.#onUpgrade)
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const gateway = this.#gateways.get(pathOf(request.url))
    if (gateway === undefined) {
      // An upgrade that nobody takes would hang for ever.
      const isOurs = this.#server.listenerCount('upgrade') === 1
      if (isOurs) refuse(socket, 404, 'There is nothing to connect to at this path')
      return
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

function refuse(socket: Duplex, status: number, message: string): void {
  // The other side may be gone already; there is nobody else to tell.
  socket.on('error', () => socket.destroy())
  // Nor is it waited for, were it never to end its half.
  socket.on('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
  )
}

function carry(webSocket: WebSocket, socket: Duplex, gateway: Gateway): void {
  const connection = gateway.accept({
    send(text, sent) {
      if (webSocket.readyState === webSocket.OPEN) socket.write(textFrame(text), sent)
      else sent()
    },
    close: (code, reason) => webSocket.close(code, reason),
  })
  webSocket.on('message', (data, isBinary) => {
    // Text frames come whole, as one buffer.
    if (isBinary) connection.violate('Binary')
    else connection.receive((data as Buffer).toString('utf8'))
  })
  webSocket.on('close', () => connection.closed())
  // What is no WebSocket frame has been answered with its close code already; 'close' follows.
  webSocket.on('error', () => undefined)
}
