import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { memory } from '../../../src/adapters/memory/index.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectionOf } from '../../support/errors.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema({
  things: collection({
    id: t.id(),
    at: t.timestamp(),
    bytes: t.bytes(),
    json: t.json(z.object({ list: z.array(z.object({ n: z.number() })) })),
    times: t.array(t.timestamp()),
    texts: t.array(t.text()),
    n: t.int().default(0),
    version: t.version(),
  }),
})
type Mutable = { at: Date; bytes: Uint8Array; json: unknown; times: Date[]; texts: string[] }

const given = () => ({
  id: 'a',
  at: new Date(1),
  bytes: Uint8Array.of(1, 2),
  json: { list: [{ n: 1 }] },
  times: [new Date(2)],
  texts: ['x'],
})

/** Changes every value that can be changed, through and through. */
function spoil(row: Mutable): void {
  row.at.setTime(99)
  row.bytes.fill(99)
  const json = row.json as { list: { n: number }[] }
  json.list[0]!.n = 99
  json.list.push({ n: 99 })
  row.times[0]!.setTime(99)
  row.times.push(new Date(99))
  row.texts.push('spoilt')
}

const open = () => connected(schema, memory())
type Things = Awaited<ReturnType<typeof open>>['things']

async function expectUnspoilt(things: Things): Promise<void> {
  expect(await things.get('a')).toMatchObject(given())
}

describe('what the memory adapter stores', () => {
  it.each<[how: string, write: (things: Things) => Promise<Mutable>]>([
    ['insert', (things) => things.insert(given())],
    ['insertMany', async (things) => (await things.insertMany([given()]))[0]!],
    [
      'update',
      async (things) => {
        await things.insert({ ...given(), n: 5, texts: ['old'], at: new Date(50) })
        const { id: _, ...patch } = given()
        return things.update('a', patch)
      },
    ],
    [
      'upsert, inserting',
      (things) => things.upsert({ on: ['id'], insert: given(), update: { n: 1 } }),
    ],
    [
      'upsert, updating',
      async (things) => {
        await things.insert({ ...given(), texts: ['old'] })
        const { id: _, ...patch } = given()
        return things.upsert({ on: ['id'], insert: given(), update: patch })
      },
    ],
  ])('is no part of what %s returned', async (_, write) => {
    const { things } = await open()
    spoil(await write(things))
    await expectUnspoilt(things)
  })

  it('is no part of what was given', async () => {
    const { things } = await open()
    const row = given()
    const insertion = things.insert(row)
    spoil(row)
    await insertion
    await expectUnspoilt(things)
    const patch = { at: new Date(5), json: { list: [{ n: 5 }] }, bytes: Uint8Array.of(5) }
    const update = things.update('a', patch)
    patch.at.setTime(99)
    patch.json.list.pop()
    patch.bytes.fill(99)
    await update
    expect(await things.get('a')).toMatchObject({
      at: new Date(5),
      json: { list: [{ n: 5 }] },
      bytes: Uint8Array.of(5),
    })
  })

  it('is no part of what updateMany set, nor shared by the rows it set', async () => {
    const { things } = await open()
    await things.insertMany([given(), { ...given(), id: 'b' }])
    const texts = ['y']
    await things.updateMany({ where: {}, set: { texts, at: new Date(7) } })
    texts.push('spoilt')
    const a = await things.get('a')
    a.at.setTime(99)
    a.texts.push('spoilt')
    for (const id of ['a', 'b']) {
      expect(await things.get(id)).toMatchObject({ texts: ['y'], at: new Date(7) })
    }
  })

  it.each<[how: string, read: (things: Things) => Promise<Mutable>]>([
    ['find', async (things) => (await things.find())[0]!],
    ['findOne', async (things) => (await things.findOne())!],
    ['get', (things) => things.get('a')],
    ['page', async (things) => (await things.page()).rows[0]!],
    [
      'stream',
      async (things) => {
        for await (const row of things.stream()) return row
        throw new Error('there is a row')
      },
    ],
    [
      'a version conflict',
      async (things) => {
        const { details } = await rejectionOf(() => things.update('a', { n: 1 }, { ifVersion: 9 }))
        return details.current as unknown as Mutable
      },
    ],
  ])('is no part of what %s returned', async (_, read) => {
    const { things } = await open()
    await things.insert(given())
    spoil(await read(things))
    await expectUnspoilt(things)
  })

  it('is no part of what an aggregate returned', async () => {
    const { things } = await open()
    await things.insert(given())
    const [group] = await things.aggregate({ groupBy: ['at'], measures: { last: { max: 'at' } } })
    group!.at.setTime(99)
    group!.last?.setTime(99)
    await expectUnspoilt(things)
  })

  it('is no part of the filter that found it', async () => {
    const { things } = await open()
    await things.insert(given())
    const at = new Date(1)
    const found = things.find({ where: { at } })
    at.setTime(99)
    expect(await found).toHaveLength(1)
  })
})
