import { describe, expect, it } from 'vitest'
import { bytesOf, frames } from '../../../core/test/protocol/pages.ts'
import { startServer, WsClient } from '../support/http.ts'

const vectors = frames
  .filter(({ direction }) => direction === 'up')
  .map((vector) => [vector.name, vector] as const)

/** An id that no vector has. */
const id = 123_456_789

describe('a gateway judges a frame as the page of the protocol does:', () => {
  it.each(vectors)('%s', async (name, vector) => {
    const { port } = await startServer()
    const client = await new WsClient(port).open()
    if (!name.startsWith('hello')) client.say({ type: 'hello', version: 1 })
    client.socket.send(bytesOf(vector), { binary: vector.binary === true })
    // Whoever is answered behind it is still heard.
    const isAnswered = async () => {
      client.say({ type: 'request', id, collection: 'notes', method: 'count', args: [] })
      for (;;) if ((await client.hear('answer')).id === id) return 'valid' as const
    }
    const closed = client.ended.then(({ code }) => code)
    const verdict = await (vector.valid ? Promise.race([isAnswered(), closed]) : closed)
    expect(verdict).toBe(vector.valid ? 'valid' : vector.closeCode)
  })
})
