import { Double, Long, ObjectId } from 'mongodb'
import { describe, expect, it, type TestContext } from 'vitest'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { newMongodb } from '../../support/mongodb.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema({
  notes: collection({
    id: t.id(),
    text: t.text().nullable(),
    n: t.int(),
    amount: t.int().nullable(),
    at: t.timestamp().nullable(),
    bytes: t.bytes().nullable(),
    tags: t.array(t.text()).nullable(),
    data: t.json().nullable(),
    version: t.version(),
  }),
})

async function open(context: TestContext) {
  const { adapter: newAdapter, database } = await newMongodb(context)
  const adapter = newAdapter()
  const data = await connected(schema, adapter)
  return { adapter, data, notes: database.collection('notes') }
}

describe('documents of other programs, in MongoDB', () => {
  it('are null where they say so, and where they say nothing', async (context) => {
    const { data, notes } = await open(context)
    await notes.insertMany([
      { _id: 'a', n: 1, version: 1 },
      { _id: 'b', n: 1, version: 1, text: null, amount: null, at: null, tags: null, data: null },
    ])
    const where = { text: null, amount: { isNull: true }, at: null, tags: null, data: null }
    expect(await data.notes.find({ where })).toHaveLength(2)
    const none = { text: { isNull: false }, data: { isNull: false }, tags: { isNull: false } }
    for (const [field, test] of Object.entries(none)) {
      expect(await data.notes.find({ where: { [field]: test } })).toEqual([])
      expect(await data.notes.find({ where: { NOT: { [field]: test } } })).toHaveLength(2)
    }
    expect(await data.notes.find({ where: { text: { ne: 'x' }, amount: { notIn: [1] } } })).toHaveLength(2) // prettier-ignore
    const set = { amount: { increment: 1 }, n: { increment: 1 }, data: null }
    expect(await data.notes.update('b', set)).toMatchObject({ amount: null, n: 2, data: null })
    expect(await data.notes.updateMany({ where: {}, set })).toBe(2)
    expect(await data.notes.updateMany({ where: {}, set: { amount: 5 } })).toBe(2)
    const rows = await data.notes.find({ orderBy: { n: 'asc' } })
    expect(rows.map(({ id, n, amount }) => [id, n, amount])).toEqual([
      ['a', 2, 5],
      ['b', 3, 5],
    ])
  })

  it('keep the fields that no schema knows', async (context) => {
    const { data, notes } = await open(context)
    const extra = { of: ['others'], n: Long.fromNumber(7) }
    await notes.insertOne({ _id: 'a', n: 1, version: 1, extra })
    const row = await data.notes.update('a', { text: 'x' })
    expect(row).not.toHaveProperty('extra')
    await data.notes.updateMany({ where: {}, set: { n: { increment: 1 } } })
    const upsert = { on: ['id'] as ['id'], insert: { id: 'a', n: 0 }, update: { text: 'y' } }
    await data.notes.upsert(upsert)
    expect(await notes.findOne({})).toMatchObject({ text: 'y', extra: { of: ['others'], n: 7 } })
  })

  it('may hold numbers in any of the types that hold them whole', async (context) => {
    const { data, notes } = await open(context)
    await notes.insertMany([
      { _id: 'a', n: new Double(1), amount: Long.fromNumber(2), version: Long.fromNumber(1) },
      { _id: 'b', n: Long.fromNumber(1), amount: new Double(2), version: new Double(1) },
    ])
    expect(await data.notes.find({ where: { n: 1, amount: { gte: 2 } } })).toHaveLength(2)
    const set = { n: { increment: 1 }, amount: { increment: 2 ** 40 } }
    const expected = { n: 2, amount: 2 ** 40 + 2, version: 2 }
    expect(await data.notes.update('a', set, { ifVersion: 1 })).toMatchObject(expected)
    expect(await data.notes.update('b', set)).toMatchObject(expected)
  })

  it('hold dates of all years, and bytes', async (context) => {
    const { data, notes } = await open(context)
    const years = [
      '0001-01-01T00:00:00.000Z',
      '1969-12-31T23:59:59.999Z',
      '9999-12-31T23:59:59.999Z',
    ]
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n)
    const rows = years.map((at) => ({ id: at, n: 0, at: new Date(at), bytes }))
    await data.notes.insertMany(rows)
    const found = await data.notes.find({ orderBy: { at: 'asc' } })
    expect(found).toMatchObject(rows)
    expect(found[0]!.bytes).toStrictEqual(bytes)
    expect(await data.notes.find({ where: { bytes, at: { lt: new Date(0) } } })).toHaveLength(2)
    await notes.insertOne({ _id: 'late', n: 0, version: 1, at: new Date(Date.UTC(10_000, 0)) })
    expect(await rejectedCode(() => data.notes.get('late'))).toBe('CorruptValue')
  })

  it.for<[fault: string, document: Record<string, unknown>]>([
    ['a number for a text', { _id: 'a', text: 5, n: 1, version: 1 }],
    ['a text for a number', { _id: 'a', n: '1', version: 1 }],
    ['a list for a number', { _id: 'a', n: [1], version: 1 }],
    ['a date in JSON', { _id: 'a', n: 1, version: 1, data: { at: new Date(0) } }],
    ['null in a list', { _id: 'a', n: 1, version: 1, tags: ['x', null] }],
    ['a fraction for a whole number', { _id: 'a', n: 1.5, version: 1 }],
  ])('with %s are CorruptValue wherever they are read', async ([, document], context) => {
    const { data, notes } = await open(context)
    await notes.insertOne(document)
    const calls = [
      () => data.notes.get('a'),
      () => data.notes.find(),
      () => data.notes.find({ where: { data: { path: ['x'], isNull: true } } }),
      () => data.notes.updateMany({ where: {}, set: { n: { increment: 1 } } }),
      () => data.notes.deleteMany({ where: { version: 1 } }),
      () => data.notes.update('a', { n: { increment: 1 } }),
    ]
    for (const call of calls) expect(await rejectedCode(call)).toBe('CorruptValue')
    expect(await notes.findOne({})).not.toBeNull()
  })

  it('without what must be there are SchemaMismatch wherever they are read', async (context) => {
    const { data, notes } = await open(context)
    await notes.insertOne({ _id: 'a', n: null, version: 1 })
    const calls = [
      () => data.notes.get('a'),
      () => data.notes.updateMany({ where: {}, set: { n: { increment: 1 } } }),
      () => data.notes.update('a', { n: { increment: 1 } }),
    ]
    for (const call of calls) {
      const details = { collection: 'notes', fields: ['n'] }
      expect(await rejectionOf(call)).toMatchObject({ code: 'SchemaMismatch', details })
    }
    expect(await notes.findOne({})).toEqual({ _id: 'a', n: null, version: 1 })
    expect(await data.notes.count()).toBe(1)
  })

  it('with a key of the driver are found, and are CorruptValue', async (context) => {
    const { data, notes } = await open(context)
    await notes.insertOne({ _id: new ObjectId(), n: 1, version: 1 })
    expect(await rejectedCode(() => data.notes.find())).toBe('CorruptValue')
    expect(await data.notes.find({ select: ['n'] })).toEqual([{ n: 1 }])
  })

  it('that turn out to be none once they were changed are so, and the log begins anew', async (context) => {
    const { adapter, data, notes } = await open(context)
    await notes.insertOne({ _id: 'a', n: 1, version: 1, text: 5 })
    await notes.insertOne({ _id: 'b', version: 1 })
    const writes: [() => PromiseLike<unknown>, string][] = [
      [() => data.notes.update('a', { n: 2 }), 'CorruptValue'],
      [() => data.notes.update('b', { text: 'x' }), 'SchemaMismatch'],
      [() => data.notes.delete('a'), 'CorruptValue'],
    ]
    for (const [write, code] of writes) {
      const before = await adapter.log.head()
      expect(await rejectionOf(write)).toMatchObject({ code, details: { outcome: 'unknown' } })
      if (adapter.capabilities.externalChanges) continue
      expect(await rejectedCode(() => adapter.log.read(before))).toBe('PositionLost')
    }
    expect(await notes.find({}).toArray()).toEqual([{ _id: 'b', version: 2, text: 'x' }])
  })

  it('do not keep each other from unique fields that they do not have', async (context) => {
    const unique = defineSchema({
      notes: collection({ id: t.id(), tag: t.text({ maxLength: 9 }).nullable() }).unique('tag'),
    })
    const { adapter, database } = await newMongodb(context)
    const data = await connected(unique, adapter())
    await data.notes.insertMany([{ id: 'a' }, { id: 'b' }, { id: 'c', tag: 'x' }])
    await data.notes.update('c', { tag: null })
    await data.notes.updateMany({ where: {}, set: { tag: null } })
    expect(await data.notes.find({ where: { tag: null } })).toHaveLength(3)
    expect(await database.collection('notes').findOne({ tag: { $exists: true } })).toBeNull()
  })
})
