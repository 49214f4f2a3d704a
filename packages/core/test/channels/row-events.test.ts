import { describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import type { Adapter } from '../../src/contract/adapter.ts'
import type { ChangeLog } from '../../src/contract/change-log.ts'
import type { ChangeEvent, DataService, GapEvent, OnOptions } from '../../src/index.node.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { codeOf } from '../support/errors.ts'
import { FakeRuntime, settled } from '../support/fake-runtime.ts'
import { newFile } from '../support/files.ts'
import { otherProcess } from '../support/other-process.ts'
import { failure } from '../support/scripted-adapter.ts'
import { connected } from '../support/service.ts'

const schema = defineSchema({
  clients: collection({
    id: t.id(),
    name: t.text({ maxLength: 40 }),
    rank: t.int().default(0),
    version: t.version(),
  }),
  others: collection({ id: t.id() }),
})
type Data = DataService<typeof schema>

const engines: Record<string, () => Adapter> = {
  memory: () => memory(),
  'sqlite :memory:': () => sqlite({ file: ':memory:' }),
  'sqlite file': () => sqlite({ file: newFile(), synchronous: 'normal' }),
}

type Told = [type: string, name: string, before: string | undefined]

/** Everything that a service tells of its clients, in the order in which it does. */
function hear(data: Data, options: OnOptions<typeof schema, 'clients'> = {}) {
  const told: Told[] = []
  const events: ChangeEvent[] = []
  const stop = data.on(
    'clients:changed',
    (row, event) => {
      expect(event.row).toBe(row)
      events.push(event)
      told.push([event.type, row.name, event.old?.name])
    },
    options,
  )
  return { told, events, stop }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settled()
}

/** An adapter whose log fails as a test says. */
function breakable() {
  const base = memory()
  const state = { failure: undefined as Error | undefined }
  const failing =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A) => {
      if (state.failure !== undefined) throw state.failure
      return call(...args)
    }
  const { log } = base
  const broken: ChangeLog = {
    hidesReplaced: log.hidesReplaced,
    snapshot: log.snapshot.bind(log),
    watch: log.watch.bind(log),
    head: failing(() => log.head()),
    read: failing((after, upTo) => log.read(after, upTo)),
  }
  const adapter = new Proxy(base, {
    get(target, name) {
      if (name === 'log') return broken
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
  return { adapter, state }
}

describe.each(Object.entries(engines))('on() of a service on %s', (_, engine) => {
  it('tells what its own writes do, though they follow at once', async () => {
    const data = await connected(schema, engine())
    await data.clients.insert({ id: 'a', name: 'before' })
    const { told, stop } = hear(data)
    await data.clients.insert({ id: 'b', name: 'b' })
    await data.clients.update('a', { name: 'after' })
    await data.clients.delete('b')
    await until(() => told.length === 3)
    expect(told).toEqual([
      ['created', 'b', undefined],
      ['updated', 'after', 'before'],
      ['deleted', 'b', 'b'],
    ])
    stop()
    await data.clients.insert({ name: 'c' })
    const { told: later } = hear(data)
    await data.clients.insert({ name: 'd' })
    await until(() => later.length === 1)
    expect(told).toHaveLength(3)
  })

  it('tells each listener the types that it asks for, in one order', async () => {
    const data = await connected(schema, engine())
    const told: string[] = []
    data.on('clients:created', ({ name }) => told.push(`created ${name}`))
    data.on('clients:updated', ({ name }, { old }) => told.push(`${old?.name} is ${name}`))
    data.on('clients:deleted', ({ name }) => told.push(`deleted ${name}`))
    await data.transaction(async (tx) => {
      await tx.clients.insert({ id: 'a', name: 'a' })
      await tx.clients.insert({ id: 'b', name: 'b' })
    })
    await data.clients.update('a', { name: 'c' })
    await data.clients.delete('b')
    await data.clients.delete('a')
    await until(() => told.length === 5)
    expect(told.slice(2)).toEqual(['a is c', 'deleted b', 'deleted c'])
    expect(told.slice(0, 2).toSorted()).toEqual(['created a', 'created b'])
  })

  it('tells only what `where` matches, as the row is now', async () => {
    const data = await connected(schema, engine())
    const { told } = hear(data, { where: { rank: { gt: 1 } } })
    await data.clients.insertMany([
      { id: 'a', name: 'a', rank: 1 },
      { id: 'b', name: 'b', rank: 2 },
    ])
    await data.clients.updateMany({ where: {}, set: { rank: { increment: 1 } } })
    await data.clients.update('b', { rank: 0 })
    await data.clients.delete('b')
    await data.clients.delete('a')
    await until(() => told.at(-1)?.[0] === 'deleted')
    expect(told.map(([type, name]) => `${type} ${name}`).toSorted()).toEqual([
      'created b',
      'deleted a',
      'updated a',
      'updated b',
    ])
  })

  it('tells nothing of what was rolled back', async () => {
    const data = await connected(schema, engine())
    const { told } = hear(data)
    const work = data.transaction(async (tx) => {
      await tx.clients.insert({ name: 'never' })
      throw new Error('no')
    })
    await expect(work).rejects.toThrow('no')
    await data.clients.insert({ name: 'b' })
    await until(() => told.length > 0)
    expect(told).toEqual([['created', 'b', undefined]])
  })

  it('goes on behind a position, with nothing lost and nothing twice', async () => {
    const data = await connected(schema, engine())
    const first = hear(data)
    for (const name of ['a', 'b', 'c']) await data.clients.insert({ name })
    await until(() => first.told.length === 3)
    const { position } = first.events[2]!
    first.stop()
    for (const name of ['d', 'e']) await data.clients.insert({ name })
    const second = hear(data, { since: position })
    for (const name of ['f', 'g']) await data.clients.insert({ name })
    await until(() => second.told.length === 4)
    expect(second.told.map(([, name]) => name)).toEqual(['d', 'e', 'f', 'g'])
  })

  it('says that there is a gap where a position leads nowhere', async () => {
    const data = await connected(schema, engine())
    const gaps: GapEvent[] = []
    data.on('clients:gap', (gap) => gaps.push(gap))
    const { told } = hear(data, { since: 'elsewhere:1' })
    await data.clients.insert({ name: 'a' })
    await until(() => gaps.length === 1)
    const again = hear(data, { since: gaps[0]!.position })
    await until(() => again.told.length === 1)
    expect(gaps).toMatchObject([{ of: 'clients' }])
    expect(told.length).toBeLessThanOrEqual(1)
  })
})

describe('on() of a service', () => {
  it('hears another process', async () => {
    const file = newFile()
    const data = await connected(schema, sqlite({ file, synchronous: 'normal' }))
    const { told, stop } = hear(data)
    await stop.started
    const other = otherProcess(file)
    await other.run("insert into clients (id, name, rank, version) values ('x', 'x', 0, 1)")
    await until(() => told.length === 1)
    expect(told).toEqual([['created', 'x', undefined]])
  })

  it('keeps a listener that throws from the others', async () => {
    const data = await connected(schema, memory())
    const thrown = new Promise((resolve) => process.once('unhandledRejection', resolve))
    data.on('clients:created', () => {
      throw new Error('of a listener')
    })
    const { told } = hear(data)
    await data.clients.insertMany([{ name: 'a' }])
    expect(await thrown).toMatchObject({ message: 'of a listener' })
    await until(() => told.length === 1)
  })

  it('tells nobody who has left meanwhile', async () => {
    const data = await connected(schema, memory())
    const told: string[] = []
    data.on('clients:created', () => stop())
    const stop = data.on('clients:created', ({ name }) => told.push(name))
    await data.clients.insert({ name: 'a' })
    const { told: all } = hear(data)
    await data.clients.insert({ name: 'b' })
    await until(() => all.at(-1)?.[1] === 'b')
    expect(told).toEqual([])
  })

  it('goes on where it was when the log can be read again, and says so meanwhile', async () => {
    const { adapter, state } = breakable()
    const runtime = new FakeRuntime()
    const data = await connected(schema, adapter, { runtime })
    const errors: unknown[] = []
    data.on('clients:error', (error) => errors.push(error.code))
    const { told } = hear(data)
    const rows: unknown[] = []
    data.clients.live().subscribe((event) => rows.push(event.status))
    await data.clients.insert({ name: 'a' })
    await until(() => told.length === 1)
    state.failure = failure('DatabaseUnavailable')
    await data.clients.insert({ name: 'b' })
    await until(() => errors.length === 1)
    await data.clients.insert({ name: 'c' })
    state.failure = undefined
    await runtime.advance(100)
    await until(() => told.length === 3 && rows.at(-1) === 'live')
    await data.clients.insert({ name: 'd' })
    await until(() => told.length === 4)
    expect(told.map(([, name]) => name)).toEqual(['a', 'b', 'c', 'd'])
    expect(errors).toEqual(['DatabaseUnavailable'])
  })

  it('says that there is a gap when the log has lost what comes next', async () => {
    const { adapter } = breakable()
    const data = await connected(schema, adapter)
    const said: string[] = []
    data.on('clients:gap', () => said.push('gap'))
    data.on('clients:created', ({ name }) => said.push(name))
    await data.clients.insert({ name: 'a' })
    await until(() => said.length === 1)
    const read = adapter.log.read.bind(adapter.log)
    adapter.log.read = () => {
      adapter.log.read = read
      return Promise.reject(failure('PositionLost'))
    }
    await data.clients.insert({ name: 'b' })
    await until(() => said.includes('gap'))
    await data.clients.insert({ name: 'c' })
    await until(() => said.at(-1) === 'c')
    expect(said).toEqual(['a', 'gap', 'c'])
  })

  it('has a gap where it could not begin when it was asked to', async () => {
    const { adapter, state } = breakable()
    const runtime = new FakeRuntime()
    const data = await connected(schema, adapter, { runtime })
    state.failure = failure('DatabaseUnavailable')
    const said: string[] = []
    data.on('clients:gap', () => said.push('gap'))
    data.on('clients:error', ({ code }) => said.push(code))
    data.on('clients:created', ({ name }) => said.push(name))
    await data.clients.insert({ name: 'a' })
    await until(() => said.length === 1)
    state.failure = undefined
    await runtime.advance(100)
    await until(() => said.length === 2)
    await data.clients.insert({ name: 'b' })
    await until(() => said.length === 3)
    expect(said).toEqual(['DatabaseUnavailable', 'gap', 'b'])
  })

  it('reads again, with what happened since, when what was missed cannot be read at once', async () => {
    const { adapter } = breakable()
    const runtime = new FakeRuntime()
    const data = await connected(schema, adapter, { runtime })
    const first = hear(data)
    await data.clients.insert({ name: 'a' })
    await until(() => first.told.length === 1)
    await data.clients.insert({ name: 'b' })
    await until(() => first.told.length === 2)
    const errors: unknown[] = []
    data.on('clients:error', () => errors.push('error'))
    const second = hear(data, { since: first.events[0]!.position })
    const read = adapter.log.read.bind(adapter.log)
    adapter.log.read = async (after, upTo) => {
      if (upTo !== undefined && errors.length === 0) throw failure('DatabaseUnavailable')
      return read(after, upTo)
    }
    await until(() => errors.length === 1)
    await data.clients.insert({ name: 'c' })
    await runtime.advance(100)
    await until(() => second.told.length === 2)
    expect(second.told.map(([, name]) => name)).toEqual(['b', 'c'])
  })

  it('keeps up with the log though what changes is none of its business', async () => {
    const data = await connected(schema, memory())
    const { told, events } = hear(data)
    await data.clients.insert({ name: 'a' })
    await until(() => told.length === 1)
    // More than the log keeps.
    for (let n = 0; n < 25; n++) {
      await data.others.insertMany(Array.from({ length: 1_000 }, () => ({})))
      await settled()
    }
    await data.clients.insert({ name: 'b' })
    await until(() => told.length === 2)
    expect(events.map(({ position }) => position)[1]).not.toBe(events[0]!.position)
  })

  it.each<[what: string, name: string, listener: unknown, options?: unknown]>([
    ['no event', 'clients:inserted', () => {}],
    ['no collection', ':created', () => {}],
    ['no function', 'clients:created', 5],
    ['an option that it has not', 'clients:created', () => {}, { limit: 1 }],
    ['an option of changes for a gap', 'clients:gap', () => {}, { where: {} }],
    ['a position that is none', 'clients:created', () => {}, { since: 7 }],
  ])('refuses %s', async (_, name, listener, options) => {
    const data = await connected(schema, memory())
    const on = data.on as (...args: unknown[]) => unknown
    expect(codeOf(() => on(name, listener, options))).toBe('InvalidOptions')
  })

  it('refuses what is wrong with its filter or collection at once', async () => {
    const data = await connected(schema, memory())
    const on = data.on as (...args: unknown[]) => unknown
    expect(codeOf(() => on('nope:created', () => {}))).toBe('UnknownCollection')
    expect(codeOf(() => on('clients:created', () => {}, { where: { nope: 1 } }))).toBe(
      'UnknownField',
    )
  })
})
