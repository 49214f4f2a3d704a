import { describe, expect, it } from 'vitest'
import { ensureCollections } from '../../../src/adapters/mongodb/ensure.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectionOf } from '../../support/errors.ts'
import { RecordedDatabase, replicaSet } from './recorded-database.ts'

const preImages = { changeStreamPreAndPostImages: { enabled: true } }

const users = collection({
  id: t.id(),
  email: t.text({ maxLength: 50 }),
  nick: t.text({ maxLength: 50 }).nullable(),
  rank: t.int().nullable(),
})

const schema = defineSchema({ users: users.unique('email').unique('nick', 'rank').index('rank') })

/** The problems that `ensure` tells of, without those of missing indexes. */
async function problemsOf(
  database: RecordedDatabase,
  wanted: Parameters<RecordedDatabase['context']>[0] = schema,
) {
  const error = await rejectionOf(() => ensureCollections(database.context(wanted), 'create'))
  expect(error.code).toBe('SchemaMismatch')
  return error.details.problems
}

const named = (name: string, validator: object, more: object = {}) => {
  return { name, options: { ...preImages, validator: { $jsonSchema: validator }, ...more } }
}

describe('ensure, as MongoDB is told', () => {
  it('makes a collection with a validator, pre-images, and indexes that leave nulls out', async () => {
    const database = new RecordedDatabase()
    await ensureCollections(database.context(schema), 'create')
    expect(database.told).toMatchObject([
      [
        'create',
        'users',
        {
          ...preImages,
          validator: {
            $jsonSchema: {
              title: 'Wherry',
              bsonType: 'object',
              required: ['_id', 'email'],
              properties: {
                _id: { title: 'id', bsonType: ['string'], description: 'id' },
                email: { bsonType: ['string'], description: 'text' },
                nick: { bsonType: ['string'], description: 'text' },
                rank: { bsonType: ['int', 'long'], description: 'int' },
              },
            },
          },
        },
      ],
      ['createIndexes', 'users', { email: 1 }, { unique: true }],
      [
        'createIndexes',
        'users',
        { nick: 1, rank: 1 },
        {
          unique: true,
          partialFilterExpression: { nick: { $exists: true }, rank: { $exists: true } },
        },
      ],
      [
        'createIndexes',
        'users',
        { rank: 1 },
        { name: expect.stringMatching(/^users_rank_index_/) },
      ],
    ])
    await ensureCollections(database.context(schema), 'verify')
    const told = database.told.length
    await ensureCollections(database.context(schema), 'create')
    expect(database.told).toHaveLength(told)
  })

  it('describes every kind, and the parts of a key', async () => {
    const database = new RecordedDatabase()
    const wanted = defineSchema({
      all: collection({
        a: t.enum(['x']),
        b: t.decimal(6, 2),
        c: t.float().nullable(),
        d: t.json(),
        e: t.array(t.timestamp()),
        f: t.bytes().nullable(),
        g: t.bigint().nullable(),
        h: t.boolean().nullable(),
        at: t.createdAt(),
        version: t.version(),
      }).key('a', 'b'),
    })
    await ensureCollections(database.context(wanted), 'create')
    expect(database.options('all').validator?.$jsonSchema).toEqual({
      title: 'Wherry',
      bsonType: 'object',
      required: ['_id', 'd', 'e', 'at', 'version'],
      properties: {
        _id: {
          bsonType: 'object',
          required: ['a', 'b'],
          properties: {
            a: { bsonType: ['string'], description: 'enum' },
            b: { bsonType: ['long', 'int'], description: 'decimal(6, 2)' },
          },
        },
        c: { bsonType: ['double', 'int'], description: 'float' },
        d: { description: 'json' },
        e: {
          bsonType: ['array'],
          items: { bsonType: ['date'] },
          description: 'array of timestamp',
        },
        f: { bsonType: ['binData'], description: 'bytes' },
        g: { bsonType: ['long', 'int'], description: 'bigint' },
        h: { bsonType: ['bool'], description: 'boolean' },
        at: { bsonType: ['date'], description: 'timestamp (createdAt)' },
        version: { bsonType: ['int', 'long'], description: 'int (version)' },
      },
    })
    expect(database.told.slice(1)).toMatchObject([
      ['createIndexes', 'all', { '_id.a': 1, '_id.b': 1 }, {}],
    ])
    await ensureCollections(database.context(wanted), 'verify')
  })

  it('keeps pre-images of collections that are there, on replica sets', async () => {
    const plain = defineSchema({ notes: collection({ id: t.id() }) })
    const ensured = async (deployment: typeof replicaSet) => {
      const database = new RecordedDatabase({ name: 'notes' })
      await ensureCollections(database.context(plain, deployment), 'create')
      return database.told
    }
    expect(await ensured(replicaSet)).toEqual([['collMod', 'notes', preImages]])
    expect(await ensured({ ...replicaSet, isReplicated: false })).toEqual([])
  })

  it('adds fields to its own validators, before and behind what it fills', async () => {
    const database = new RecordedDatabase()
    const fields = { id: t.id(), name: t.text() }
    await ensureCollections(
      database.context(defineSchema({ items: collection({ ...fields, old: t.int() }) })),
      'create',
    )
    database.told.length = 0
    const wider = defineSchema({
      items: collection({
        ...fields,
        old: t.int(),
        level: t.int().default(3),
        hint: t.text().nullable().default('x'),
        note: t.text().nullable(),
      }),
    })
    await ensureCollections(database.context(wider), 'create')
    const fill = ['update', 'items', { level: { $exists: false } }, { $set: { level: 3 } }]
    expect(database.told).toEqual([
      fill,
      ['update', 'items', { hint: { $exists: false } }, { $set: { hint: 'x' } }],
      ['collMod', 'items', { validator: expect.anything() as object }],
      fill,
    ])
    expect(database.options('items').validator?.$jsonSchema).toMatchObject({
      required: ['_id', 'name', 'old', 'level'],
      properties: { level: { description: 'int' }, note: { description: 'text' }, old: {} },
    })
  })

  it('goes on where another process was quicker', async () => {
    const database = new RecordedDatabase()
    database.refuse = { call: 'create', code: 48 }
    await ensureCollections(database.context(schema), 'create')
    expect(database.told.map(([call]) => call)).toEqual(Array(3).fill('createIndexes'))
  })

  it('says what is in the way of an index, and passes on what is not', async () => {
    const database = new RecordedDatabase({ name: 'users', options: preImages })
    database.refuse = { call: 'createIndexes', code: 86 }
    expect(await problemsOf(database)).toEqual([
      "the unique index on 'users' (email) cannot be added: refused with 86",
    ])
    database.refuse = { call: 'createIndexes', code: 189 }
    const ensured = ensureCollections(database.context(schema), 'create')
    await expect(ensured).rejects.toMatchObject({ code: 189 })
  })
})

