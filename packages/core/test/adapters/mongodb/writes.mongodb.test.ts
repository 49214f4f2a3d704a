import { describe, expect, it, type TestContext } from 'vitest'
import { Writer } from '../../../src/adapters/mongodb/writes.ts'
import type { WherryError } from '../../../src/index.ts'
import { planUpdateMany } from '../../../src/query/plan-write.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { newMongodb, newStandalone } from '../../support/mongodb.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema({
  notes: collection({
    id: t.id(),
    tag: t.text({ maxLength: 50 }).nullable(),
    n: t.int().default(0),
    data: t.json().nullable(),
    version: t.version(),
  }).unique('tag'),
  numbers: collection({
    id: t.id(),
    int: t.int().nullable(),
    bigint: t.bigint().nullable(),
    float: t.float().nullable(),
    decimal: t.decimal(4, 2).nullable(),
    count: t.int().default(0),
  }),
  cells: collection({ x: t.int(), y: t.int(), value: t.text().nullable() }).key('x', 'y'),
})

/** A service, and the database as another program has it. */
async function open(context: TestContext) {
  const mongo = await newMongodb(context)
  const data = await connected(schema, mongo.adapter())
  return { data, ...mongo }
}

describe('writes to MongoDB', () => {
  it('are upserts that insert once, whoever is at it at the same time', async (context) => {
    const { data } = await open(context)
    const upsert = (tag: string) =>
      data.notes.upsert({ on: ['tag'], insert: { tag, n: 1 }, update: { n: { increment: 1 } } })
    const byKey = (id: string) =>
      data.notes.upsert({ on: ['id'], insert: { id, n: 1 }, update: { n: { increment: 1 } } })
    const tags = ['a', 'b', 'c']
    const sixteen = Array.from({ length: 16 }, (_, n) => n)
    await Promise.all(tags.flatMap((tag) => sixteen.flatMap(() => [upsert(tag), byKey(tag)])))
    const rows = await data.notes.find()
    expect(rows.map(({ n, version }) => `${n} ${version}`)).toEqual(Array(6).fill('16 16'))
  })

  it('are no upserts of a row that is the same in another unique field', async (context) => {
    const { data } = await open(context)
    await data.notes.insertMany([{ id: 'a', tag: 'x' }, { id: 'b', tag: null }]) // prettier-ignore
    const error = await rejectionOf(() =>
      data.notes.upsert({ on: ['id'], insert: { id: 'c', tag: 'x' }, update: { n: 5 } }),
    )
    expect(error).toMatchObject({ code: 'UniqueViolation', details: { fields: ['tag'] } })
    await data.notes.upsert({ on: ['tag'], insert: { id: 'd', tag: null }, update: { n: 5 } })
    const changed = { on: ['tag'] as ['tag'], insert: { tag: 'x' }, update: { tag: 'y', n: 7 } }
    expect(await data.notes.upsert(changed)).toMatchObject({ id: 'a', tag: 'y', n: 7, version: 2 })
    expect(await data.notes.count()).toBe(3)
  })

  it('say of what they are duplicates, or are made again where that has gone since', async (context) => {
    const { data } = await open(context)
    const refusals: unknown[] = []
    const insertAndDelete = async (id: string) => {
      for (let round = 0; round < 10; round++) {
        await data.notes.insert({ id, tag: 'x' }).then(
          () => data.notes.delete(id),
          (error: WherryError) => void refusals.push(error.details.fields),
        )
      }
    }
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(insertAndDelete))
    expect(refusals.length).toBeGreaterThan(0)
    expect(refusals).toEqual(refusals.map(() => ['tag']))
  })

  it('leave nothing behind where one of many rows is refused, and say which', async (context) => {
    const { data } = await open(context)
    await data.notes.insert({ id: 'taken', tag: 'x' })
    const insert = (...rows: { id: string; tag?: string }[]) =>
      rejectionOf(() => data.notes.insertMany(rows))
    const byKey = await insert({ id: 'a' }, { id: 'b' }, { id: 'taken' }, { id: 'c' })
    expect(byKey).toMatchObject({
      code: 'UniqueViolation',
      details: { collection: 'notes', fields: ['id'], row: 2, outcome: 'not-applied' },
    })
    const byTag = await insert({ id: 'a' }, { id: 'b', tag: 'x' })
    expect(byTag).toMatchObject({ code: 'UniqueViolation', details: { fields: ['tag'], row: 1 } })
    const among = await insert({ id: 'a', tag: 'y' }, { id: 'b' }, { id: 'c', tag: 'y' })
    expect(among).toMatchObject({ details: { fields: ['tag'], row: 2 } })
    const twice = await insert({ id: 'a' }, { id: 'a' })
    expect(twice).toMatchObject({ details: { fields: ['id'], row: 1 } })
    expect(await data.notes.find({ select: ['id'] })).toEqual([{ id: 'taken' }])
  })

  it('leave all rows as they were where one of them cannot be changed', async (context) => {
    const { data, database } = await open(context)
    const rows = Array.from({ length: 30 }, (_, n) => ({ id: `n${n}`, n, tag: `t${n}` }))
    await data.notes.insertMany(rows)
    await database.collection('notes').updateOne({ _id: 'n3' }, { $set: { mine: 1 } })
    const before = await data.notes.find()
    const error = await rejectionOf(() =>
      data.notes.updateMany({ where: { n: { gte: 1 } }, set: { tag: 'same', n: 7, data: [] } }),
    )
    expect(error).toMatchObject({
      code: 'UniqueViolation',
      details: { fields: ['tag'], outcome: 'not-applied' },
    })
    const beyond = { n: { increment: 2 ** 53 - 10 } }
    const tooMuch = () => data.notes.updateMany({ where: {}, set: beyond })
    expect(await rejectionOf(tooMuch)).toMatchObject({
      code: 'OutOfRange',
      details: { fields: ['n'], outcome: 'not-applied' },
    })
    expect(await data.notes.find()).toEqual(before)
    expect(await database.collection('notes').findOne({ _id: 'n3' })).toMatchObject({ mine: 1 })
  })

  it('take back what they have done, and write nothing to rows that they have not reached', async (context) => {
    const mongo = await newStandalone(context)
    const { code, ...opened } = await mongo.open(schema.definition)
    const notes = schema.definition.collections.get('notes')!
    const stored = opened.collection(notes)
    const rows = Array.from({ length: 30 }, (_, n) => ({ id: `n${n}`, tag: `t${n}`, n, data: null, version: 1 })) // prettier-ignore
    await stored.insertMany(rows.map((row) => code.toDocument(notes, row)))
    await stored.createIndex({ tag: 1 }, { unique: true })
    const filters: unknown[] = []
    const updateOne = stored.updateOne.bind(stored)
    stored.updateOne = (filter, ...others) => {
      filters.push(filter)
      return updateOne(filter, ...others)
    }
    const writing = { now: () => 0, newId: () => 'new' }
    const plan = planUpdateMany(notes, { where: {}, set: { tag: 'same' } }, writing)
    const writer = new Writer({ ...opened, code })
    expect(await rejectedCode(() => writer.apply(plan))).toBe('UniqueViolation')
    expect(filters).toEqual([{ _id: expect.stringMatching(/^n\d+$/) as string }])
    const now = await stored.find({}, { sort: { n: 1 } }).toArray()
    expect(now.map((document) => code.toRow(notes, notes.fieldList, document))).toEqual(rows)
  })

  it('are of one of two who saw the same version', async (context) => {
    const { data } = await open(context)
    await data.notes.insert({ id: 'a' })
    const both = await Promise.allSettled([
      data.notes.update('a', { n: 1 }, { ifVersion: 1 }),
      data.notes.update('a', { n: 2 }, { ifVersion: 1 }),
      data.notes.delete('a', { ifVersion: 1 }),
    ])
    expect(both).toMatchObject([
      { value: { n: 1, version: 2 } },
      { reason: { code: 'VersionConflict', details: { current: { n: 1, version: 2 } } } },
      { reason: { code: 'VersionConflict' } },
    ])
  })

  it('change a key of several fields, and nothing of what others have added', async (context) => {
    const { data, database } = await open(context)
    const cells = database.collection('cells')
    await data.cells.insert({ x: 1, y: 2, value: 'a' })
    await cells.updateOne({}, { $set: { extra: { deep: 1 } } })
    await data.cells.update({ x: 1, y: 2 }, { value: 'b' })
    await data.cells.insertMany([
      { x: 2, y: 1 },
      { x: 2, y: 2 ** 40 },
    ])
    expect(await data.cells.update({ x: 2, y: 2 ** 40 }, { value: 'd' })).toMatchObject({ x: 2 })
    await data.cells.updateMany({ where: { value: { ne: 'd' } }, set: { value: 'c' } })
    expect(await cells.findOne({ '_id.x': 1 })).toMatchObject({ value: 'c', extra: { deep: 1 } })
    expect((await data.cells.find()).map(({ value }) => value)).toEqual(['c', 'c', 'd'])
    await data.cells.delete({ x: 1, y: 2 })
    expect(await data.cells.deleteMany({ where: { x: { gte: 1 } } })).toBe(2)
  })

  it('take texts for texts that look like operators', async (context) => {
    const { data, database } = await open(context)
    const texts = ['$where', '$inc', '{"$gt":""}', '$$ROOT', '$tag', '/a/', '__proto__']
    await data.notes.insertMany(texts.map((text) => ({ id: text, tag: text })))
    for (const text of texts) {
      expect(await data.notes.find({ where: { tag: text } })).toHaveLength(1)
      expect(await data.notes.find({ where: { tag: { contains: text } } })).toHaveLength(1)
      expect(await data.notes.update(text, { tag: `${text}!` })).toMatchObject({ id: text })
      const upsert = { on: ['tag'] as ['tag'], insert: { tag: `${text}!` }, update: { n: 5 } }
      expect(await data.notes.upsert(upsert)).toMatchObject({ id: text, n: 5 })
    }
    const stored = await database.collection('notes').find({}).toArray()
    expect(new Set(stored.map(({ _id }) => _id))).toEqual(new Set(texts))
    expect(await data.notes.deleteMany({ where: { id: { in: texts } } })).toBe(texts.length)
  })

  it('hold JSON whose keys are none of the language in which it is stored', async (context) => {
    const { data } = await open(context)
    const json = { _id: 1, _bsontype: 'Long', a$b: 2, '': 3, ' ': { constructor: null }, 0: [] }
    await data.notes.insert({ id: 'a', data: json })
    expect((await data.notes.get('a')).data).toEqual(json)
    await data.notes.update('a', { data: { json } })
    expect((await data.notes.get('a')).data).toEqual({ json })
    for (const key of ['$where', '__proto__', 'a\0b']) {
      const refused = JSON.parse(`{${JSON.stringify(key)}:1}`) as Record<string, number>
      expect(await rejectedCode(() => data.notes.insert({ data: refused }))).toBe('InvalidValue')
    }
    expect(await data.notes.count()).toBe(1)
  })

  it('hold a dot in a key of JSON, or are Unsupported and change nothing', async (context) => {
    const { data, database } = await open(context)
    const isFerretdb = 'ferretdbVersion' in (await database.command({ buildInfo: 1 }))
    await data.notes.insert({ id: 'a', data: {} })
    const dotted = { 'a.b': { 'c.d': 1 } }
    const writes = [
      () => data.notes.insert({ data: dotted }),
      () => data.notes.update('a', { data: dotted }),
      () => data.notes.updateMany({ where: {}, set: { data: dotted } }),
    ]
    for (const write of writes) {
      if (isFerretdb) {
        const details = { collection: 'notes', outcome: 'not-applied' }
        expect(await rejectionOf(write)).toMatchObject({ code: 'Unsupported', details })
      } else await write()
    }
    if (!isFerretdb) expect(await data.notes.find({ where: { data: null } })).toEqual([])
    else expect(await data.notes.find()).toMatchObject([{ id: 'a', data: {}, version: 1 }])
  })

  it('are TooLarge where no document can hold them, and go on behind that', async (context) => {
    const { data } = await open(context)
    await data.notes.insert({ id: 'a' })
    const huge = 'x'.repeat(70_000_000)
    const writes = [
      () => data.notes.insert({ data: huge }),
      () => data.notes.insertMany([{ id: 'b' }, { id: 'c', data: huge }]),
      () => data.notes.update('a', { data: huge }),
    ]
    for (const write of writes) {
      const error = await rejectionOf(write)
      expect(error).toMatchObject({ code: 'TooLarge', details: { outcome: 'not-applied' } })
    }
    expect(await data.notes.update('a', { n: 1 })).toMatchObject({ n: 1, version: 2 })
    expect(await data.notes.count()).toBe(1)
  })
})

