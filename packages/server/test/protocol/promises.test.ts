import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { memory } from '@wherry/core/memory'
import type { Up } from '@wherry/core/protocol'
import { altered, gate, serve } from '../support/fixture.ts'
import { listen, WsClient } from '../support/http.ts'
import { quiet } from '../support/test-client.ts'
import { Outage } from './outage.ts'

/** What docs/reference/protocol.md promises, and no conversation can show. */

const subscribe = { type: 'subscribe', id: 1, collection: 'notes', query: {} } as const

function insert(id: number, row: { readonly [name: string]: string | number }): Up {
  const mutationId = `m-${id}`
  return { type: 'mutate', id, mutationId, collection: 'notes', method: 'insert', args: [row] }
}

describe('a subscription', () => {
  it('waits for no mutation that came before it, and is pushed what that changes', async () => {
    const { opened, open: release } = gate()
    const base = memory()
    const transaction: typeof base.transaction = async (settings, work) => {
      await opened
      return base.transaction(settings, work)
    }
    const { open } = await serve({ adapter: altered(base, { transaction }) })
    const client = await open()
    client.say(insert(2, { id: 'a', title: 'one' }), subscribe)
    expect(await client.hear('snapshot')).toMatchObject({ rows: [] })
    client.take()
    release()
    await quiet()
    const heard = client.take().toSorted((a, b) => a.type.localeCompare(b.type))
    expect(heard).toMatchObject([
      { type: 'answer', id: 2 },
      { type: 'push', changes: [['put', { id: 'a' }]] },
      { type: 'settled' },
    ])
  })

  it('to a channel that is stalled is told so', async () => {
    const outage = new Outage(memory())
    const { open } = await serve({ adapter: outage.adapter })
    const [first, second] = [await open(), await open()]
    first.say(subscribe)
    await first.hear('snapshot')
    outage.begin()
    await first.hear('stalled')
    second.say(subscribe)
    await quiet()
    expect(second.take().map(({ type }) => type)).toContain('stalled')
  })
})

describe('settled', () => {
  it('does not come while a channel is stalled, but behind the push that ends that', async () => {
    const base = memory()
    const outage = new Outage(base)
    // What was read last can be written still.
    const adapter = altered(base, { log: outage.adapter.log })
    const { open, runtime } = await serve({ adapter })
    const client = await open()
    client.say(subscribe)
    await client.hear('snapshot')
    outage.begin()
    await client.hear('stalled')
    client.take()
    client.say(insert(2, { id: 'a', title: 'one' }))
    await runtime.advance(20_000)
    expect(client.take()).toMatchObject([{ type: 'answer', id: 2 }])
    outage.end()
    await runtime.advance(20_000)
    await quiet()
    expect(client.take()).toMatchObject([
      { type: 'push', changes: [['put', { id: 'a' }]] },
      { type: 'settled', mutationIds: ['m-2'] },
    ])
  })
})

describe('silence', () => {
  it('is not broken by pings of the WebSocket layer', async () => {
    const { gateway, runtime } = await serve()
    const server = createServer()
    gateway.attach(server)
    const client = await new WsClient(await listen(server)).greet()
    await runtime.advance(119_000)
    const ponged = new Promise((resolve) => client.socket.on('pong', resolve))
    client.socket.ping()
    await ponged
    expect(gateway.connections).toBe(1)
    await runtime.advance(1_001)
    expect(await client.ended).toMatchObject({ code: 4408 })
  })
})

describe('the error of a mutation', () => {
  const told = async (mutation: Up) => {
    const { open } = await serve()
    const client = await open()
    client.say(mutation)
    return (await client.hear('error')).details
  }
  const whole = { outcome: 'not-applied', mutationId: 'm-1' }

  it('says what became of it, and which it is', async () => {
    expect(await told(insert(1, { id: 'a', wings: 2 }))).toMatchObject(whole)
  })

  it.each<[string, Up]>([
    ['with a value of another kind', insert(1, { title: 5 })],
    ['with a value out of range', insert(1, { title: 'one', rank: 1e300 })],
    ['to a collection that there is not', { ...insert(1, {}), collection: 'nope' } as Up],
  ])('%s does so too', async (_, mutation) => {
    expect(await told(mutation)).toMatchObject(whole)
  })
})
