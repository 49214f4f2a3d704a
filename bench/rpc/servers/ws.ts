import { WebSocketServer, type RawData } from 'ws'
import { allRecords, openRecords, type StoredRecord } from '../records.ts'
import type { Attach } from './attach.ts'

interface Request {
  readonly id: number
  readonly method: string
  readonly key: string
}

/** The WebSocket library alone: nothing lies between the request and a Map. */
export const attachWs: Attach = async (server) => {
  const records = new Map<string, StoredRecord>(allRecords().map((record) => [record.id, record]))
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    socket.on('message', (data) => {
      const { id, method, key } = JSON.parse((data as Buffer).toString()) as Request
      if (method !== 'get') return socket.close(1008)
      socket.send(JSON.stringify({ id, value: records.get(key) }))
    })
  })
}

/** The same in front of our data service. */
export const attachServiceWs: Attach = async (server) => {
  const { records } = await openRecords()
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    const answer = async (data: RawData) => {
      const { id, method, key } = JSON.parse((data as Buffer).toString()) as Request
      if (method !== 'get') return socket.close(1008)
      socket.send(JSON.stringify({ id, value: await records.get(key) }))
    }
    socket.on('message', (data) => void answer(data))
  })
}
