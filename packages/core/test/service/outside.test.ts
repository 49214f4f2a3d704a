import { describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { createDataService as createForBrowsers } from '../../src/index.ts'
import { rejectedCode } from '../support/errors.ts'
import { settled } from '../support/fake-runtime.ts'
import { newFile } from '../support/files.ts'
import { ScriptedAdapter } from '../support/scripted-adapter.ts'
import { connected } from '../support/service.ts'
import { schema, scripted } from './fixture.ts'

describe("a call on the service inside a transaction's closure", () => {
  it('is OutsideTransaction, whatever it is', async () => {
    const { adapter, data } = await scripted()
    const { notes } = data
    const calls: (() => PromiseLike<unknown>)[] = [
      () => notes.find(),
      () => notes.findOne(),
      () => notes.get('a'),
      () => notes.page(),
      () => notes.count(),
      () => notes.aggregate({ measures: { n: 'count' } }),
      () => notes.stream()[Symbol.asyncIterator]().next(),
      () => notes.insert({ text: 'a' }),
      () => notes.insertMany([{ text: 'a' }]),
      () => notes.update('a', { n: 1 }),
      () => notes.updateMany({ where: {}, set: { n: 1 } }),
      () => notes.upsert({ on: ['id'], insert: { text: 'a' }, update: { n: 1 } }),
      () => notes.delete('a'),
      () => notes.deleteMany({ where: {} }),
      () => data.collection('notes').find(),
      () => data.transaction(async () => 'another'),
      () => data.ping(),
      () => data.close(),
    ]
    await data.transaction(async () => {
      for (const call of calls) expect(await rejectedCode(call)).toBe('OutsideTransaction')
    })
    expect(adapter.calls).toEqual(['begin serializable', 'commit'])
  })

  it('is noticed after an await, in functions it calls, in timers and in joined transactions', async () => {
    const { data } = await scripted()
    const find = () => rejectedCode(() => data.notes.find())
    await data.transaction(async (tx) => {
      await settled()
      expect(await find()).toBe('OutsideTransaction')
      await tx.notes.find()
      expect(await find()).toBe('OutsideTransaction')
      expect(await Promise.resolve().then(find)).toBe('OutsideTransaction')
      expect(await new Promise((resolve) => setTimeout(() => resolve(find()), 0))).toBe(
        'OutsideTransaction',
      )
      await tx.transaction(async () => expect(await find()).toBe('OutsideTransaction'))
    })
  })

  it('does not doom the transaction', async () => {
    const { adapter, data } = await scripted()
    await data.transaction(async (tx) => {
      await data.notes.find().catch(() => undefined)
      await tx.notes.insert({ text: 'a' })
    })
    expect(adapter.calls.at(-1)).toBe('commit')
  })
})

describe('a call on the service beside a transaction', () => {
  it('is served while the transaction runs', async () => {
    const { data } = await scripted()
    let end!: () => void
    const running = data.transaction(() => new Promise<void>((resolve) => (end = resolve)))
    await settled()
    expect(await data.notes.find()).toHaveLength(1)
    end()
    await running
  })

  it('is served before and after, and from what the closure started but did not wait for', async () => {
    const { data } = await scripted()
    let go!: () => void
    const gate = new Promise<void>((resolve) => (go = resolve))
    const later: Promise<unknown>[] = []
    await data.transaction(async () => {
      later.push(gate.then(() => data.notes.find()))
    })
    go()
    expect(await later[0]).toHaveLength(1)
    expect(await data.transaction((tx) => tx.notes.count())).toBe(1)
  })

  it('is served by another service, even of the same file', async () => {
    const file = newFile()
    const [first, second] = [
      await connected(schema, sqlite({ file })),
      await connected(schema, sqlite({ file })),
    ]
    const other = await connected(schema, memory())
    await first.transaction(async (tx) => {
      await tx.notes.insert({ text: 'a' })
      expect(await second.notes.count()).toBe(0)
      await other.notes.insert({ text: 'b' })
      await other.transaction(async (inner) => {
        expect(await inner.notes.count()).toBe(1)
        expect(await rejectedCode(() => other.notes.count())).toBe('OutsideTransaction')
        expect(await rejectedCode(() => first.notes.count())).toBe('OutsideTransaction')
        expect(await tx.notes.count()).toBe(1)
      })
    })
    expect(await second.notes.count()).toBe(1)
  })

  it('is not told apart where the host cannot follow calls, and reaches the adapter', async () => {
    const adapter = new ScriptedAdapter()
    const data = createForBrowsers({ schema, databases: [adapter] })
    await data.connect()
    await data.transaction(async () => expect(await data.notes.find()).toEqual([]))
    expect(adapter.calls).toContain('find')
    await data.close()
  })
})
