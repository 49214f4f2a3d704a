import { createServer } from 'node:http'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createDataService, isWherryError } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { createGateway, type GatewayOptions, type StopOptions } from '../src/index.ts'
import { schema } from './support/fixture-schema.ts'
import { altered, gate, serve } from './support/fixture.ts'
import { listen, startServer, WsClient } from './support/http.ts'
import { quiet } from './support/test-client.ts'

const count = { type: 'request', collection: 'notes', method: 'count', args: [] } as const

describe('createGateway()', () => {
  const data = createDataService({ schema, databases: [memory()] })
  it.each<[string, unknown, RegExp]>([
    [
      'no options',
      undefined,
      /createGateway\(\) takes an object of options: data, policies, channels, onError/,
    ],
    ['no policies', { data }, /needs 'policies'.*'open'.*write it out/],
    ['other policies', { data, policies: {} }, /needs 'policies'/],
    ['policies of another case', { data, policies: 'OPEN' }, /needs 'policies'/],
    ['a misspelt option', { data, policies: 'open', onErorr: () => {} }, /no option "onErorr"/],
    [
      'onError that is no function',
      { data, policies: 'open', onError: true },
      /'onError' is a function/,
    ],
    [
      'no data',
      { policies: 'open' },
      /'data' is a data service, as createDataService\(\) makes it/,
    ],
    ['an adapter for data', { data: memory(), policies: 'open' }, /'data' is a data service/],
    [
      'a copy of a data service',
      { data: { ...data }, policies: 'open' },
      /'data' is a data service/,
    ],
  ])('with %s throws InvalidOptions, and says what to do', (_, options, message) => {
    const create = () => createGateway(options as GatewayOptions)
    expect(create).toThrow(message)
    expect(create).toThrow(expect.objectContaining({ code: 'InvalidOptions' }))
  })

  it.each<[string, unknown]>([
    ['an Express app', Object.assign(() => {}, { on() {}, emit() {}, listen() {} })],
    ['nothing', undefined],
  ])('makes a gateway that does not attach to %s', async (_, server) => {
    const { gateway } = await serve()
    expect(() => gateway.attach(server as never)).toThrow(
      /as http.createServer\(\) or app.listen\(\)/,
    )
  })

  it('makes a gateway that shares no path with another', async () => {
    const server = createServer()
    const [one, two] = [await serve(), await serve()]
    one.gateway.attach(server)
    one.gateway.attach(server)
    expect(() => two.gateway.attach(server)).toThrow("Another gateway is attached at '/wherry'")
    two.gateway.attach(server, { path: '/other' })
    expect(server.listenerCount('upgrade')).toBe(1)
  })
})

