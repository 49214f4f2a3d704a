import { Binary, Double, Long, ObjectId, UUID } from 'mongodb'
import { describe, expect, it, type TestContext } from 'vitest'
import { ensureCollections } from '../../../src/adapters/mongodb/ensure.ts'
import { mongodb } from '../../../src/adapters/mongodb/index.ts'
import { introspect } from '../../../src/index.node.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectionOf } from '../../support/errors.ts'
import { newMongodb } from '../../support/mongodb.ts'
import { connected } from '../../support/service.ts'

type Documents = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

/** What is found in collections of another program. */
async function introspected(context: TestContext, collections: Documents) {
  const database = await newMongodb(context)
  for (const [name, documents] of Object.entries(collections)) {
    await database.database.createCollection(name)
    if (documents.length > 0) await database.database.collection(name).insertMany(documents)
  }
  return { database, ...(await introspect(mongodb({ url: database.url }))) }
}

/** The lines between the names of a collection and the end of its fields. */
const fieldsOf = (source: string) =>
  source.split('\n').flatMap((line) => /^ {4}(\w+: t\..*),$/.exec(line)?.[1] ?? [])

const reasons = ({ skipped }: { readonly skipped: readonly object[] }) =>
  skipped.map((each) => Object.values(each).join(': '))

