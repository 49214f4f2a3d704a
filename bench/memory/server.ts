import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { attachWherry } from '../fanout/servers/wherry.ts'
import type { SubjectName } from './subjects.ts'

function attachEcho(server: Server): void {
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data as Buffer, { binary: isBinary }))
  })
}

/**
 * One subject in a process of its own: `server.ts SUBJECT`. Answers every message with what it
 * holds, once it has let go of what nobody needs.
 */
const server = createServer()
if ((process.argv[2] as SubjectName) === 'ws') attachEcho(server)
else await attachWherry(server)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve))
process.on('message', () => void measure().then((held) => process.send!(held)))
// Whoever measures is gone.
process.on('disconnect', () => process.exit())
process.send!({ port: (server.address() as AddressInfo).port })

async function measure(): Promise<NodeJS.MemoryUsage> {
  // What is collected may let go of more, such as buffers, in a later turn.
  for (let times = 0; times < 4; times++) {
    globalThis.gc!()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage()
}