describe('stop()', () => {
  async function withHeldRead() {
    const { opened, open: release } = gate()
    const base = memory()
    const aggregate: typeof base.aggregate = async (plan) => opened.then(() => base.aggregate(plan))
    return { ...(await serve({ adapter: altered(base, { aggregate }) })), release }
  }

  it('waits for what is under way, begins nothing more, and then closes with 1001', async () => {
    const { gateway, open, release, runtime } = await withHeldRead()
    const client = await open()
    client.say({ ...count, id: 1 })
    const stopped = gateway.stop()
    client.say({ ...count, id: 2 })
    await quiet()
    expect(client.closed).toBeUndefined()
    expect(gateway.isStopping).toBe(true)
    release()
    await stopped
    expect(client.heard).toMatchObject([{ type: 'answer', id: 1 }])
    expect(client.closed).toEqual({ code: 1001, reason: 'GoingAway' })
    expect(gateway.connections).toBe(0)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('waits no longer than it is told to', async () => {
    const { gateway, open, runtime } = await withHeldRead()
    const client = await open()
    client.say({ ...count, id: 1 })
    const stopped = gateway.stop({ graceMs: 300 })
    await runtime.advance(299)
    expect(client.closed).toBeUndefined()
    await runtime.advance(1)
    await stopped
    expect(client.closed).toMatchObject({ code: 1001 })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('closes those who have not said hello, and those who follow', async () => {
    const { gateway, connect, open, data } = await serve()
    const [silent, follower] = [connect(), await open()]
    follower.say({ type: 'subscribe', id: 1, collection: 'notes', query: {} })
    await follower.hear('snapshot')
    await Promise.all([gateway.stop(), gateway.stop()])
    expect([silent.closed?.code, follower.closed?.code]).toEqual([1001, 1001])
    await data.notes.insert({ title: 'the service goes on' })
    await quiet()
    expect(follower.take().map(({ type }) => type)).toEqual(['subscribed'])
  })

  it('lets nobody in any more', async () => {
    const { gateway, connect } = await serve()
    await gateway.stop()
    expect(connect).toThrow(/has been stopped/)
    expect(() => gateway.attach(createServer())).toThrow(/has been stopped/)
    expect(await gateway.health()).toBe('stopping')
  })

  it.each([{ graceMs: -1 }, { graceMs: NaN }, { graceMs: 2 ** 31 }, { grace: 1 }])(
    'refuses %j, and goes on',
    async (options) => {
      const { gateway, open } = await serve()
      await expect(gateway.stop(options as StopOptions)).rejects.toMatchObject({
        code: 'InvalidOptions',
      })
      await open()
    },
  )

  it('sends the answers that a WebSocket waits for before it says goodbye', async () => {
    const { gateway, port, data } = await startServer()
    await data.notes.insert({ id: 'a', title: 'x'.repeat(90_000) })
    const client = await new WsClient(port).greet()
    const ids = Array.from({ length: 20 }, (_, id) => id)
    client.say(...ids.map((id) => ({ ...count, method: 'get', args: ['a'], id }) as const))
    while (gateway.connections > 0 && client.heard.length === 0) await new Promise(setImmediate)
    await gateway.stop()
    expect(await client.ended).toMatchObject({ code: 1001 })
    expect(client.heard.filter(({ type }) => type === 'answer')).toHaveLength(20)
  })

  it('leaves nothing that would keep the process alive', async () => {
    const program = fileURLToPath(new URL('support/stops.ts', import.meta.url))
    const args = ['--conditions=@wherry/source', '--import', 'tsx', program]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 })
    expect(stdout.trim().split('\n')).toEqual(['answered', 'stopped', 'over'])
  }, 30_000)
})

describe('a gateway whose data service', () => {
  it('is not connected says so in every answer, and is not healthy', async () => {
    const { gateway, open, errors } = await serve({ isConnected: false })
    const client = await open()
    expect(await client.ask(count)).toMatchObject({ type: 'error', code: 'NotConnected' })
    expect(await gateway.health()).toBe('unavailable')
    const codes = errors.map((error) => isWherryError(error) && error.code)
    expect(codes).toEqual(['NotConnected', 'NotConnected'])
  })

  it('connects later serves from then on', async () => {
    const { gateway, open, data } = await serve({ isConnected: false })
    expect(await gateway.health()).toBe('unavailable')
    await data.connect()
    const client = await open()
    expect(await client.ask(count)).toMatchObject({ value: 0 })
    expect(await gateway.health()).toBe('ok')
  })

  it('is closed answers with errors, and crashes nothing', async () => {
    const { gateway, open, data } = await serve()
    const client = await open()
    client.say({ type: 'subscribe', id: 1, collection: 'notes', query: {} })
    await client.hear('snapshot')
    await data.close()
    expect(await client.ask(count)).toMatchObject({ type: 'error', code: 'NotConnected' })
    const insert = {
      type: 'mutate',
      mutationId: 'm',
      method: 'insert',
      args: [{ title: '' }],
    } as const
    expect(await client.ask({ ...insert, collection: 'notes' })).toMatchObject({
      type: 'error',
      code: 'NotConnected',
    })
    client.say({ type: 'subscribe', id: 2, collection: 'seats', query: {} })
    expect(await client.hear('stalled')).toMatchObject({ code: 'NotConnected' })
    expect(await gateway.health()).toBe('unavailable')
    const late = await open()
    expect(await late.ask(count)).toMatchObject({ type: 'error', code: 'NotConnected' })
  })

  it('does not answer is unavailable after two seconds', async () => {
    const ping = () => new Promise<never>(() => undefined)
    const { gateway, runtime } = await serve({ adapter: altered(memory(), { ping }) })
    const health = gateway.health()
    await runtime.advance(2_000)
    expect(await health).toBe('unavailable')
    expect(runtime.pendingTimers).toBe(0)
  })
})

describe('onError', () => {
  it('is a warning of the process where the host has none', async () => {
    const base = memory()
    const head = () => Promise.reject(new Error('the disk is away'))
    const data = createDataService({
      schema,
      databases: [altered(base, { log: altered(base.log, { head }) })],
    })
    await data.connect()
    const server = createServer()
    const gateway = createGateway({ data, policies: 'open' })
    gateway.attach(server)
    const warned = new Promise((resolve) => process.once('warning', resolve))
    const client = await new WsClient(await listen(server)).open()
    client.say({ type: 'hello', version: 1 })
    expect(await warned).toMatchObject({ message: 'the disk is away' })
    await gateway.stop()
    await data.close()
  })
})
