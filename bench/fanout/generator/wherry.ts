import { protocolVersion, subprotocol, type Down, type Up } from '@wherry/core/protocol'
import type { Endpoint } from '../../lib/raw-web-socket.ts'
import { rowAt } from '../rows.ts'
import type { Protocol } from './protocol.ts'

const frameOf = (...messages: Up[]) => JSON.stringify(messages)

/** How somebody begins who follows the rows of a room. */
export function followRoom(room: string): Endpoint {
  const query = { where: { room } }
  return {
    path: '/wherry',
    subprotocol,
    opening: [
      { say: frameOf({ type: 'hello', version: protocolVersion }), until: '"type":"welcome"' },
      { say: frameOf({ type: 'subscribe', id: 0, collection: 'rows', query }), until: '"offset":' },
    ],
  }
}

/** wherry.v1: a live query, and mutations; those that leave together share a frame. */
export const wherryProtocol: Protocol = {
  ...followRoom('all'),
  keepAlive: frameOf(),
  inserts: (numbers) => [
    frameOf(
      ...numbers.map((n): Up => {
        const call = { collection: 'rows', method: 'insert', args: [rowAt(n)] } as const
        return { type: 'mutate', id: n + 1, mutationId: `row-${n}`, ...call }
      }),
    ),
  ],
  rows: (frame) =>
    (JSON.parse(frame) as Down[]).flatMap((message) =>
      message.type === 'push' ? message.changes.map(([, row]) => row) : [],
    ),
}
