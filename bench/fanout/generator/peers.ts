import { rowAt } from '../rows.ts'
import type { Protocol } from './protocol.ts'

/** A bare WebSocket: the row there, and the row to all. */
export const plainProtocol: Protocol = {
  path: '/',
  inserts: (numbers) => numbers.map((n) => JSON.stringify(rowAt(n))),
  rows: (frame) => [JSON.parse(frame) as unknown],
}

/** Socket.IO's protocol 5 in Engine.IO's protocol 4, which carries one packet in a frame. */
function socketio(insert: (row: string) => string, event: string): Protocol {
  return {
    path: '/socket.io/?EIO=4&transport=websocket',
    opening: [{ say: '40', until: '40{' }],
    ping: { hear: '2', say: '3' },
    inserts: (numbers) => numbers.map((n) => insert(JSON.stringify(rowAt(n)))),
    rows(frame) {
      if (!frame.startsWith('42')) return []
      const [name, row] = JSON.parse(frame.slice(2)) as [string, unknown]
      return name === event ? [row] : []
    },
  }
}

/** An event there, and one to a room. */
export const socketioProtocol: Protocol = socketio((row) => `42["insert",${row}]`, 'inserted')

/** A service's `create`, and its event to a channel. */
export const feathersProtocol: Protocol = socketio(
  (row) => `42["create","rows",${row},{}]`,
  'rows created',
)
