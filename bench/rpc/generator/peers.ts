import type { Protocol } from './protocol.ts'

/** What somebody would make of a bare WebSocket: a small JSON object there, and one back. */
export const plainProtocol: Protocol = {
  path: '/',
  requests: (firstId, keys) =>
    keys.map((key, index) => `{"id":${firstId + index},"method":"get","key":"${key}"}`),
  answers: (frame) => (frame.includes('"value":{') ? 1 : 0),
  records(frame) {
    const { id, value } = JSON.parse(frame) as { id: number; value: unknown }
    return [[id, value]]
  },
}

/**
 * Socket.IO's protocol 5 in Engine.IO's protocol 4, which carries one packet in a WebSocket frame.
 * A packet begins with its types and the id of what it acknowledges; the rest is JSON.
 */
function socketio(
  request: (key: string) => string,
  read: (args: unknown[]) => unknown,
  mark: string,
): Protocol {
  return {
    path: '/socket.io/?EIO=4&transport=websocket',
    opening: [{ say: '40', until: '40{' }],
    requests: (firstId, keys) => keys.map((key, index) => `42${firstId + index}${request(key)}`),
    answers: (frame) => (frame[0] === 0x34 && frame[1] === 0x33 && frame.includes(mark) ? 1 : 0),
    records(frame) {
      const [, id, args] = /^43(\d+)(.*)$/.exec(frame) ?? []
      return args === undefined ? [] : [[Number(id), read(JSON.parse(args) as unknown[])]]
    },
  }
}

/** An event with an acknowledgement. */
export const socketioProtocol: Protocol = socketio(
  (key) => `["get","${key}"]`,
  ([record]) => record,
  '[{"id"',
)

/** A service's method, as Feathers' client calls it; acknowledged with an error and a result. */
export const feathersProtocol: Protocol = socketio(
  (key) => `["get","records","${key}",{}]`,
  ([, record]) => record,
  '[null,{"id"',
)
