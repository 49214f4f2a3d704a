import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDataService, systemRuntime, type Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { sqlite } from '@wherry/core/sqlite'
import { createClock, createPair, type Clock, type Pair, type PairOptions } from '@wherry/testing'
import { describe, expect, it, onTestFinished } from 'vitest'

const schema = defineSchema({ orders: collection({ id: t.id(), total: t.int() }) })

const engines: Record<string, () => Adapter> = {
  memory: () => memory(),
  sqlite: () => sqlite({ file: ':memory:' }),
}
const seed = 20_260_131

type Options = Partial<Pick<PairOptions<typeof schema>, 'tap' | 'channels'>>
const all = { allow: () => true }

async function serve(adapter: Adapter, clock: Clock) {
  const { runtime } = clock
  const data = createDataService({ schema, databases: [adapter], channels: {}, runtime })
  await data.connect()
  return data
}

async function setUp(adapter: Adapter, { tap, channels = all }: Options = {}) {
  const clock = createClock({ seed })
  const { runtime } = clock
  const data = await serve(adapter, clock)
  const pairs: Pair<typeof schema>[] = []
  const open = () => {
    const pair = createPair({ data, runtime, channels, ...(tap && { tap }) })
    pairs.push(pair)
    return pair
  }
  const end = async () => {
    for (const pair of pairs) await pair.close()
    await data.close()
  }
  return { clock, data, open, end, ...waits(clock) }
}

function waits(clock: Clock) {
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await clock.advance(50)
  }
  /** What a promise becomes when time passes. */
  const soon = async <T>(promise: Promise<T>): Promise<T> => {
    const state = { isDone: false }
    const settle = () => void (state.isDone = true)
    promise.then(settle, settle)
    await until(() => state.isDone)
    return promise
  }
  return { until, soon }
}

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'data.db')
}

