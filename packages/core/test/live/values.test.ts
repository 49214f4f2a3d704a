import { describe, expect, it, onTestFinished } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { createDataService, type LiveEvent, type LiveValueEvent } from '../../src/index.node.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { codeOf } from '../support/errors.ts'
import { eventually } from '../support/eventually.ts'
import { newFile } from '../support/files.ts'
import { otherProcess } from '../support/other-process.ts'

const schema = defineSchema({
  notes: collection({
    id: t.id(),
    kind: t.text({ maxLength: 9 }),
    rank: t.int().default(0),
    title: t.text({ maxLength: 9 }).nullable(),
  }).unique('title'),
})

const engines = {
  memory: () => memory(),
  'sqlite file': () => sqlite({ file: newFile(), synchronous: 'normal' }),
}

/** What is told, brief. */
function listener<V>() {
  const told: unknown[] = []
  const listen = (event: LiveValueEvent<V>) => {
    told.push(
      event.status === 'live' ? event.value : [event.value, codeOf(() => raise(event.error))],
    )
  }
  return { told, listen }
}

function raise(error: unknown): never {
  throw error
}

describe.each(Object.entries(engines))('live counts and aggregates on %s', (_, adapter) => {
  async function connect(live = {}) {
    const data = createDataService({ schema, databases: [adapter()], live })
    await data.connect()
    onTestFinished(() => data.close())
    return data
  }

  it('tell their value, and again whenever it has changed and not otherwise', async () => {
    const data = await connect()
    const [count, groups] = [listener<number>(), listener<unknown>()]
    data.notes.liveCount({ where: { kind: 'a' } }).subscribe(count.listen)
    data.notes
      .liveAggregate({ groupBy: ['kind'], measures: { top: { max: 'rank' } } })
      .subscribe(groups.listen)
    await eventually(() => expect([count.told, groups.told]).toEqual([[0], [[]]]))
    const a = await data.notes.insert({ kind: 'a', rank: 1 })
    await eventually(() => expect(groups.told.at(-1)).toEqual([{ kind: 'a', top: 1 }]))
    await data.notes.insert({ kind: 'b', rank: 2 })
    await eventually(() => expect(groups.told.at(-1)).toHaveLength(2))
    await eventually(() => expect(count.told).toEqual([0, 1]))
    // Neither the count nor a group sees this.
    await data.notes.update(a.id, { title: 'x' })
    await data.notes.update(a.id, { kind: 'b' })
    const both = [{ kind: 'b', top: 2 }]
    await eventually(() => expect(groups.told.at(-1)).toEqual(both))
    await eventually(() => expect(count.told).toEqual([0, 1, 0]))
    expect(groups.told).toHaveLength(4)
  })

  it('order, filter and cut groups as the query says', async () => {
    const data = await connect()
    const { told, listen } = listener<unknown>()
    data.notes
      .liveAggregate({
        groupBy: ['kind'],
        measures: { n: 'count', total: { sum: 'rank' } },
        having: { n: { gt: 1 } },
        orderBy: { total: 'desc' },
        limit: 1,
      })
      .subscribe(listen)
    const rows = ['a', 'a', 'b', 'b', 'b', 'c'].map((kind, rank) => ({ kind, rank }))
    await data.notes.insertMany(rows)
    await eventually(() => expect(told.at(-1)).toEqual([{ kind: 'b', n: 3, total: 9 }]))
  })

  it('refuse at once what is no count or aggregate, and stand outside transactions', async () => {
    const data = await connect({ maxRows: 5 })
    const loose = data.notes as unknown as Record<string, (query: unknown) => unknown>
    expect(codeOf(() => loose.liveCount!({ limit: 1 }))).toBe('InvalidQuery')
    expect(codeOf(() => loose.liveAggregate!({ measures: {} }))).toBe('InvalidQuery')
    const measures = { n: 'count' } as const
    const groupBy = ['kind'] as const
    expect(codeOf(() => data.notes.liveAggregate({ groupBy, measures, limit: 6 }))).toBe('TooLarge')
    expect(codeOf(() => data.notes.live({ limit: 6 }))).toBe('TooLarge')
    data.notes.live({ limit: 5 })
    await data.transaction(async (tx) => {
      const live = tx.notes.liveCount()
      expect(codeOf(() => live.subscribe(() => undefined))).toBe('Unsupported')
    })
  })

  it('say how changes find them, and when the database is asked', async () => {
    const data = await connect()
    const where = { kind: 'a' }
    const byKind = { foundBy: 'value', fields: ['kind'] }
    expect(data.notes.explainLive({ where, measures: { n: 'count' } })).toEqual({
      ...byKind,
      asksAgain: 'never',
    })
    expect(data.notes.explainLive({ where, measures: { n: { sum: 'rank' } } })).toEqual({
      ...byKind,
      asksAgain: 'when touched',
    })
    expect(data.notes.explainLive({ where })).toEqual({ ...byKind, asksAgain: 'never' })
  })

  it('hold no more rows or groups than they may, and come back when they fit again', async () => {
    const data = await connect({ maxRows: 3 })
    const rows: unknown[] = []
    const groups = listener<unknown>()
    const tell = ({ status, rows: all, changes, error }: LiveEvent<object>) => {
      const what = status === 'live' ? changes.length : codeOf(() => raise(error))
      rows.push([what, all.length])
    }
    data.notes.live().subscribe(tell)
    data.notes
      .liveAggregate({ groupBy: ['rank'], measures: { n: 'count' } })
      .subscribe(groups.listen)
    await eventually(() => expect(rows).toEqual([[0, 0]]))
    await data.notes.insertMany([0, 1, 2].map((rank) => ({ id: `n${rank}`, kind: 'a', rank })))
    await eventually(() => expect(rows.at(-1)).toEqual([3, 3]))
    await eventually(() => expect(groups.told.at(-1)).toHaveLength(3))
    await data.notes.insertMany([3, 4].map((rank) => ({ id: `n${rank}`, kind: 'a', rank })))
    await eventually(() => expect(rows.at(-1)).toEqual(['TooLarge', 3]))
    await eventually(() => expect(groups.told.at(-1)).toEqual([expect.anything(), 'TooLarge']))
    await data.notes.delete('n4')
    await data.notes.delete('n0')
    // Of the rows that were shown one is gone, and one is new.
    await eventually(() => expect(rows.at(-1)).toEqual([2, 3]))
    await eventually(() => expect(groups.told.at(-1)).toMatchObject([{}, {}, {}]))
    expect(rows).toHaveLength(4)
  })
})

describe('a live count on a file that others write', () => {
  it('is right when they replace rows, of which the log has no entry', async () => {
    const file = newFile()
    const data = createDataService({ schema, databases: [sqlite({ file })] })
    await data.connect()
    onTestFinished(() => data.close())
    await data.notes.insert({ id: 'a', kind: 'a', title: 'x' })
    const { told, listen } = listener<number>()
    data.notes.liveCount({ where: { kind: 'a' } }).subscribe(listen)
    await eventually(() => expect(told).toEqual([1]))
    await otherProcess(file).run(
      `insert or replace into notes (id, kind, rank, title) values ('b', 'b', 0, 'x')`,
    )
    await eventually(() => expect(told).toEqual([1, 0]))
  })
})
