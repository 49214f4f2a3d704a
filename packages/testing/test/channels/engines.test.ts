import { createDataService, type Adapter, type DataService, type HeardMessage } from '@wherry/core'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { engines, oracle, type Engine } from '../../src/fuzz/index.ts'
import { patient } from '../patient.ts'

const schema = defineSchema({ orders: collection({ id: t.id(), total: t.int() }) })

/** Two services on one database, or the same one twice where the log shows of no other. */
async function openTwo(engine: Engine) {
  const { adapter, another, dispose } = await engine.open(0)
  const services: DataService<typeof schema>[] = []
  onTestFinished(async () => {
    for (const service of services) await service.close()
    await dispose()
  })
  const serve = async (database: Adapter) => {
    const data = createDataService({
      schema,
      databases: [database],
      channels: {},
    })
    services.push(data)
    await data.connect()
    return data
  }
  const first = await serve(adapter)
  const isAlone = another === undefined || !adapter.capabilities.externalChanges
  return { here: first, there: isAlone ? first : await serve(another()), adapter }
}

describe.each(Object.values({ oracle, ...engines }))('channels on $name', (engine) => {
  afterAll(() => engine.close?.())

  it('tell what is committed, once and in order, and of two services alike', async (context) => {
    const reason = await engine.missing?.()
    if (reason !== undefined) return context.skip(reason)
    const { here, there, adapter } = await openTwo(engine)
    const heard = [here, there].map((data) => {
      const told: unknown[] = []
      const { started } = data.channel('room').on('said', (payload) => told.push(payload))
      return { told, started }
    })
    const created: number[] = []
    const rows = there.on('orders:created', ({ total }) => void created.push(total))
    for (const { started } of [...heard, rows]) await started
    const wanted: number[] = []
    for (let n = 0; n < 20; n++) {
      const isTold = n % 5 !== 3
      if (isTold) wanted.push(n)
      if (!adapter.capabilities.transactions) {
        if (!isTold) continue
        await here.orders.insert({ total: n })
        await here.channel('room').publish('said', n)
        continue
      }
      const publish = here.transaction(async (tx) => {
        await tx.orders.insert({ total: n })
        await tx.channel('room').publish('said', n)
        if (!isTold) throw new Error('taken back')
      })
      if (isTold) await publish
      else await expect(publish).rejects.toThrow('taken back')
    }
    await vi.waitFor(() => {
      for (const { told } of heard) expect(told).toEqual(wanted)
      expect(created).toEqual(wanted)
    }, patient)
    const history = await there.channel('room').history({ limit: 5 })
    expect(history.map(({ payload }) => payload)).toEqual(wanted.slice(-5))
  })

  it('go on for a device behind what it has had', async (context) => {
    const reason = await engine.missing?.()
    if (reason !== undefined) return context.skip(reason)
    const { here, there } = await openTwo(engine)
    const told: HeardMessage[] = []
    const listen = (data: typeof here) =>
      data.channel('user:7').on('mood', (_, message) => void told.push(message), { as: 'phone' })
    const stop = listen(here)
    await stop.started
    for (const n of [1, 2]) {
      await here.channel('user:7').publish('mood', n)
      await vi.waitFor(() => expect(told).toHaveLength(n), patient)
    }
    await here.channel('user:7').acknowledge('phone', told[0]!.position)
    stop()
    await here.channel('user:7').publish('mood', 3)
    told.length = 0
    await listen(there).started
    await vi.waitFor(() => expect(told.map(({ payload }) => payload)).toEqual([2, 3]), patient)
  })

  it('know who is there, and tell who comes and goes', async (context) => {
    const reason = await engine.missing?.()
    if (reason !== undefined) return context.skip(reason)
    const { here, there } = await openTwo(engine)
    const told: unknown[] = []
    const { presence } = here.channel('room')
    for (const what of ['join', 'leave'] as const) {
      await presence.on(what, ({ meta }) => void told.push([what, meta])).started
    }
    await there.channel('room').presence.enter({ name: 'ada' })
    await vi.waitFor(() => expect(told).toEqual([['join', { name: 'ada' }]]), patient)
    expect((await presence.members()).map(({ meta }) => meta)).toEqual([{ name: 'ada' }])
    await there.channel('room').presence.leave()
    await vi.waitFor(() => expect(told).toHaveLength(2), patient)
    expect(told[1]).toEqual(['leave', { name: 'ada' }])
    expect(await presence.members()).toEqual([])
  })
})
