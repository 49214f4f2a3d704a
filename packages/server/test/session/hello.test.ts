import { describe, expect, it } from 'vitest'
import { memory } from '@wherry/core/memory'
import { altered, gate, serve } from '../support/fixture.ts'
import { quiet } from '../support/test-client.ts'

const count = { type: 'request', collection: 'notes', method: 'count', args: [{}] } as const

describe('a conversation begins', () => {
  it('with hello, and a welcome that names the engine, its log and the schema', async () => {
    const { connect } = await serve()
    const client = connect()
    client.say({ type: 'hello', version: 1 })
    const welcome = await client.hear('welcome')
    expect(welcome).toMatchObject({ version: 1, source: 'memory' })
    expect(welcome.generation).toMatch(/^[0-9a-f]{16}$/)
    expect(welcome.descriptor).toMatchObject({ hash: welcome.schema })
    expect(Object.keys(welcome.descriptor!.collections)).toEqual(['notes', 'seats'])
  })

  it('without the schema, where the client has it from before', async () => {
    const { connect } = await serve()
    const first = connect()
    first.say({ type: 'hello', version: 1, schema: 'of an older version' })
    const { schema, descriptor } = await first.hear('welcome')
    expect(descriptor).toBeDefined()
    const second = connect()
    second.say({ type: 'hello', version: 1, schema })
    expect(await second.hear('welcome')).not.toHaveProperty('descriptor')
  })

  it('before the welcome: what came early is answered after it, in the order of its coming', async () => {
    const { opened, open } = gate()
    const base = memory()
    const head = async () => opened.then(() => base.log.head())
    const { connect } = await serve({
      adapter: altered(base, { log: altered(base.log, { head }) }),
    })
    const client = connect()
    client.say({ type: 'hello', version: 1 }, { ...count, id: 1 })
    client.say({ ...count, id: 2 }, { type: 'ping' })
    await quiet()
    expect(client.heard).toEqual([])
    open()
    await client.hear('pong')
    expect(client.heard.map((message) => ('id' in message ? message.id : message.type))).toEqual([
      'welcome',
      1,
      2,
    ])
  })

  it('even where what came early nests more deeply than JSON can be written', async () => {
    const { connect, errors } = await serve()
    const client = connect()
    const deep = '['.repeat(30_000) + ']'.repeat(30_000)
    client.sayText(
      `[{"type":"hello","version":1},` +
        `{"type":"request","id":1,"collection":"notes","method":"find","args":[${deep}]}]`,
    )
    expect(await client.hear('error')).toMatchObject({ id: 1, code: 'InvalidQuery' })
    expect(errors).toEqual([])
  })

  it('and ends with 4429 where too much comes early', async () => {
    const base = memory()
    const head = () => new Promise<string>(() => undefined)
    const { connect } = await serve({
      adapter: altered(base, { log: altered(base.log, { head }) }),
    })
    const client = connect()
    client.say({ type: 'hello', version: 1 })
    for (let frames = 0; frames < 99; frames++) client.say({ type: 'ping' })
    expect(client.closed).toBeUndefined()
    client.say({ type: 'ping' })
    expect(client.closed).toMatchObject({ code: 4429 })
  })

  it('and goes on where the database cannot say which it is; onError hears why', async () => {
    const base = memory()
    const failure = new Error('no route to host')
    const head = () => Promise.reject(failure)
    const { connect, errors } = await serve({
      adapter: altered(base, { log: altered(base.log, { head }) }),
    })
    const client = connect()
    client.say({ type: 'hello', version: 1 })
    expect(await client.hear('welcome')).not.toHaveProperty('generation')
    expect(errors).toEqual([failure])
  })
})

describe('a conversation that does not begin properly ends', () => {
  it.each([
    ['with another message', [{ type: 'ping' }], 4401],
    [
      'with another message, and hello behind it',
      [{ type: 'ping' }, { type: 'hello', version: 1 }],
      4401,
    ],
    ['with a newer version', [{ type: 'hello', version: 2 }], 4404],
    ['with half a version', [{ type: 'hello', version: 1.5 }], 4404],
    ['with a hello of another shape', [{ type: 'hello', version: '1' }], 4400],
    ['with a hello that brings claims of its own', [{ type: 'hello', version: 1, sub: 'a' }], 4400],
  ])('%s', async (_, messages, code) => {
    const { connect } = await serve()
    const client = connect()
    client.sayText(JSON.stringify(messages))
    expect(await client.ended()).toMatchObject({ code })
    expect(client.heard).toEqual([])
  })

  it('with two hellos', async () => {
    const { connect, open } = await serve()
    const client = await open()
    client.say({ type: 'hello', version: 1 })
    expect(await client.ended()).toMatchObject({ code: 4403 })
    const hasty = connect()
    hasty.say({ type: 'hello', version: 1 }, { type: 'hello', version: 1 })
    expect(await hasty.ended()).toMatchObject({ code: 4403 })
    expect(hasty.heard).toMatchObject([{ type: 'welcome' }])
  })

  it('after ten seconds without hello, whatever else is sent', async () => {
    const { connect, runtime } = await serve()
    const client = connect()
    await runtime.advance(9_000)
    client.say()
    expect(client.closed).toBeUndefined()
    await runtime.advance(1_001)
    expect(client.closed).toEqual({ code: 4402, reason: 'HelloTimeout' })
  })
})

describe('a connection that says nothing', () => {
  it('is closed after two minutes, and lives as long as it is heard', async () => {
    const { open, runtime } = await serve()
    const [client, other] = [await open(), await open()]
    for (let minutes = 0; minutes < 5; minutes++) {
      await runtime.advance(60_000)
      client.say({ type: 'ping' })
    }
    await quiet()
    expect(other.closed).toEqual({ code: 4408, reason: 'Silent' })
    expect(client.closed).toBeUndefined()
    expect(client.take().map(({ type }) => type)).toEqual(Array(5).fill('pong'))
  })

  it('is looked at by one timer for all, which rests where there is nobody', async () => {
    const { connect, gateway, runtime } = await serve()
    expect(runtime.pendingTimers).toBe(0)
    const clients = Array.from({ length: 50 }, connect)
    expect(runtime.pendingTimers).toBe(1)
    expect(gateway.connections).toBe(50)
    for (const client of clients) client.leave()
    await runtime.advance(1_000)
    expect(gateway.connections).toBe(0)
    expect(runtime.pendingTimers).toBe(0)
  })
})