describe('ensure, in what others made', () => {
  it('refuses collections that are none, or that lose documents', async () => {
    for (const [found, problem] of [
      [{ name: 'users', type: 'view' }, 'is a view, or a collection of time series'],
      [{ name: 'users', type: 'timeseries' }, 'is a view, or a collection of time series'],
      [{ name: 'users', options: { capped: true } }, 'is capped, so that old documents vanish'],
    ] as const) {
      const database = new RecordedDatabase(found)
      expect(await problemsOf(database)).toEqual([`'users' ${problem}`])
      expect(database.told).toEqual([])
    }
  })

  it('refuses to compare texts otherwise than by their bytes', async () => {
    const collation = { locale: 'en', strength: 2 }
    const database = new RecordedDatabase({ name: 'users', options: { ...preImages, collation } })
    expect(await problemsOf(database)).toEqual([
      "'users.id' is of type id collate en, which does not hold kind id",
      "'users.email' is of type text collate en, which does not hold kind text",
      "'users.nick' is of type text collate en, which does not hold kind text",
    ])
    const simple = { name: 'users', options: { ...preImages, collation: { locale: 'simple' } } }
    await ensureCollections(new RecordedDatabase(simple).context(schema), 'create')
  })

  it('refuses validators that forbid what the service writes, or need what it does not', async () => {
    const properties = {
      _id: { bsonType: 'string' },
      email: { type: 'string' },
      nick: { bsonType: ['string', 'null'] },
      rank: { bsonType: 'string' },
    }
    const required = ['email', 'nick', 'more']
    expect(
      await problemsOf(new RecordedDatabase(named('users', { properties, required }))),
    ).toEqual([
      "'users.nick' may not be null, the field may",
      "'users.rank' is of type string, which does not hold kind int",
      "'users.more' is not in the schema, may not be null and has no default, so no row can be inserted",
    ])
    const idle = named('users', { properties, required }, { validationAction: 'warn' })
    await ensureCollections(new RecordedDatabase(idle).context(schema), 'create')
  })

  it.for<[types: string[], kinds: string[]]>([
    [['int'], ['int']],
    [['long'], ['int', 'bigint', 'decimal']],
    [['double'], ['float']],
    [['number'], ['int', 'bigint', 'float', 'decimal']],
    [['boolean'], ['boolean']],
    [['bool', 'null'], ['boolean']],
    [['string'], ['text', 'date', 'enum']],
    [['date'], ['timestamp']],
    [['binData'], ['bytes']],
    [['object'], ['json']],
    [['array'], ['json', 'array']],
    [['objectId'], []],
    [
      [],
      [
        'text',
        'int',
        'bigint',
        'float',
        'decimal',
        'boolean',
        'date',
        'timestamp',
        'bytes',
        'enum',
        'json',
        'array',
      ],
    ],
  ])('takes %s for %s', async ([types, kinds]) => {
    const fields = {
      text: t.text(),
      int: t.int(),
      bigint: t.bigint(),
      float: t.float(),
      decimal: t.decimal(5, 2),
      boolean: t.boolean(),
      date: t.date(),
      timestamp: t.timestamp(),
      bytes: t.bytes(),
      enum: t.enum(['x']),
      json: t.json(),
      array: t.array(t.text()),
    }
    const fits = await Promise.all(
      Object.entries(fields).map(async ([kind, field]) => {
        const wanted = defineSchema({ rows: collection({ id: t.id(), field }) })
        const property = types.length === 0 ? {} : { bsonType: types }
        const found = named('rows', { properties: { field: property } })
        const context = new RecordedDatabase(found).context(wanted)
        return ensureCollections(context, 'verify').then(
          () => [kind],
          () => [],
        )
      }),
    )
    expect(fits.flat().sort()).toEqual([...kinds].sort())
  })
})