describe.each(Object.entries(engines))('a channel of a client, on %s', (_, engine) => {
  it('tells what the service and clients publish, and has a history', async () => {
    const { data, open, until, soon, end } = await setUp(engine())
    const [{ client: ann }, { client: bob }] = [open(), open()]
    const told: unknown[] = []
    bob.channel('orders').on('created', (payload, { position, createdAt, sender }) => {
      expect(position).toMatch(/:/)
      expect(createdAt).toBeInstanceOf(Date)
      told.push([payload, sender])
    })
    // What it publishes itself, it is told, too.
    await soon(bob.channel('orders').publish('created', { id: 1 }))
    await soon(ann.channel('orders').publish('created', { id: 2 }))
    await data.channel('orders').publish('created', { id: 3 }, { sender: 'till' })
    await data.channel('orders').publish('paid', { id: 3 })
    await until(() => told.length === 3)
    expect(told).toEqual([
      [{ id: 1 }, null],
      [{ id: 2 }, null],
      [{ id: 3 }, 'till'],
    ])
    const history = await soon(ann.channel('orders').history({ limit: 2 }))
    expect(history.map(({ event, payload }) => [event, payload])).toEqual([
      ['created', { id: 3 }],
      ['paid', { id: 3 }],
    ])
    expect(history[0]?.createdAt).toBeInstanceOf(Date)
    await end()
  })

  it(`tells 10,000 messages once and in order over wires that break (seed ${seed})`, async () => {
    const chance = createClock({ seed: seed + 1 }).runtime
    let cuts = 0
    const { clock, data, open, until, soon, end } = await setUp(engine(), {
      tap(direction, frame) {
        if (direction === 'up' || !/push|missed/.test(frame)) return 'deliver'
        if (chance.random() > 0.2) return 'deliver'
        cuts++
        return chance.random() > 0.5 ? 'cut' : 'drop'
      },
    })
    const heard = [open(), open()].map(({ client }) => {
      const told: unknown[] = []
      const gaps: unknown[] = []
      client.channel('room').on('gap', (gap) => gaps.push(gap))
      const { started } = client.channel('room').on('said', (payload) => told.push(payload))
      return { told, gaps, started }
    })
    for (const { started } of heard) await soon(started)
    const room = data.channel('room')
    for (let n = 0; n < 10_000; n += 10) {
      await data.transaction(async (tx) => {
        for (let m = n; m < n + 10; m++) await tx.channel('room').publish('said', m)
      })
      if (n % 100 === 0) await clock.advance(20)
    }
    // What was dropped shows by what comes next.
    while (heard.some(({ told }) => told.length < 10_000)) {
      await room.publish('end')
      await clock.advance(100)
    }
    await until(() => true)
    for (const { told, gaps } of heard) {
      expect(told).toEqual(Array.from({ length: 10_000 }, (__, n) => n))
      expect(gaps).toEqual([])
    }
    expect(cuts).toBeGreaterThan(10)
    await end()
  })

  it('tells a device that was away what it has not acknowledged', async () => {
    const { data, open, until, soon, end } = await setUp(engine())
    const hear = (client: Pair<typeof schema>['client']) => {
      const told: [unknown, string][] = []
      const { started } = client
        .channel('user:7')
        .on('mood', (payload, { position }) => told.push([payload, position]), { as: 'phone' })
      return { told, started }
    }
    const first = open()
    const before = hear(first.client)
    await soon(before.started)
    await data.channel('user:7').publish('mood', 1)
    await until(() => before.told.length === 1)
    await soon(first.client.channel('user:7').acknowledge('phone', before.told[0]![1]))
    await first.close()
    for (const mood of [2, 3]) await data.channel('user:7').publish('mood', mood)
    const after = hear(open().client)
    await until(() => after.told.length === 2)
    await data.channel('user:7').publish('mood', 4)
    await until(() => after.told.length === 3)
    expect(after.told.map(([payload]) => payload)).toEqual([2, 3, 4])
    await end()
  })

  it('lets who is there leave with the connection, and come again with the next', async () => {
    const { clock, data, open, until, soon, end } = await setUp(engine())
    const [ann, bob] = [open(), open()]
    const told: string[] = []
    for (const type of ['join', 'leave', 'update'] as const) {
      const { presence } = bob.client.channel('room')
      const note = ({ meta }: { meta: unknown }) => told.push(`${type} ${String(meta)}`)
      await soon(presence.on(type, note).started)
    }
    const { presence } = ann.client.channel('room')
    await soon(presence.enter('ann'))
    await until(() => told.length === 1)
    await soon(presence.enter('anna'))
    await until(() => told.length === 2)
    ann.cut()
    await until(() => told.length === 4)
    expect(told).toEqual(['join ann', 'update anna', 'leave anna', 'join anna'])
    const members = await soon(bob.client.channel('room').presence.members())
    expect(members).toMatchObject([{ meta: 'anna' }])
    expect(Object.keys(members[0]!)).toEqual(['id', 'meta', 'enteredAt'])
    await soon(presence.leave())
    await until(() => told.length === 5)
    await data.channel('room').presence.enter('host')
    await until(() => told.length === 6)
    expect(told.slice(4)).toEqual(['leave anna', 'join host'])
    ann.cut()
    await clock.advance(1_000)
    expect(told).toHaveLength(6)
    await end()
  })

  it('has a client once whose connection broke again before it had come back', async () => {
    // Before it was there for the first time, and before it was there again.
    const cutAt = [1, 3]
    let entered = 0
    const { data, open, until, soon, end } = await setUp(engine(), {
      tap(direction, frame) {
        const answers = direction === 'down' ? frame.split('"meta":"ann"').length - 1 : 0
        entered += answers
        return answers > 0 && cutAt.includes(entered) ? 'cut' : 'deliver'
      },
    })
    const ann = open()
    const { presence } = ann.client.channel('room')
    const metas = async () => {
      const members = await data.channel('room').presence.members()
      return members.map(({ meta }) => meta)
    }
    await soon(presence.enter('ann'))
    expect(await metas()).toEqual(['ann'])
    expect(entered).toBe(2)
    ann.cut()
    await until(() => entered === 4)
    expect(await metas()).toEqual(['ann'])
    await soon(presence.leave())
    expect(await metas()).toEqual([])
    expect(entered).toBe(4)
    await end()
  })

  it('lets a client leave that has not heard in time that it has come again', async () => {
    let entered = 0
    const { data, open, until, soon, end } = await setUp(engine(), {
      tap(direction, frame) {
        if (direction === 'up' || !frame.includes('"meta":"ann"')) return 'deliver'
        return ++entered === 2 ? 'drop' : 'deliver'
      },
    })
    const { client, cut } = open()
    const errors: string[] = []
    client.channel('room').on('error', ({ code }) => errors.push(code))
    const { presence } = client.channel('room')
    await soon(presence.enter('ann'))
    cut()
    await until(() => errors.length === 1)
    expect(errors).toEqual(['UnknownOutcome'])
    expect(await data.channel('room').presence.members()).toHaveLength(1)
    await soon(presence.leave())
    expect(await data.channel('room').presence.members()).toEqual([])
    await end()
  })

  it('is to a client that may not as if there were none', async () => {
    const { data, open, soon, end } = await setUp(engine(), {
      channels: { allow: (action, name) => action === 'subscribe' && name === 'user:7' },
    })
    const { client } = open()
    const errors: string[] = []
    const refused = { code: 'NotFound' }
    const [own, other] = [client.channel('user:7'), client.channel('user:8')]
    await data.channel('user:8').publish('mood', 1)
    other.on('error', ({ code }) => errors.push(code))
    await expect(soon(own.publish('mood', 1))).rejects.toMatchObject(refused)
    await expect(soon(own.presence.enter())).rejects.toMatchObject(refused)
    await expect(soon(other.history())).rejects.toMatchObject(refused)
    await expect(soon(other.presence.members())).rejects.toMatchObject(refused)
    await expect(soon(other.acknowledge('a', 'a:1'))).rejects.toMatchObject(refused)
    await expect(soon(other.on('mood', () => {}).started)).rejects.toMatchObject(refused)
    await expect(soon(other.on('mood', () => {}, { as: 'a' }).started)).rejects.toMatchObject(
      refused,
    )
    expect(errors).toEqual(['NotFound', 'NotFound'])
    expect(await soon(own.history())).toEqual([])
    await end()
  })

  it('may by default be subscribed to, and nothing else', async () => {
    const clock = createClock({ seed })
    const data = await serve(engine(), clock)
    const pair = createPair({ data, runtime: clock.runtime })
    const { soon } = waits(clock)
    const room = pair.client.channel('room')
    await soon(room.on('said', () => {}).started)
    await expect(soon(room.publish('said'))).rejects.toMatchObject({ code: 'NotFound' })
    await expect(soon(room.presence.enter())).rejects.toMatchObject({ code: 'NotFound' })
    await pair.close()
    await data.close()
  })
})

