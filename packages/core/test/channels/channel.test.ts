import { describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { channelCollections } from '../../src/channels/collections.ts'
import { channelDescriptors } from '../../src/channels/descriptor.ts'
import type { Adapter } from '../../src/contract/adapter.ts'
import type { ChannelsOptions, DataService, GapEvent, HeardMessage } from '../../src/index.node.ts'
import { collection, defineSchema, descriptor, t } from '../../src/schema/index.ts'
import { codeOf, rejectedCode } from '../support/errors.ts'
import { FakeRuntime, settled } from '../support/fake-runtime.ts'
import { newFile } from '../support/files.ts'
import { connected } from '../support/service.ts'

const schema = defineSchema({ orders: collection({ id: t.id(), total: t.int() }) })
type Data = DataService<typeof schema>

const engines: Record<string, () => Adapter> = {
  memory: () => memory(),
  'sqlite :memory:': () => sqlite({ file: ':memory:' }),
  'sqlite file': () => sqlite({ file: newFile(), synchronous: 'normal' }),
}

function serve(
  adapter: Adapter,
  channels: ChannelsOptions = {},
  runtime?: FakeRuntime,
): Promise<Data> {
  return connected(schema, adapter, { channels, ...(runtime && { runtime }) })
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settled()
}

describe.each(Object.entries(engines))('a channel on %s', (_, engine) => {
  it('tells what is published, each message once and in order', async () => {
    const data = await serve(engine())
    const orders = data.channel('orders')
    const told: [unknown, HeardMessage][] = []
    const all: unknown[] = []
    orders.on('created', (payload, message) => told.push([payload, message]))
    data.channel('orders').on('*', (payload) => all.push(payload))
    data.channel('others').on('*', () => expect.unreachable())
    const published = await orders.publish('created', { id: 1 }, { sender: 'till' })
    await orders.publish('paid')
    for (let n = 2; n <= 20; n++) await orders.publish('created', { id: n })
    await until(() => all.length === 21)
    expect(told.map(([payload]) => payload)).toEqual(
      Array.from({ length: 20 }, (__, n) => ({ id: n + 1 })),
    )
    const [[, first]] = told as [[unknown, HeardMessage]]
    expect(first).toEqual({ ...published, position: expect.stringMatching(/:/) as string })
    expect(published).toMatchObject({ channel: 'orders', event: 'created', sender: 'till' })
    expect(all[1]).toBeNull()
  })

  it('tells what a transaction published once it has committed, and else nothing', async () => {
    const data = await serve(engine())
    const told: unknown[] = []
    data.channel('orders').on('created', (payload) => told.push(payload))
    const failing = data.transaction(async (tx) => {
      await tx.channel('orders').publish('created', 'never')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await data.transaction(async (tx) => {
      const { id } = await tx.orders.insert({ total: 5 })
      await tx.channel('orders').publish('created', { id })
      await settled()
      expect(told).toEqual([])
    })
    await until(() => told.length === 1)
    expect(told).toEqual([{ id: (await data.orders.findOne())!.id }])
    expect(await data.channel('orders').history()).toHaveLength(1)
  })

  it('has a history, the latest messages last', async () => {
    const data = await serve(engine())
    const room = data.channel('room')
    for (let n = 0; n < 5; n++) await room.publish('said', n)
    await data.channel('other').publish('said', 'elsewhere')
    const payloads = async (query?: Parameters<typeof room.history>[0]) =>
      (await room.history(query)).map(({ payload }) => payload)
    expect(await payloads()).toEqual([0, 1, 2, 3, 4])
    expect(await payloads({ limit: 2 })).toEqual([3, 4])
    expect(await payloads({ since: new Date(Date.UTC(2100, 0)) })).toEqual([])
  })

  it('tells a subscriber what it has not acknowledged, also after a restart', async () => {
    const data = await serve(engine())
    const room = data.channel('user:7')
    const hear = () => {
      const told: [unknown, string][] = []
      const stop = room.on('said', (payload, { position }) => told.push([payload, position]), {
        as: 'phone',
      })
      return { told, stop }
    }
    // Its first mark is where it begins.
    const first = hear()
    await first.stop.started
    first.stop()
    for (const payload of ['a', 'b', 'c']) await room.publish('said', payload)
    const second = hear()
    await until(() => second.told.length === 3)
    expect(second.told.map(([payload]) => payload)).toEqual(['a', 'b', 'c'])
    await room.publish('said', 'd')
    await until(() => second.told.length === 4)
    second.stop()
    await room.acknowledge('phone', second.told[3]![1])
    await room.publish('said', 'e')
    const third = hear()
    await until(() => third.told.length === 1)
    await settled()
    expect(third.told.map(([payload]) => payload)).toEqual(['e'])
    // Another name has a mark of its own.
    const laptop: unknown[] = []
    const { started } = room.on('said', (payload) => laptop.push(payload), { as: 'laptop' })
    await started
    await room.publish('said', 'f')
    await until(() => laptop.length === 1)
    expect(laptop).toEqual(['f'])
  })

  it('replays from a position, and says that there is a gap where it cannot', async () => {
    const data = await serve(engine())
    const room = data.channel('room')
    const positions: string[] = []
    room.on('said', (__, { position }) => positions.push(position))
    await room.publish('said', 1)
    await until(() => positions.length === 1)
    await room.publish('said', 2)
    const again: unknown[] = []
    room.on('said', (payload) => again.push(payload), { since: positions[0]! })
    await until(() => again.length === 1)
    expect(again).toEqual([2])
    const gaps: GapEvent[] = []
    room.on('gap', (gap) => gaps.push(gap))
    room.on('said', () => {}, { since: 'elsewhere:1' })
    await until(() => gaps.length === 1)
    expect(gaps[0]?.of).toBe('room')
  })

  it('knows who is there, and tells who comes, changes and leaves', async () => {
    const data = await serve(engine())
    const told: string[] = []
    for (const type of ['join', 'leave', 'update'] as const) {
      const { started } = data
        .channel('room')
        .presence.on<{ name: string }>(type, ({ meta }) => told.push(`${type} ${meta.name}`))
      await started
    }
    // A channel by its name is one channel, whoever holds it.
    const presence = () => data.channel('room').presence
    await presence().enter({ name: 'ann' })
    await until(() => told.length === 1)
    const members = await presence().members()
    expect(members).toEqual([
      {
        id: expect.any(String) as string,
        meta: { name: 'ann' },
        enteredAt: expect.any(Date) as Date,
      },
    ])
    await presence().enter({ name: 'anna' })
    expect(await presence().members()).toEqual([{ ...members[0], meta: { name: 'anna' } }])
    await until(() => told.length === 2)
    await presence().leave()
    await presence().leave()
    await until(() => told.length === 3)
    expect(told).toEqual(['join ann', 'update anna', 'leave anna'])
    expect(await presence().members()).toEqual([])
    await presence().enter({ name: 'ann' })
    expect((await presence().members())[0]!.id).not.toBe(members[0]!.id)
    expect(await data.channel('other').presence.members()).toEqual([])
  })

  it('keeps so many messages, and for so long', async () => {
    const runtime = new FakeRuntime()
    const data = await serve(engine(), { history: { size: 3, ageMs: 3_600_000 } }, runtime)
    const [room, hall] = [data.channel('room'), data.channel('hall')]
    await hall.publish('said', 'old')
    for (let n = 0; n < 6; n++) await room.publish('said', n)
    await runtime.advance(65_000)
    const payloads = async (channel: typeof room) =>
      (await channel.history()).map(({ payload }) => payload)
    expect(await payloads(room)).toEqual([3, 4, 5])
    expect(await payloads(hall)).toEqual(['old'])
    await runtime.advance(3_600_000)
    expect(await payloads(hall)).toEqual([])
    expect(await payloads(room)).toEqual([])
  })
})

describe('presence', () => {
  it('of a process that is gone ends with its lease, and that of a slow one comes back', async () => {
    const file = newFile()
    const open = (own: FakeRuntime) => serve(sqlite({ file, synchronous: 'normal' }), {}, own)
    const [here, frozen] = [new FakeRuntime(), new FakeRuntime()]
    const [data, other] = [await open(here), await open(frozen)]
    await data.channel('room').presence.enter('here')
    await other.channel('room').presence.enter('frozen')
    const metas = async () =>
      (await data.channel('room').presence.members()).map(({ meta }) => String(meta)).toSorted()
    expect(await metas()).toEqual(['frozen', 'here'])
    const pass = async (ms: number) => {
      for (let at = 0; at < ms; at += 5_000) {
        await here.advance(5_000)
        await until(() => here.pendingTimers > 0)
      }
    }
    await pass(15_000)
    expect(await metas()).toEqual(['frozen', 'here'])
    await pass(15_000)
    expect(await metas()).toEqual(['here'])
    frozen.nowMs = here.nowMs
    await frozen.advance(5_000)
    await until(() => frozen.pendingTimers > 0)
    expect(await metas()).toEqual(['frozen', 'here'])
    await other.close()
    expect(await metas()).toEqual(['here'])
  })
})

describe('what channels are made of', () => {
  it('is no collection of the application', async () => {
    const data = await serve(memory())
    expect(codeOf(() => data.collection('$messages' as 'orders'))).toBe('UnknownCollection')
    const on = data.on as (...args: unknown[]) => unknown
    expect(codeOf(() => on('$messages:created', () => {}))).toBe('UnknownCollection')
  })

  it('is what a client knows of it', () => {
    const collections = new Map(channelCollections)
    collections.delete('$leases')
    const { definition } = schema
    const own = descriptor({ definition: { ...definition, collections } })
    expect(own.collections).toEqual(channelDescriptors)
  })

  it('is there only where it was asked for', async () => {
    const data = await connected(schema, memory())
    expect(codeOf(() => data.channel('room'))).toBe('InvalidOptions')
    const within = data.transaction(async (tx) => tx.channel('room').publish('said'))
    expect(await rejectedCode(() => within)).toBe('InvalidOptions')
  })
})

describe('a channel refuses', () => {
  const long = 'x'.repeat(192)

  it.each<[what: string, call: (data: Data) => unknown]>([
    ['no name', (data) => data.channel('')],
    ['a name that is too long', (data) => data.channel(long)],
    ['a name that cannot be stored', (data) => data.channel('a\0')],
    ['an event that has no name', (data) => data.channel('room').on('', () => {})],
    ['what is no listener', (data) => data.channel('room').on('said', 5 as never)],
    [
      'two places to begin',
      (data) => data.channel('r').on('a', () => {}, { since: 'a:1', as: 'b' }),
    ],
    ['a position that is none', (data) => data.channel('r').on('a', () => {}, { since: '1' })],
    [
      'what presence does not tell',
      (data) => data.channel('r').presence.on('x' as 'join', () => {}),
    ],
  ])('%s at once', async (_, call) => {
    const data = await serve(memory())
    expect(codeOf(() => call(data))).toBe('InvalidOptions')
  })

  it.each<[what: string, code: string, call: (data: Data) => Promise<unknown>]>([
    ['the name of its own events', 'InvalidOptions', (data) => data.channel('r').publish('gap')],
    ['an event without a name', 'InvalidOptions', (data) => data.channel('r').publish('')],
    ['what is no JSON', 'InvalidValue', (data) => data.channel('r').publish('a', new Date(0))],
    ['too much', 'TooLarge', (data) => data.channel('r').publish('a', 'é'.repeat(30_000))],
    ['no position', 'InvalidOptions', (data) => data.channel('r').acknowledge('a', undefined!)],
    ['an option', 'InvalidOptions', (data) => data.channel('r').history({ after: 1 } as {})],
  ])('%s', async (_, code, call) => {
    const data = await serve(memory())
    expect(await rejectedCode(() => call(data))).toBe(code)
  })

  it.each<[what: string, channels: unknown]>([
    ['a size that is none', { history: { size: -1 } }],
    ['an age that is none', { history: { ageMs: 'long' } }],
    ['another option', { keep: 1 }],
  ])('%s, where the service is created', async (_, channels) => {
    await expect(serve(memory(), channels as ChannelsOptions)).rejects.toMatchObject({
      code: 'InvalidOptions',
    })
  })
})