describe('a unique index of others', () => {
  const wanted = defineSchema({ users: users.unique('nick') })
  const both = defineSchema({ users: users.unique('nick', 'rank') })
  const exists = { $exists: true }

  it.for<[what: string, index: object, fits: boolean, schema?: typeof wanted | typeof both]>([
    ['compares missing values', {}, false],
    ['is sparse', { sparse: true }, true],
    ['is of those that exist', { partialFilterExpression: { nick: exists } }, true],
    ['is of some only', { partialFilterExpression: { nick: { $gt: 'a' } } }, false],
    ['is of some others only', { partialFilterExpression: { email: exists } }, false],
    ['has a collation', { sparse: true, collation: { locale: 'fr' } }, false],
    ['has the simple collation', { sparse: true, collation: { locale: 'simple' } }, true],
    ['descends', { sparse: true, key: { nick: -1 } }, true],
    ['hashes', { sparse: true, key: { nick: 'hashed' } }, false],
    ['is of more fields', { sparse: true, key: { nick: 1, rank: 1 } }, false],
    ['is sparse, of two', { sparse: true, key: { nick: 1, rank: 1 } }, false, both],
    [
      'is of those with both',
      { key: { nick: 1, rank: 1 }, partialFilterExpression: { nick: exists, rank: exists } },
      true,
      both,
    ],
  ])('that %s', async ([, index, fits, schemaOf = wanted]) => {
    const indexes = [{ key: { nick: 1 }, unique: true, name: 'theirs', ...index }]
    const database = new RecordedDatabase({ name: 'users', options: preImages, indexes })
    const ensured = ensureCollections(database.context(schemaOf), 'verify')
    if (fits) await ensured
    else await expect(ensured).rejects.toMatchObject({ code: 'SchemaMismatch' })
  })

  it('may compare missing values where a field is never null', async () => {
    const never = defineSchema({ users: users.unique('email').index('nick') })
    const indexes = [
      { key: { email: 1 }, unique: true, name: 'theirs' },
      { key: { nick: 1 }, unique: true, name: 'finds rows, too' },
    ]
    const database = new RecordedDatabase({ name: 'users', options: preImages, indexes })
    await ensureCollections(database.context(never), 'create')
    expect(database.told).toEqual([])
  })
})
