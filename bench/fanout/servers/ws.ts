import { WebSocketServer } from 'ws'
import type { InsertedRow } from '../rows.ts'
import type { Attach } from './attach.ts'

/** The WebSocket library alone: one text for all, made once. */
export const attachWs: Attach = async (server) => {
  const rows: InsertedRow[] = []
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const row = JSON.parse((data as Buffer).toString()) as InsertedRow
      rows.push(row)
      const text = JSON.stringify(row)
      for (const each of sockets.clients) each.send(text)
    })
  })
}
