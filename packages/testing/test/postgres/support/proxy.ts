import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { urlWith } from './postgres.ts'

/** What lies between a service and its database, and what can happen there. */
export interface Proxy {
  /** Of the database, by way of the proxy. */
  readonly url: string
  /** From now on nothing gets through in either direction; connections stay. */
  freeze(): void
  /** The same from when this is sent. */
  freezeAt(sent: RegExp): void
  /** What was held up goes on. */
  thaw(): void
  /** Ends all connections. */
  cut(): void
  /** Lets the next COMMIT through, or what else is sent, and cuts its connection before the answer. */
  dropNext(sent?: RegExp): void
  /** How many of them went unanswered. */
  readonly dropped: number
}

/** Starts a proxy before the server of a URL, for the running test. */
export async function startProxy(url: string): Promise<Proxy> {
  const { hostname, port } = new URL(url)
  const pairs = new Set<readonly [client: Socket, upstream: Socket]>()
  let isFrozen = false
  let freezesAt: RegExp | undefined
  const drops: RegExp[] = []
  let dropped = 0

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    const pair = [client, upstream] as const
    let isDoomed = false
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    for (const socket of pair) {
      socket.on('error', end).on('close', end)
      if (isFrozen) socket.pause()
    }
    client.on('data', (bytes) => {
      if (freezesAt?.test(bytes.toString('latin1'))) return freeze()
      if (drops[0]?.test(bytes.toString('latin1'))) {
        drops.shift()
        isDoomed = true
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (!isDoomed) return void client.write(bytes)
      dropped++
      end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const each = (act: (socket: Socket) => void) => {
    for (const pair of pairs) for (const socket of pair) act(socket)
  }
  const freeze = () => {
    isFrozen = true
    each((socket) => socket.pause())
  }
  const cut = () => each((socket) => socket.destroy())
  onTestFinished(() => {
    cut()
    server.close()
  })
  return {
    url: urlWith(url, { host: `127.0.0.1:${(server.address() as AddressInfo).port}` }),
    freeze,
    freezeAt: (sent) => void (freezesAt = sent),
    thaw() {
      isFrozen = false
      each((socket) => socket.resume())
    },
    cut,
    // There are also 'read committed' and 'autocommit'.
    dropNext: (sent = /\bcommit\b/) => void drops.push(sent),
    get dropped() {
      return dropped
    },
  }
}
