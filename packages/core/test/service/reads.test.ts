import { describe, expect, it } from 'vitest'
import { metaOf } from '../../src/index.node.ts'
import { scripted } from './fixture.ts'

const many = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `i${n}`, text: `t${n}`, n, version: 1 }))

describe('metaOf', () => {
  const expected = {
    source: 'scripted',
    asOf: new Date(Date.UTC(2026, 0, 1)),
    lagMs: 0,
    stale: false,
    synthetic: false,
  }

  it('tells who served what a read returned, and the moment of it', async () => {
    const { data, runtime } = await scripted()
    const page = await data.notes.page()
    for (const result of [
      await data.notes.find(),
      await data.notes.findOne(),
      await data.notes.get('a'),
      page,
      page.rows,
      await data.notes.aggregate({ measures: { n: 'count' } }),
      await data.transaction((tx) => tx.notes.find()),
    ]) {
      expect(metaOf(result)).toEqual(expected)
    }
    runtime.nowMs += 5
    expect(metaOf(await data.notes.find())?.asOf).toEqual(new Date(runtime.nowMs))
  })

  it('tells it of the promise where the result is a number or null', async () => {
    const { adapter, data } = await scripted()
    const count = data.notes.count()
    expect(metaOf(count)).toEqual(expected)
    expect(await count).toBe(1)
    adapter.rows = []
    const none = data.notes.findOne()
    expect(await none).toBeNull()
    expect(metaOf(none)).toEqual(expected)
  })

  it('leaves no trace in the result', async () => {
    const { data } = await scripted()
    const rows = await data.notes.find()
    const row = await data.notes.get('a')
    expect(Reflect.ownKeys(rows)).toEqual(['0', 'length'])
    expect(Reflect.ownKeys(row)).toEqual(['id', 'text', 'n', 'version'])
    expect(row).toEqual({ id: 'a', text: 'x', n: 1, version: 1 })
    expect(metaOf({ ...row })).toBeUndefined()
    expect(metaOf([...rows])).toBeUndefined()
    expect(metaOf(structuredClone(row))).toBeUndefined()
  })

  it.each<unknown>([undefined, null, 5, 'a', {}, [], Promise.resolve(1), () => 1])(
    'knows nothing of %o',
    (value) => {
      expect(metaOf(value)).toBeUndefined()
    },
  )
})

describe('page', () => {
  it('asks for one row more than it returns, to know whether there are more', async () => {
    const { adapter, data } = await scripted()
    adapter.rows = many(5)
    const page = await data.notes.page({ limit: 2, orderBy: { n: 'asc' } })
    expect(adapter.plans.at(-1)).toMatchObject({ limit: 3 })
    expect(page.rows).toHaveLength(2)
    await data.notes.page({ limit: 2, orderBy: { n: 'asc' }, after: page.next! })
    expect(adapter.plans.at(-1)).toMatchObject({ after: [1, 'i1'] })
  })

  it('has nothing next where nothing is', async () => {
    const { adapter, data } = await scripted()
    adapter.rows = many(2)
    expect(await data.notes.page({ limit: 2 })).toMatchObject({ next: null })
    expect(await data.notes.page()).toMatchObject({ next: null, rows: [{}, {}] })
    adapter.rows = []
    expect(await data.notes.page({ limit: 2 })).toEqual({ rows: [], next: null })
  })

  it('returns the selected fields only, though the cursor needs others', async () => {
    const { adapter, data } = await scripted()
    adapter.rows = many(3)
    const page = await data.notes.page({ select: ['text'], orderBy: { n: 'asc' }, limit: 1 })
    expect(page.rows).toEqual([{ text: 't0' }])
    expect(page.next).not.toBeNull()
  })
})

describe('stream', () => {
  async function read(query: object, batchSize: number, rows: number) {
    const { adapter, data } = await scripted()
    let given = 0
    adapter.find = (plan) => {
      adapter.plans.push(plan)
      const batch = many(rows).slice(given, given + (plan.limit ?? rows))
      given += batch.length
      return Promise.resolve(batch)
    }
    const ids: unknown[] = []
    const stream = data.notes.stream(query, { batchSize }) as AsyncIterable<Record<string, unknown>>
    for await (const row of stream) ids.push(row.id)
    return { ids, plans: adapter.plans as { limit: number; after: unknown; offset: number }[] }
  }

  it('reads batch after batch, each behind the last row of the one before', async () => {
    const { ids, plans } = await read({ orderBy: { n: 'asc' } }, 2, 5)
    expect(ids).toEqual(['i0', 'i1', 'i2', 'i3', 'i4'])
    expect(plans.map(({ limit, after }) => [limit, after])).toEqual([
      [2, undefined],
      [2, [1, 'i1']],
      [2, [3, 'i3']],
    ])
  })

  it('skips an offset once, and ends at the limit without asking more', async () => {
    const { ids, plans } = await read({ offset: 3, limit: 4 }, 3, 9)
    expect(ids).toHaveLength(4)
    expect(plans.map(({ limit, offset }) => [limit, offset])).toEqual([
      [3, 3],
      [1, 0],
    ])
    expect((await read({ limit: 0 }, 3, 9)).plans).toEqual([])
  })

  it('asks nothing before it is read, and nothing after it is left', async () => {
    const { adapter, data } = await scripted()
    adapter.rows = many(2)
    const stream = data.notes.stream({}, { batchSize: 2 })
    await Promise.resolve()
    expect(adapter.calls).toEqual([])
    for await (const row of stream) {
      expect(row.id).toBe('i0')
      break
    }
    expect(adapter.calls).toEqual(['find'])
  })
})
