import { once } from 'node:events'
import { createServer } from 'node:net'
import { BSON } from 'mongodb'

// A mongod that has no data: it answers what is asked of a new server, as MongoDB 8 does. Told to be
// of a replica set, it is no primary until that is initiated.
const options = process.argv.slice(2)
const port = Number(options.find((option) => option.startsWith('--port='))?.slice('--port='.length))
let isPrimary = !options.includes('--replSet=wherry')

function answer(command: BSON.Document): BSON.Document {
  if ('serverStatus' in command) return { ok: 1, process: 'mongod', pid: process.pid }
  if ('replSetInitiate' in command) {
    isPrimary = true
    return { ok: 1, info2: 'no configuration specified', me: `127.0.0.1:${port}` }
  }
  const limits = { minWireVersion: 0, maxWireVersion: 25, maxBsonObjectSize: 2 ** 24 }
  const hello = { ok: 1, isWritablePrimary: isPrimary, helloOk: true, ...limits }
  return isPrimary ? hello : { ...hello, isreplicaset: true, secondary: false }
}

/** OP_QUERY, which a driver begins with, has a header of 16 bytes and ends with its document. */
const opQuery = 2004
const opReply = 1
const opMsg = 2013

function reply(message: Buffer): Buffer {
  const isQuery = message.readInt32LE(12) === opQuery
  const documentAt = isQuery ? message.indexOf(0, 20) + 9 : 21
  const document = BSON.serialize(answer(BSON.deserialize(message.subarray(documentAt))))
  const before = Buffer.alloc(isQuery ? 36 : 21)
  before.writeInt32LE(before.length + document.length, 0)
  before.writeInt32LE(message.readInt32LE(4), 8)
  before.writeInt32LE(isQuery ? opReply : opMsg, 12)
  if (isQuery) before.writeInt32LE(1, 32)
  return Buffer.concat([before, document])
}

const server = createServer((socket) => {
  let received = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes])
    while (received.length >= 16 && received.length >= received.readInt32LE(0)) {
      const length = received.readInt32LE(0)
      socket.write(reply(received.subarray(0, length)))
      received = received.subarray(length)
    }
  })
}).listen(port, '127.0.0.1')
await once(server, 'listening')