describe('introspect, on MongoDB', () => {
  it('finds the kinds, and what the service writes, in collections of its own', async (context) => {
    const database = await newMongodb(context)
    const own = defineSchema({
      own: collection({
        code: t.text({ maxLength: 20 }),
        price: t.decimal(6, 2),
        day: t.date().nullable(),
        tags: t.array(t.enum(['a', 'b'])),
        createdAt: t.createdAt(),
        updatedAt: t.updatedAt(),
        version: t.version(),
      })
        .key('code')
        .unique('day')
        .index('price'),
      parts: collection({ b: t.int(), a: t.timestamp(), c: t.float() }).key('b', 'a'),
    })
    await ensureCollections(await database.open(own.definition), 'create')
    const { source, skipped } = await introspect(mongodb({ url: database.url }))
    expect(skipped).toEqual([])
    expect(source).toBe(`import { collection, defineSchema, t } from '@wherry/core/schema'

export const schema = defineSchema({
  own: collection({
    code: t.text({ maxLength: 191 }),
    price: t.decimal(6, 2),
    day: t.date().nullable(),
    tags: t.array(t.text()),
    createdAt: t.createdAt(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  })
    .key('code')
    .unique('day')
    .index('price'),
  parts: collection({
    b: t.int(),
    a: t.timestamp(),
    c: t.float(),
  }).key('b', 'a'),
})
`)
  })

  it('finds a kind for what documents of others hold', async (context) => {
    const found = await introspected(context, {
      users: [
        {
          _id: 'ada',
          __v: 0,
          age: 36,
          visits: Long.fromNumber(1),
          score: 0.5,
          rate: new Double(1),
          admin: true,
          born: new Date(0),
          photo: new Binary(Uint8Array.of(1)),
          tags: ['x'],
          ratings: [1, 2.5],
          address: { city: 'London', lines: [1, null, 'b'] },
          mixed: 1,
          nick: null,
          empty: [],
        },
        {
          _id: 'bob',
          __v: 1,
          age: Long.fromNumber(2),
          score: 1,
          tags: [],
          mixed: 'one',
          nick: 'b',
        },
      ],
    })
    expect(found.skipped).toEqual([])
    expect(fieldsOf(found.source)).toEqual([
      'id: t.id()',
      "v: t.int().column('__v')",
      'age: t.bigint()',
      'visits: t.bigint().nullable()',
      'score: t.float()',
      'rate: t.float().nullable()',
      'admin: t.boolean().nullable()',
      'born: t.timestamp().nullable()',
      'photo: t.bytes().nullable()',
      'tags: t.array(t.text())',
      'ratings: t.array(t.float()).nullable()',
      'address: t.json().nullable()',
      'mixed: t.json()',
      'nick: t.text().nullable()',
      'empty: t.json().nullable()',
    ])
  })

  it('makes a schema with which the documents are used as they are', async (context) => {
    const { database, schema } = await introspected(context, {
      users: [
        { _id: 'ada', at: new Date(5), tags: ['x'] },
        { _id: 'bob', age: 36 },
      ],
    })
    await database.database.collection('users').createIndex({ age: 1 }, { unique: true })
    const data = await connected(schema, mongodb({ url: database.url }), { ensure: 'verify' })
    const users = data.collection('users')
    expect(await users.get('ada')).toEqual({ id: 'ada', at: new Date(5), tags: ['x'], age: null })
    await users.insert({ id: 'cy', at: null })
    expect(await users.find({ where: { age: 36 } })).toMatchObject([{ id: 'bob' }])
    expect(await users.count()).toBe(3)
  })

  it('names what a schema cannot describe', async (context) => {
    const found = await introspected(context, {
      ok: [
        {
          _id: 1,
          ref: new ObjectId(),
          uuid: new UUID(),
          when: { at: new Date(0) },
          late: new Date(253_402_300_800_000),
          either: 1.5,
          pattern: /x/,
          never: null,
          'odd name': 1,
        },
        { _id: 2, either: Long.fromNumber(1) },
      ],
      byObject: [{ _id: new ObjectId() }],
      mixedKeys: [{ _id: 1 }, { _id: 'a' }],
      otherOrder: [{ _id: { a: 1, b: 2 } }, { _id: { b: 2, a: 1 } }],
      covered: [{ _id: { a: 1 }, a: 2 }],
    })
    const noKind = 'there is no kind for its type'
    expect(reasons(found)).toEqual([
      `byObject: 'id' of its key cannot be described: ${noKind}, objectId (store its 24 digits as a text)`,
      "covered: 'id' of its key is of kind json, which a key never is",
      "mixedKeys: 'id' of its key is of kind json, which a key never is",
      `ok: ref: ${noKind}, objectId (store its 24 digits as a text)`,
      `ok: uuid: ${noKind}, binData of subtype 4`,
      `ok: when: ${noKind}, object (one of its values holds what JSON cannot, got a Date)`,
      `ok: late: ${noKind}, date (one of its values must lie in the years 0001 to 9999)`,
      `ok: either: ${noKind}, double | long (let all its values be of one type)`,
      `ok: pattern: ${noKind}, regex`,
      `ok: never: ${noKind}, null (no document has a value there)`,
      expect.stringMatching(/^ok: odd name: A column cannot be "odd name"/),
      "otherOrder: 'id' of its key is of kind json, which a key never is",
    ])
    expect([...found.schema.definition.collections.keys()]).toEqual(['ok'])
  })

  it('knows the key of an empty collection only, and whatever its documents show else', async (context) => {
    const found = await introspected(context, {
      empty: [],
      numbers: [{ _id: 1, id: 'x' }],
      pairs: [{ _id: { team: 'a', at: new Date(0) }, points: 1 }],
    })
    expect(found.skipped).toEqual([])
    expect(found.source).toContain(`
  empty: collection({
    id: t.id(),
  }),
  numbers: collection({
    id: t.int().column('_id'),
    idColumn: t.text().column('id'),
  }).key('id'),
  pairs: collection({
    team: t.text({ maxLength: 191 }),
    at: t.timestamp(),
    points: t.int(),
  }).key('team', 'at'),
`)
  })

  it('looks at the first and at the last documents of a large collection', async (context) => {
    const many = Array.from({ length: 1_200 }, (_, at) => ({ _id: at, value: 1 }))
    const found = await introspected(context, {
      many: many.map((each, at) => (at === 1_150 ? { ...each, late: 'x' } : each)),
      unseen: many.map((each, at) => (at === 600 ? { ...each, late: 'x' } : each)),
    })
    const known = ['id: t.int()', 'value: t.int()']
    expect(fieldsOf(found.source)).toEqual([...known, 'late: t.text().nullable()', ...known])
  })

  it('leaves views, what is its own and what is the server’s out', async (context) => {
    const named = { wherry_log: [{ _id: 'a' }], wherry_more: [{ _id: 'a' }] }
    const error = await rejectionOf(() => introspected(context, named))
    expect(error.details.problems).toEqual([expect.stringMatching(/^'wherry_more'.*taken/)])
  })
})
