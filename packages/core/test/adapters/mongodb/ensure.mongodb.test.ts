import { describe, expect, it } from 'vitest'
import { ensureCollections } from '../../../src/adapters/mongodb/ensure.ts'
import type { SchemaDefinition } from '../../../src/schema/definition.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { FakeRuntime } from '../../support/fake-runtime.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { newMongodb, type TestDatabase } from '../../support/mongodb.ts'

const id = t.id()
const name = t.text({ maxLength: 50 })
const nick = t.text({ maxLength: 50 }).nullable()

const schema = defineSchema(
  {
    users: collection({ id, firstName: name, nick, amount: t.int() })
      .unique('nick')
      .index('firstName', 'amount'),
    marks: collection({ userId: t.ref('users'), at: t.timestamp(), note: t.text() })
      .key('userId', 'at')
      .index('at'),
  },
  { naming: 'snake_case' },
)

interface Wanted {
  readonly definition: SchemaDefinition
}

const open = ({ open: opened }: TestDatabase, { definition }: Wanted) => opened(definition)

async function ensure(database: TestDatabase, wanted: Wanted, mode: 'create' | 'verify') {
  await ensureCollections(await open(database, wanted), mode)
}

async function problemsOf(database: TestDatabase, wanted: Wanted, mode: 'create' | 'verify') {
  const error = await rejectionOf(() => ensure(database, wanted, mode))
  expect(error.code).toBe('SchemaMismatch')
  return error.details.problems
}

/** What is there, without the names of indexes. */
async function contents({ database }: TestDatabase): Promise<Record<string, string[]>> {
  const listed = await database.listCollections({}).toArray()
  const own = listed.filter((each) => !String(each.name).startsWith('wherry_'))
  const found = await Promise.all(
    own.map(async ({ name: each }): Promise<[string, string[]]> => {
      const indexes = await database.collection(each as string).indexes()
      const keys = indexes.map(({ key, unique }) => [Object.keys(key as object), unique === true])
      return [each as string, keys.map((key) => JSON.stringify(key)).sort()]
    }),
  )
  return Object.fromEntries(found)
}

const complete = {
  users: ['[["_id"],false]', '[["first_name","amount"],false]', '[["nick"],true]'],
  marks: ['[["_id"],false]', '[["_id.at"],false]', '[["_id.user_id","_id.at"],false]'],
}

describe('ensure, on MongoDB', () => {
  it('makes collections and indexes once, also where many start at once', async (context) => {
    const database = await newMongodb(context)
    const all = await Promise.all(Array.from({ length: 10 }, () => open(database, schema)))
    await Promise.all(all.map((each) => ensureCollections(each, 'create')))
    expect(await contents(database)).toEqual(complete)
    await ensure(database, schema, 'create')
    await ensure(database, schema, 'verify')
    expect(await contents(database)).toEqual(complete)
  })

  it('only looks where it may not create, and lists all that is missing', async (context) => {
    const database = await newMongodb(context)
    await database.database.createCollection('users')
    expect(await problemsOf(database, schema, 'verify')).toEqual([
      "'users' has no unique index on (nick)",
      "'marks' is a table that is missing",
    ])
    expect(await contents(database)).toEqual({ users: ['[["_id"],false]'] })
  })

  it('takes documents without a value for different in a unique index', async (context) => {
    const database = await newMongodb(context)
    await ensure(database, schema, 'create')
    const users = database.database.collection('users')
    const row = { first_name: 'Ada', amount: 1 }
    await users.insertMany([
      { _id: 'a', ...row },
      { _id: 'b', ...row },
      { _id: 'c', ...row, nick: 'x' },
    ])
    await expect(users.insertOne({ _id: 'd', ...row, nick: 'x' })).rejects.toThrow('E11000')
  })

  it('says which documents are in the way of a unique index, and leaves them', async (context) => {
    const database = await newMongodb(context)
    const users = database.database.collection('users')
    await users.insertMany([{ nick: 'x' }, { nick: 'x' }])
    expect(await problemsOf(database, schema, 'create')).toEqual([
      expect.stringMatching(/^the unique index on 'users' \(nick\) cannot be added: /),
    ])
    expect(await users.countDocuments({})).toBe(2)
  })

  it('uses collections that others made, whatever their indexes are called', async (context) => {
    const database = await newMongodb(context)
    const { database: theirs } = database
    await theirs.collection('users').insertOne({ _id: 'a', more: 1 })
    await theirs.collection('users').createIndex({ nick: -1 }, { unique: true, sparse: true })
    await theirs.collection('users').createIndex({ first_name: 1, amount: 1 }, { unique: true })
    await theirs.createCollection('marks')
    await ensure(database, schema, 'verify')
    await ensure(database, schema, 'create')
    expect((await contents(database)).users).toEqual([
      '[["_id"],false]',
      '[["first_name","amount"],true]',
      '[["nick"],true]',
    ])
  })

  it('refuses collections that nothing can be kept in', async (context) => {
    const database = await newMongodb(context)
    await database.database.createCollection('users', { capped: true, size: 4096 })
    expect(await problemsOf(database, schema, 'create')).toEqual([
      "'users' is capped, so that old documents vanish",
    ])
    expect((await contents(database)).users).toEqual(['[["_id"],false]'])
  })

  it("refuses a field that would stand where the key does, and takes a key's '_id'", async (context) => {
    const database = await newMongodb(context)
    const wrong = defineSchema({ users: collection({ id, other: t.text().column('_id') }) })
    const error = await rejectionOf(() => ensure(database, wrong, 'create'))
    expect([error.code, error.details.fields]).toEqual(['InvalidSchema', ['other']])
    expect(await rejectedCode(() => ensure(database, wrong, 'verify'))).toBe('InvalidSchema')
    const right = defineSchema({ users: collection({ id: t.id().column('_id') }).unique('id') })
    await ensure(database, right, 'create')
    expect(await contents(database)).toEqual({ users: ['[["_id"],false]'] })
  })
})

