import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { maxFrameBytes, subprotocol } from '@wherry/core/protocol'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Gateway } from '../gateway.ts'
import { pathOf } from '../mounts/options.ts'
import { strangerFault } from './loopback.ts'

/** Listens to the upgrades of a server at a path; what it returns ends that. */
export function attachTo(server: Server, path: string, gateway: Gateway): () => void {
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxFrameBytes,
    // Against frames in crumbs, each of which costs the receiver more than its sender.
    maxFragments: 64,
    maxBufferedChunks: 1_024,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: () => subprotocol,
  })
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Upgrades that nobody takes would hang for ever.
    const isOnly = server.listenerCount('upgrade') === 1
    if (pathOf(request.url) !== path) {
      if (isOnly) refuse(socket, 404, 'There is nothing to connect to at this path')
      return
    }
    const fault = faultOf(request, gateway)
    if (fault !== undefined) return refuse(socket, ...fault)
    webSockets.handleUpgrade(request, socket, head, (webSocket) => carry(webSocket, gateway))
  }
  server.on('upgrade', onUpgrade)
  return () => void server.off('upgrade', onUpgrade)
}

type Fault = readonly [status: number, message: string]

/** Why a client is not let in, before a WebSocket is made for it. */
export function faultOf(request: IncomingMessage, gateway: Gateway): Fault | undefined {
  if (gateway.isStopping) return [503, 'The server is stopping; connect again']
  const stranger = strangerFault(request)
  if (stranger !== undefined) return [403, stranger]
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',')
  if (offered.some((name) => name.trim() === subprotocol)) return undefined
  return [400, `The client has to offer the WebSocket subprotocol ${subprotocol}`]
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
}

function refuse(socket: Duplex, status: number, message: string): void {
  // The other side may be gone already; there is nobody else to tell.
  socket.on('error', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
  )
}

function carry(webSocket: WebSocket, gateway: Gateway): void {
  const connection = gateway.accept({
    send: (text, sent) => webSocket.send(text, sent),
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
