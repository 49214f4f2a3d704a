import { protocolVersion, subprotocol, type Answer, type Down } from '@wherry/core/protocol'
import type { Protocol } from './protocol.ts'

const mark = '{"type":"answer"'

/** wherry.v1: a frame is an array of messages, so requests that leave together share one. */
export const wherryProtocol: Protocol = {
  path: '/wherry',
  subprotocol,
  opening: [
    {
      say: JSON.stringify([{ type: 'hello', version: protocolVersion }]),
      until: '[{"type":"welcome"',
    },
  ],
  requests(firstId, keys) {
    const messages = keys.map(
      (key, index) =>
        `{"type":"request","id":${firstId + index},"collection":"records","method":"get","args":["${key}"]}`,
    )
    return [`[${messages.join()}]`]
  },
  answers(frame) {
    let count = 0
    for (let at = frame.indexOf(mark); at !== -1; at = frame.indexOf(mark, at + 100)) count++
    return count
  },
  records: (frame) =>
    (JSON.parse(frame) as Down[])
      .filter((message): message is Answer => message.type === 'answer')
      .map(({ id, value }) => [id, value]),
}
