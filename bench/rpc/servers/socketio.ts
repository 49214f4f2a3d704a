import type { Server } from 'node:http'
import { loadPeer } from '../../lib/peers.ts'
import { allRecords, type StoredRecord } from '../records.ts'
import type { Attach } from './attach.ts'

/** The parts of socket.io that are used, by shape, because it is not always installed. */
interface SocketIo {
  Server: new (server: Server) => {
    on(event: 'connection', listener: (socket: Socket) => void): unknown
  }
}

interface Socket {
  on(event: string, listener: (key: string, acknowledge: Acknowledge) => void): unknown
}

type Acknowledge = (record: object) => void

/** An event with an acknowledgement; the settings are the library's own. */
export const attachSocketio: Attach = async (server) => {
  const { Server } = await loadPeer<SocketIo>('socket.io')
  const records = new Map<string, StoredRecord>(allRecords().map((record) => [record.id, record]))
  new Server(server).on('connection', (socket) => {
    socket.on('get', (key, acknowledge) => acknowledge(records.get(key)!))
  })
}
