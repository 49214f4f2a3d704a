import { createServer, type RequestListener, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { createDataService, type DataService } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { subprotocol, type Down, type Up } from '@wherry/core/protocol'
import { createGateway, type Gateway } from '../../src/index.ts'
import { schema } from './fixture-schema.ts'

/** A gateway in real time over a memory database. */
export async function createReal(): Promise<{
  data: DataService<typeof schema>
  gateway: Gateway
  errors: unknown[]
}> {
  const data = createDataService({ schema, databases: [memory()] })
  await data.connect()
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const gateway = createGateway({ data, policies: 'open', onError })
  onTestFinished(async () => {
    await gateway.stop({ graceMs: 0 })
    await data.close()
  })
  return { data, gateway, errors }
}

/** Listens on a port that is free, until the test is over. */
export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return (server.address() as AddressInfo).port
}

/** A node server with a gateway at '/wherry', and what else it is to do. */
export async function startServer(onRequest: RequestListener = notFound) {
  const real = await createReal()
  const server = createServer(onRequest)
  real.gateway.attach(server)
  const port = await listen(server)
  return { ...real, server, port }
}

const notFound: RequestListener = (_, response) => void response.writeHead(404).end()

/** A client as the `ws` library makes one; it is not the gateway's own, and does what it is told. */
export class WsClient {
  readonly socket: WebSocket
  readonly heard: Down[] = []
  readonly #ended: Promise<{ code: number; reason: string }>
  #listener = () => {}

  constructor(port: number, path = '/wherry', options: { headers?: Record<string, string> } = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, subprotocol, options)
    onTestFinished(() => this.socket.terminate())
    this.socket.on('error', () => undefined)
    this.socket.on('message', (data: Buffer) => {
      this.heard.push(...(JSON.parse(data.toString()) as Down[]))
      this.#listener()
    })
    this.#ended = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
  }

  get ended(): Promise<{ code: number; reason: string }> {
    return this.#ended
  }

  /** Resolves with the status of the answer: 101, or what refuses. */
  status(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.socket.on('open', () => resolve(101))
      this.socket.on('unexpected-response', (_, response) => resolve(response.statusCode!))
      this.socket.on('error', reject)
    })
  }

  async open(): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) {
      await new Promise((resolve, reject) => this.socket.on('open', resolve).on('error', reject))
    }
    return this
  }

  async greet(): Promise<this> {
    await this.open()
    this.say({ type: 'hello', version: 1 })
    await this.hear('welcome')
    return this
  }

  say(...messages: Up[]): void {
    this.socket.send(JSON.stringify(messages))
  }

  async hear<T extends Down['type']>(type: T): Promise<Extract<Down, { type: T }>> {
    for (;;) {
      const at = this.heard.findIndex((message) => message.type === type)
      if (at >= 0) return this.heard.splice(at, 1)[0] as Extract<Down, { type: T }>
      await new Promise<void>((resolve) => (this.#listener = resolve))
    }
  }

  /** A call there and back. */
  async count(): Promise<unknown> {
    this.say({ type: 'request', id: 1, collection: 'notes', method: 'count', args: [] })
    return (await this.hear('answer')).value
  }
}

/** A client that notices nothing of what others do: its rows come, and its calls are answered. */
export async function honest(port: number): Promise<() => Promise<void>> {
  const client = await new WsClient(port).greet()
  client.say({ type: 'subscribe', id: 2, collection: 'notes', query: {} })
  await client.hear('snapshot')
  let written = 0
  return async () => {
    const [id, mutationId] = [`h${++written}`, `honest-${written}`]
    const row = { id, title: 'honest' }
    client.say({
      type: 'mutate',
      id: 3,
      mutationId,
      collection: 'notes',
      method: 'insert',
      args: [row],
    })
    const answer = await client.hear('answer')
    const push = await client.hear('push')
    if (!JSON.stringify(answer).includes(id) || !JSON.stringify(push).includes(id)) {
      throw new Error(`the honest client heard ${JSON.stringify([answer, push])}`)
    }
    await client.hear('settled')
  }
}

/** Bytes to a server, and all that it says until it ends the connection. */
export class RawClient {
  readonly socket: Socket
  received: Buffer = Buffer.alloc(0)
  readonly #ended: Promise<void>
  #listener = () => {}

  constructor(port: number, host = '127.0.0.1') {
    this.socket = connect({ port, host, allowHalfOpen: true })
    onTestFinished(() => void this.socket.destroy())
    this.socket.on('error', () => undefined)
    this.socket.on('data', (data) => {
      this.received = Buffer.concat([this.received, data])
      this.#listener()
    })
    this.#ended = new Promise((resolve) => {
      this.socket.on('end', resolve).on('close', () => resolve())
    })
  }

  get ended(): Promise<void> {
    return this.#ended
  }

  write(data: string | Buffer): this {
    this.socket.write(data)
    return this
  }

  /** Asks for a WebSocket, with other headers or in another way where they are given. */
  upgrade(changes: Readonly<Record<string, string | undefined>> = {}, path = '/wherry'): this {
    const headers: Record<string, string | undefined> = {
      Host: '127.0.0.1',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Protocol': subprotocol,
      ...changes,
    }
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    )
    return this.write([`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
  }

  /** The status of the answer, once its head is there. */
  async status(): Promise<number> {
    await this.#until(() => this.received.includes('\r\n\r\n'))
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.received.toString('latin1'))?.[1])
  }

  /** A frame as a client masks it: with zeros, so that it can be read in a test that fails. */
  frame(opcode: number, payload: string | Buffer, isLast = true): this {
    return this.write(frame(opcode, Buffer.from(payload), isLast))
  }

  /** The code with which the server has ended the WebSocket. */
  async closeCode(): Promise<number> {
    await this.status()
    let code: number | undefined
    await this.#until(() => (code = closeCodeIn(this.received)) !== undefined)
    return code!
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      const isOver = await Promise.race([
        new Promise<false>((resolve) => (this.#listener = () => resolve(false))),
        this.#ended.then(() => true),
      ])
      if (isOver && !isSo())
        throw new Error(`the server ended it: ${this.received.toString('latin1')}`)
    }
  }
}

export function frame(opcode: number, payload: Buffer, isLast = true): Buffer {
  const { length } = payload
  const head = [opcode | (isLast ? 0x80 : 0)]
  if (length < 126) head.push(0x80 | length)
  else if (length < 65_536) head.push(0x80 | 126, length >> 8, length & 255)
  else
    head.push(
      0x80 | 127,
      0,
      0,
      0,
      0,
      length >>> 24,
      (length >> 16) & 255,
      (length >> 8) & 255,
      length & 255,
    )
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload])
}

function closeCodeIn(received: Buffer): number | undefined {
  let at = received.indexOf('\r\n\r\n') + 4
  while (at + 2 <= received.length) {
    const opcode = received[at]! & 15
    let length = received[at + 1]! & 127
    let start = at + 2
    if (length === 126) [length, start] = [received.readUInt16BE(start), start + 2]
    else if (length === 127) [length, start] = [Number(received.readBigUInt64BE(start)), start + 8]
    if (start + length > received.length) return undefined
    if (opcode === 8) return received.readUInt16BE(start)
    at = start + length
  }
  return undefined
}
