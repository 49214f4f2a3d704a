import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** How many bytes of answers a connection lives for, at first: it grows, so that there is an end. */
const firstBytes = 1_500

/** Passes bytes on to a port of this machine, and breaks each connection after some of the answers. */
export async function startProxy(target: number) {
  const sockets = new Set<Socket>()
  let cuts = 0
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    let left = firstBytes * 1.5 ** cuts
    const cut = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', cut).on('close', cut)
    }
    client.pipe(upstream)
    upstream.on('data', (bytes) => {
      left -= bytes.length
      if (left >= 0) return void client.write(bytes)
      cuts++
      // What has come last is lost with the connection.
      cut()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get cuts() {
      return cuts
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
