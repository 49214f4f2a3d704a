import type { Server } from 'node:http'
import { loadPeer } from '../../lib/peers.ts'
import type { InsertedRow } from '../rows.ts'
import type { Attach } from './attach.ts'

/** The parts of socket.io that are used, by shape, because it is not always installed. */
interface SocketIo {
  Server: new (server: Server) => {
    on(event: 'connection', listener: (socket: Socket) => void): unknown
    to(room: string): { emit(event: string, row: InsertedRow): unknown }
  }
}

interface Socket {
  join(room: string): unknown
  on(event: string, listener: (row: InsertedRow) => void): unknown
}

/** An event to a room; the settings are the library's own. */
export const attachSocketio: Attach = async (server) => {
  const { Server } = await loadPeer<SocketIo>('socket.io')
  const rows: InsertedRow[] = []
  const io = new Server(server)
  io.on('connection', (socket) => {
    void socket.join('all')
    socket.on('insert', (row) => {
      rows.push(row)
      io.to('all').emit('inserted', row)
    })
  })
}
