import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attachFeathers } from './servers/feathers.ts'
import { attachSocketio } from './servers/socketio.ts'
import { attachWherry } from './servers/wherry.ts'
import { attachWs } from './servers/ws.ts'
import type { Attach } from './servers/attach.ts'
import type { SubjectName } from './subjects.ts'

/**
 * One subject in a process of its own: `server.ts SUBJECT`. Sends its port, and answers every
 * message with the processor time that it has taken so far.
 */
const attach: Readonly<Record<SubjectName, Attach>> = {
  wherry: attachWherry,
  ws: attachWs,
  socketio: attachSocketio,
  feathers: attachFeathers,
}

const server = createServer()
await attach[process.argv[2] as SubjectName](server)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve))
process.on('message', () => process.send!(process.cpuUsage()))
// Whoever measures is gone.
process.on('disconnect', () => process.exit())
process.send!({ port: (server.address() as AddressInfo).port })
