import { afterEach, describe, expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import type { Adapter } from '../../src/contract/adapter.ts'
import { createDataService } from '../../src/index.node.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import type { RowOf } from '../../src/schema/types.ts'
import type { LiveQueryOf } from '../../src/service/query-types.ts'
import type { LiveEvent } from '../../src/live/live-event.ts'
import type { DataService } from '../../src/service/types.ts'
import { eventually } from '../support/eventually.ts'
import { newFile } from '../support/files.ts'
import { otherProcess } from '../support/other-process.ts'
import { takeStep } from './follow.ts'

const schema = defineSchema({
  notes: collection({
    id: t.id(),
    rank: t.int(),
    tag: t.text({ maxLength: 20 }).nullable(),
    price: t.decimal(5, 2).default('-1.05'),
    total: t.bigint().nullable(),
    share: t.float().default(0.1),
    bytes: t.bytes().nullable(),
    data: t.json().nullable(),
    done: t.boolean().default(false),
    createdAt: t.createdAt(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  }),
})
type Data = DataService<typeof schema>
type Note = RowOf<typeof schema, 'notes'>
type Query = LiveQueryOf<typeof schema, 'notes'>

const engines: Record<string, () => Adapter> = {
  memory: () => memory(),
  'sqlite :memory:': () => sqlite({ file: ':memory:' }),
  'sqlite file': () => sqlite({ file: newFile(), synchronous: 'normal' }),
}

const services: Data[] = []
async function connect(adapter: Adapter): Promise<Data> {
  const data = createDataService({ schema, databases: [adapter] })
  services.push(data)
  await data.connect()
  return data
}
afterEach(async () => {
  for (const data of services.splice(0)) await data.close()
})

/** Follows a live query by its steps alone, and checks at each event that they lead to its rows. */
function follow(data: Data, query: Query) {
  const seen = { rows: [] as Note[], events: [] as LiveEvent<Note>[] }
  const stop = data.notes.live(query).subscribe((event) => {
    seen.events.push(event)
    if (seen.events.length === 1) seen.rows = [...event.rows]
    for (const change of event.changes) takeStep(seen.rows, change)
    expect(seen.rows).toEqual(event.rows)
  })
  return { ...seen, seen, stop }
}

const queries: Query[] = [
  {},
  { where: { rank: { gt: 5 } }, orderBy: { rank: 'desc' }, limit: 3 },
  { where: { tag: 'a' }, orderBy: [{ tag: 'asc' }, { rank: 'asc' }] },
  { orderBy: { rank: 'asc' }, limit: 5 },
  { where: { NOT: { tag: 'b' } }, limit: 2 },
  { where: { data: { path: ['n'], gte: 2 } }, orderBy: { createdAt: 'desc' } },
  { limit: 0 },
]

describe.each(Object.entries(engines))('live queries on %s', (_, adapter) => {
  it('show after every write what find finds, by steps that lead there', async () => {
    const data = await connect(adapter())
    const following = queries.map((query) => follow(data, query))
    await scribble(data, 200)
    for (const [index, query] of queries.entries()) {
      const rows = await data.notes.find(query)
      await eventually(() => expect(following[index]!.seen.rows).toEqual(rows))
    }
  })

  it('begin with the rows that are there, and say nothing while nothing of theirs changes', async () => {
    const data = await connect(adapter())
    const kept = await data.notes.insert({ rank: 1, tag: 'a' })
    const { seen } = follow(data, { where: { tag: 'a' } })
    await eventually(() => expect(seen.rows).toEqual([kept]))
    await data.notes.insert({ rank: 2, tag: 'b' })
    const second = await data.notes.insert({ rank: 3, tag: 'a' })
    await eventually(() => expect(seen.rows).toHaveLength(2))
    expect(seen.events).toHaveLength(2)
    expect(seen.events[1]!.changes).toEqual([{ type: 'insert', index: 1, row: second }])
  })

  it('see a transaction as a whole, and nothing of one that is rolled back', async () => {
    const data = await connect(adapter())
    const { seen } = follow(data, { orderBy: { rank: 'asc' } })
    await eventually(() => expect(seen.events).toHaveLength(1))
    const failed = data.transaction(async (tx) => {
      await tx.notes.insert({ rank: 1 })
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    await data.transaction(async (tx) => {
      await tx.notes.insert({ rank: 2 })
      await tx.notes.insert({ rank: 3 })
    })
    await eventually(() => expect(seen.rows.map(({ rank }) => rank)).toEqual([2, 3]))
    expect(seen.events).toHaveLength(2)
  })

  it('end with the last subscriber, and are told apart by what they ask alone', async () => {
    const data = await connect(adapter())
    const one = follow(data, { where: { rank: 1 } })
    const same = follow(data, { where: { AND: [{ rank: { eq: 1 } }] } })
    await eventually(() => expect(same.seen.events).toHaveLength(1))
    one.stop()
    await data.notes.insert({ rank: 1 })
    await eventually(() => expect(same.seen.events).toHaveLength(2))
    expect(one.seen.events).toHaveLength(1)
  })

  it('refuse what cannot be live yet, and stand outside transactions', async () => {
    const data = await connect(adapter())
    const offset = { offset: 1 } as Query
    expect(() => data.notes.explainLive(offset)).toThrow(/not live yet/)
    expect(data.notes.explainLive({ where: { rank: { gt: 1 } }, limit: 3 })).toEqual({
      foundBy: 'range',
      fields: ['rank'],
      asksAgain: 'to refill',
    })
    expect(() => data.notes.live(offset)).toThrow(expect.objectContaining({ code: 'Unsupported' }))
    const wrong = { where: { nope: 1 } } as Query
    expect(() => data.notes.live(wrong)).toThrow(expect.objectContaining({ code: 'UnknownField' }))
    await data.transaction(async (tx) => {
      expect(tx.notes.explainLive({ where: { rank: 1 } }).foundBy).toBe('value')
      const live = tx.notes.live()
      expect(() => live.subscribe(() => undefined)).toThrow(
        expect.objectContaining({ code: 'Unsupported' }),
      )
    })
  })
})

describe('live queries on a file that others write', () => {
  it('see what another program wrote, and count its changes', async () => {
    const file = newFile()
    const data = await connect(sqlite({ file }))
    const note = await data.notes.insert({ rank: 1 })
    const { seen } = follow(data, {})
    await eventually(() => expect(seen.events).toHaveLength(1))
    await otherProcess(file).run('update notes set rank = 7')
    await eventually(() => expect(seen.rows[0]).toMatchObject({ rank: 7, version: 2 }))
    expect(seen.rows[0]!.updatedAt.getTime()).toBeGreaterThanOrEqual(note.updatedAt.getTime())
    expect(seen.rows).toEqual(await data.notes.find())
  })
})

/** Random writes of all kinds; the seed is fixed, so that a failure comes again. */
async function scribble(data: Data, count: number): Promise<void> {
  let state = 20_261
  const draw = (n: number) => (state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) % n
  const tag = () => ['a', 'b', null][draw(3)]!
  const note = () => ({
    rank: draw(12),
    tag: tag(),
    price: (draw(2_000) / 100 - 10).toFixed(2),
    total: BigInt(draw(9)) * 10n ** 17n,
    share: draw(100) / 7,
    bytes: new Uint8Array([draw(256)]),
    data: { n: draw(5), 'ü"': ['é'] },
    done: draw(2) === 1,
  })
  const ids: string[] = []
  const insert = async () => void ids.push((await data.notes.insert(note())).id)
  const any = () => ids[draw(ids.length)]!
  for (let i = 0; i < count; i++) {
    const what = ids.length < 3 ? 0 : draw(10)
    if (what < 4) await insert()
    else if (what < 6) await data.notes.update(any(), { rank: draw(12), tag: tag() })
    else if (what < 7) await data.notes.delete(ids.splice(draw(ids.length), 1)[0]!)
    else if (what < 8) {
      await data.notes.updateMany({ where: { rank: draw(12) }, set: { rank: { increment: 1 } } })
    } else if (what < 9) await Promise.all([insert(), insert(), insert()])
    else {
      await data.transaction(async (tx) => {
        await tx.notes.update(any(), { rank: draw(12) })
        await tx.notes.update(any(), { tag: tag() })
      })
    }
  }
}