const first = defineSchema({ items: collection({ id, name, amount: t.int(), note: nick }) })
const fields = { id, name, amount: t.int(), note: nick }

describe('ensure, where the schema has changed', () => {
  async function made(context: Parameters<typeof newMongodb>[0]) {
    const database = await newMongodb(context)
    await ensure(database, first, 'create')
    const item = { _id: 'a', name: 'ladder', amount: 2 }
    await database.database.collection('items').insertOne(item)
    return database
  }

  it('adds fields, and gives documents that are there their defaults', async (context) => {
    const database = await made(context)
    const wider = defineSchema({
      items: collection({
        ...fields,
        color: t.text().nullable(),
        hint: t.text().nullable().default('none'),
        price: t.decimal(9, 2).default('1.50'),
        level: t.int().default(3),
        flags: t.array(t.text()).default(['new']),
        createdAt: t.createdAt(),
        updatedAt: t.updatedAt(),
        version: t.version(),
      }),
    })
    expect(await problemsOf(database, wider, 'verify')).toHaveLength(8)
    const runtime = new FakeRuntime()
    const mongo = await database.open(wider.definition, runtime)
    await ensureCollections(mongo, 'create')
    const now = new Date(runtime.now())
    const items = database.database.collection('items')
    const found = await items.find({}).toArray()
    expect(found.map(({ price, ...others }) => ({ price: Number(price), ...others }))).toEqual([
      {
        _id: 'a',
        name: 'ladder',
        amount: 2,
        hint: 'none',
        price: 150,
        level: 3,
        flags: ['new'],
        createdAt: now,
        updatedAt: now,
        version: 1,
      },
    ])
    await ensure(database, wider, 'verify')
    runtime.nowMs += 1_000
    await ensureCollections(mongo, 'create')
    expect(await items.find({}).toArray()).toEqual(found)
  })

  it('refuses what an older program could not insert', async (context) => {
    const database = await made(context)
    const level = t.int().default(3)
    const wider = defineSchema({
      items: collection({ ...fields, level, more: t.int().nullable() }),
    })
    await ensure(database, wider, 'create')
    expect(await problemsOf(database, first, 'create')).toEqual([
      "'items.level' is not in the schema, may not be null and has no default, so no row can be inserted",
    ])
  })

  it.for<[what: string, fields: Parameters<typeof collection>[0], subject: string]>([
    ['a field without a default', { ...fields, owner: t.text() }, 'items.owner'],
    ['another kind', { ...fields, amount: t.text() }, 'items.amount'],
    ['a null that was not', { ...fields, amount: t.int().nullable() }, 'items.amount'],
    ['no null where it was', { ...fields, note: t.text() }, 'items.note'],
  ])('never makes %s of what is there', async ([, wanted, subject], context) => {
    const database = await made(context)
    const other = defineSchema({ items: collection(wanted) })
    expect(await problemsOf(database, other, 'create')).toEqual([
      expect.stringContaining(`'${subject}'`),
    ])
  })

  it('knows by which field a key goes', async (context) => {
    const database = await made(context)
    const byName = defineSchema({ items: collection(fields).key('name') })
    expect(await problemsOf(database, byName, 'create')).toEqual([
      "'items' has the primary key (id)",
    ])
    const byBoth = defineSchema({ items: collection(fields).key('id', 'name') })
    expect(await problemsOf(database, byBoth, 'create')).toContain(
      "'items' has the primary key (id)",
    )
  })
})
