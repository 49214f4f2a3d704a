import { createDataService, type Adapter, type DataService } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { sqlite } from '@wherry/core/sqlite'
import { createClock, createPair, type Fate } from '@wherry/testing'
import { describe, expect, it } from 'vitest'

const schema = defineSchema({
  clients: collection({ id: t.id(), name: t.text(), at: t.timestamp().nullable() }),
  others: collection({ id: t.id() }),
})
type Data = DataService<typeof schema>

const engines: Record<string, () => Adapter> = {
  memory: () => memory(),
  sqlite: () => sqlite({ file: ':memory:' }),
}
const seed = 20_260_131

async function setUp(adapter: Adapter, tap?: (direction: 'up' | 'down', frame: string) => Fate) {
  const clock = createClock({ seed })
  const { runtime } = clock
  const data: Data = createDataService({ schema, databases: [adapter], runtime })
  await data.connect()
  const pair = createPair({ data, runtime, ...(tap && { tap }) })
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await clock.advance(50)
  }
  const end = async () => {
    await pair.close()
    await data.close()
  }
  return { clock, runtime, data, pair, client: pair.client, until, end }
}

describe.each(Object.entries(engines))('on() of a client, on %s', (_, engine) => {
  it('tells what it does itself at once, and what the service does', async () => {
    const { data, client, until, end } = await setUp(engine())
    const told: unknown[] = []
    client.on('clients:changed', (row, { type, old, position }) => {
      expect(position).toMatch(/:/)
      told.push([type, row, old])
    })
    const at = new Date(5)
    await client.clients.insert({ id: 'a', name: 'a', at })
    await data.clients.update('a', { name: 'b', at: null })
    await data.clients.delete('a')
    await until(() => told.length === 3)
    expect(told).toEqual([
      ['created', { id: 'a', name: 'a', at }, null],
      ['updated', { id: 'a', name: 'b', at: null }, { id: 'a', name: 'a', at }],
      ['deleted', { id: 'a', name: 'b', at: null }, { id: 'a', name: 'b', at: null }],
    ])
    await end()
  })

  it(`tells 10,000 changes once and in order over a wire that breaks (seed ${seed})`, async () => {
    let cuts = 0
    const chance = createClock({ seed: seed + 1 }).runtime
    const { clock, data, client, until, end } = await setUp(engine(), (direction, frame) => {
      const isNews = direction === 'down' && /push|missed/.test(frame)
      if (!isNews || chance.random() > 0.2) return 'deliver'
      cuts++
      return chance.random() > 0.5 ? 'cut' : 'drop'
    })
    const told: string[] = []
    const gaps: unknown[] = []
    client.on('clients:gap', (gap) => gaps.push(gap))
    await until(() => client.status().state === 'connected')
    const stop = client.on('clients:created', ({ name }) => told.push(name))
    await until(() => client.status().state === 'connected')
    let isStarted = false
    void stop.started.then(() => (isStarted = true))
    await until(() => isStarted)
    const names = Array.from({ length: 10_000 }, (__, n) => String(n))
    for (let n = 0; n < names.length; n += 20) {
      await data.clients.insertMany(names.slice(n, n + 20).map((name) => ({ name })))
      if (n % 100 === 0) await clock.advance(20)
    }
    while (told.length < names.length) {
      // What was dropped shows by what comes next.
      await data.clients.insert({ name: 'end' })
      await clock.advance(100)
      for (let at = told.indexOf('end'); at >= 0; at = told.indexOf('end')) told.splice(at, 1)
    }
    expect(told).toEqual(names)
    expect(gaps).toEqual([])
    expect(cuts).toBeGreaterThan(10)
    await end()
  })

  it('tells a client that was away what it missed', async () => {
    const { data, client, pair, until, end } = await setUp(engine())
    const told: string[] = []
    client.on('clients:created', ({ name }) => told.push(name), { where: { name: { ne: 'no' } } })
    await client.clients.insert({ name: 'a' })
    await until(() => told.length === 1)
    pair.reachable = false
    pair.cut()
    for (const name of ['b', 'no', 'c']) await data.clients.insert({ name })
    await until(() => client.status().state === 'waiting')
    pair.reachable = true
    await until(() => told.length === 3)
    expect(told).toEqual(['a', 'b', 'c'])
    await end()
  })

  it('says that there is a gap when what was missed is too much, and goes on', async () => {
    const { data, client, pair, until, end } = await setUp(engine())
    const said: string[] = []
    client.on('clients:gap', ({ of }) => said.push(`gap of ${of}`))
    client.on('clients:created', ({ name }) => said.push(name))
    await client.clients.insert({ name: 'a' })
    await until(() => said.length === 1)
    pair.reachable = false
    pair.cut()
    for (let n = 0; n < 22; n++) {
      await data.clients.insertMany(Array.from({ length: 500 }, () => ({ name: 'missed' })))
    }
    pair.reachable = true
    await until(() => said.length === 2)
    await client.clients.insert({ name: 'b' })
    await until(() => said.length === 3)
    expect(said).toEqual(['a', 'gap of clients', 'b'])
    await end()
  })
})

describe('on() of a client', () => {
  it('tells why it tells nothing', async () => {
    const { client, until, end } = await setUp(memory())
    const errors: string[] = []
    client.on('clients:error', ({ code }) => errors.push(code))
    const on = client.on as (...args: unknown[]) => { started: Promise<void> }
    const { started } = on('clients:created', () => {}, { where: { nope: 1 } })
    await until(() => errors.length === 1)
    expect(errors).toEqual(['UnknownField'])
    await expect(started).rejects.toMatchObject({ code: 'UnknownField' })
    await expect(on('nope:created', () => {}).started).rejects.toMatchObject({
      code: 'UnknownCollection',
    })
    await end()
  })

  it('goes on with another server on the same database', async () => {
    const adapter = sqlite({ file: ':memory:' })
    const { data, runtime, pair, client, until } = await setUp(adapter)
    const told: string[] = []
    let position: string | undefined
    client.on('clients:created', ({ name }, event) => {
      told.push(name)
      position = event.position
    })
    await client.clients.insert({ name: 'a' })
    await until(() => told.length === 1)
    await pair.close()
    for (const name of ['b', 'c']) await data.clients.insert({ name })
    const other = createPair({ data, runtime })
    other.client.on('clients:created', ({ name }) => told.push(name), { since: position! })
    await other.client.clients.insert({ name: 'd' })
    await until(() => told.length === 4)
    expect(told).toEqual(['a', 'b', 'c', 'd'])
    await other.close()
    await data.close()
  })
})