describe('increments in MongoDB', () => {
  it('of null leave null, and of what is there add to it', async (context) => {
    const { data } = await open(context)
    await data.numbers.insertMany([{ id: 'none' }, { id: 'some', int: 1, decimal: '1.50' }])
    const set = { int: { increment: 2 }, decimal: { increment: '0.25' }, count: { increment: 1 } }
    const none = { id: 'none', int: null, decimal: null }
    expect(await data.numbers.update('none', set)).toMatchObject({ ...none, count: 1 })
    expect(await data.numbers.update('some', set)).toMatchObject({ int: 3, decimal: '1.75' })
    expect(await data.numbers.updateMany({ where: {}, set })).toBe(2)
    expect(await data.numbers.find({ orderBy: { id: 'asc' } })).toMatchObject([
      { ...none, count: 2 },
      { int: 5, decimal: '2.00', count: 2 },
    ])
    const onlyNull = { where: { id: 'none' }, set: { int: { increment: 1 } } }
    expect(await data.numbers.updateMany(onlyNull)).toBe(1)
    expect(await data.numbers.update('none', onlyNull.set)).toMatchObject(none)
  })

  it.for<
    [field: 'int' | 'bigint' | 'float' | 'decimal', least: unknown, most: unknown, one: unknown]
  >([
    ['int', -(2 ** 53) + 1, 2 ** 53 - 1, 1],
    ['bigint', -(2n ** 63n), 2n ** 63n - 1n, 1n],
    ['decimal', '-99.99', '99.99', '0.01'],
    ['float', -Number.MAX_VALUE, Number.MAX_VALUE, 2 ** 970],
  ])('end where the range of %s does', async ([field, least, most, one], context) => {
    const { data } = await open(context)
    const minus = (value: unknown) => (typeof value === 'string' ? `-${value}` : -(value as number))
    const add = (value: unknown) =>
      data.numbers.update('a', { [field]: { increment: value as never } })
    await data.numbers.insert({ id: 'a', [field]: most })
    expect(await rejectionOf(() => add(one))).toMatchObject({
      code: 'OutOfRange',
      details: { fields: [field], outcome: 'not-applied' },
    })
    expect((await data.numbers.get('a'))[field]).toEqual(most)
    await add(minus(most))
    await add(most)
    expect((await data.numbers.get('a'))[field]).toEqual(most)
    await data.numbers.update('a', { [field]: least })
    expect(await rejectedCode(() => add(minus(one)))).toBe('OutOfRange')
    await add(one)
    expect((await data.numbers.get('a'))[field]).not.toEqual(least)
  })

  it('of a float end where the sum does, whatever is rounded on the way', async (context) => {
    const { data } = await open(context)
    const { MAX_VALUE } = Number
    for (const [value, difference] of [
      [1, MAX_VALUE],
      [-1, -MAX_VALUE],
      [2 ** 969, MAX_VALUE],
      [MAX_VALUE, 2 ** 969],
      [MAX_VALUE - 1.5e308, 1.5e308],
      [2 ** 970, MAX_VALUE],
      [MAX_VALUE - 2 ** 971, 1.5 * 2 ** 971],
    ] as const) {
      const { id } = await data.numbers.insert({ float: value })
      const update = () => data.numbers.update(id, { float: { increment: difference } })
      const sum = value + difference
      if (Number.isFinite(sum)) expect(await update()).toMatchObject({ float: sum })
      else expect(await rejectedCode(update)).toBe('OutOfRange')
      const stored = Number.isFinite(sum) ? sum : value
      expect(await data.numbers.get(id)).toMatchObject({ float: stored })
    }
  })

  it('of one row by many at once are all counted', async (context) => {
    const { data } = await open(context)
    await data.numbers.insert({ id: 'a', int: null })
    const one = () => data.numbers.update('a', { count: { increment: 1 }, int: { increment: 1 } })
    await Promise.all([
      ...Array.from({ length: 20 }, one),
      data.numbers.update('a', { int: 0 }),
      ...Array.from({ length: 20 }, one),
    ])
    expect(await data.numbers.get('a')).toMatchObject({ count: 40, int: 20 })
  })
})
