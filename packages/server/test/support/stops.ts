/** A program that serves, stops what it has started, and then has to end by itself. */
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { WebSocket } from 'ws'
import { createDataService } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { createGateway } from '../../src/index.ts'
import { schema } from './fixture-schema.ts'

const data = createDataService({ schema, databases: [memory()] })
await data.connect()
const gateway = createGateway({ data, policies: 'open' })
const server = createServer()
gateway.attach(server)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo

// Somebody who follows, and somebody who is refused and does not leave.
const url = `ws://127.0.0.1:${port}/wherry`
const socket = new WebSocket(url, 'wherry.v1')
await new Promise((resolve) => socket.on('open', resolve))
socket.send(
  '[{"type":"hello","version":1},{"type":"subscribe","id":1,"collection":"notes","query":{}}]',
)
await new Promise((resolve) => socket.on('message', resolve))
const refused = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
refused.write('GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
await new Promise((resolve) => refused.on('data', resolve))
refused.unref()
console.log('answered')

await gateway.stop()
await data.close()
console.log('stopped')
server.close(() => console.log('over'))
