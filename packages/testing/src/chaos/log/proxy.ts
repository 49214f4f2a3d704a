import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Random } from '../../fuzz/lib/random.ts'

/** What lies between services and their server, so that connections can be cut in the middle of anything. */
export interface Proxy {
  /** Of the database, by way of the proxy. */
  readonly url: string
  /** Ends one of the connections, whatever it is doing. */
  cutOne(random: Random): void
  close(): Promise<void>
}

export async function startProxy(url: string): Promise<Proxy> {
  const { hostname, port } = new URL(url)
  const pairs = new Set<readonly Socket[]>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    const pair = [client, upstream]
    const end = () => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    pairs.add(pair)
    for (const socket of pair) socket.setNoDelay(true).on('error', end).on('close', end)
    client.pipe(upstream)
    upstream.pipe(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const cut = (pair: readonly Socket[]) => {
    for (const socket of pair) socket.destroy()
  }
  return {
    url: through.href,
    cutOne(random) {
      if (pairs.size > 0) cut(random.pick(Array.from(pairs)))
    },
    async close() {
      pairs.forEach(cut)
      server.close()
      await once(server, 'close')
    },
  }
}