describe('channels of two servers on one file', () => {
  it('tell the same messages, in the same order, also after one of them was started anew', async () => {
    const file = newFile()
    const open = () =>
      createDataService({
        schema,
        databases: [sqlite({ file, synchronous: 'normal' })],
        channels: {},
      })
    const [here, there] = [open(), open()]
    for (const data of [here, there]) await data.connect()
    const hear = (data: typeof here, options: { since?: string } = {}) => {
      const told: unknown[] = []
      const at = { position: '' }
      const listening = data.channel('room').on(
        '*',
        (payload, { position }) => {
          told.push(payload)
          at.position = position
        },
        options,
      )
      return { told, at, listening }
    }
    const [a, b] = [hear(here), hear(there)]
    await a.listening.started
    await b.listening.started
    const publish = async (data: typeof here, name: string) => {
      for (let n = 0; n < 50; n++) await data.channel('room').publish('said', `${name}${n}`)
    }
    await Promise.all([publish(here, 'a'), publish(there, 'b')])
    const until = async (isSo: () => boolean) => {
      while (!isSo()) await new Promise<void>((resolve) => systemRuntime.setImmediate(resolve))
    }
    await until(() => a.told.length === 100 && b.told.length === 100)
    expect(a.told).toEqual(b.told)
    await there.close()
    await publish(here, 'c')
    await until(() => a.told.length === 150)
    const again = open()
    await again.connect()
    const c = hear(again, { since: b.at.position })
    await until(() => c.told.length === 50)
    expect([...b.told, ...c.told]).toEqual(a.told)
    await again.close()
    await here.close()
  })
})
