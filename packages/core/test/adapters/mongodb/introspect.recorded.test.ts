import { Int32, Long } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { introspect } from '../../../src/adapters/mongodb/introspect.ts'
import { lockColumn } from '../../../src/adapters/mongodb/session.ts'
import { makeValidator } from '../../../src/adapters/mongodb/validator.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { RecordedDatabase } from './recorded-database.ts'

const nothing = { definition: { collections: new Map(), relations: new Map(), hash: '' } }

/** What is found in one collection, its columns as 'name: type = kind, may be null or not'. */
async function found(...recorded: ConstructorParameters<typeof RecordedDatabase>) {
  const tables = await introspect(new RecordedDatabase(...recorded).context(nothing))
  return tables.map(({ columns, ...table }) => ({
    ...table,
    columns: columns.map(({ name, type, holds, nullable, hasDefault, managed }) =>
      [name, type, holds?.kind, nullable && 'null', hasDefault && 'optional', managed]
        .filter((part) => part !== undefined && part !== false)
        .join(' '),
    ),
  }))
}

const validated = (name: string, $jsonSchema: object, ...documents: object[]) => ({
  name,
  options: { validator: { $jsonSchema } },
  documents: documents as Record<string, unknown>[],
})

describe('introspect, as MongoDB answers', () => {
  it('tells of views and time series, and leaves the rest of the server’s out', async () => {
    const view = { isView: true, columns: [], primaryKey: [], indexes: [] }
    expect(
      await found(
        { name: 'weather', type: 'timeseries' },
        { name: 'system.buckets.weather' },
        { name: 'system.views' },
        { name: 'wherry_ledger' },
        { name: 'adults', type: 'view' },
      ),
    ).toEqual([
      { name: 'adults', ...view },
      { name: 'weather', ...view },
    ])
  })

  it('goes by a validator of its own, and by documents where that says nothing', async () => {
    const { definition } = defineSchema({
      items: collection({
        code: t.text({ maxLength: 9 }),
        price: t.decimal(6, 2),
        made: t.createdAt(),
        note: t.text().nullable(),
      }).key('code'),
    })
    const validator = makeValidator(definition.collections.get('items')!)
    const document = { _id: 'x', price: Long.fromNumber(5), made: new Date(0), more: new Int32(1) }
    const locked = { ...document, _id: 'y', [lockColumn]: Long.fromNumber(1) }
    expect(await found(validated('items', validator, document, locked))).toMatchObject([
      {
        primaryKey: ['code'],
        columns: [
          'code string text',
          'price long | int decimal',
          'made date timestamp createdAt',
          'note string text null optional',
          'more int int optional',
        ],
      },
    ])
  })

  it('goes by a validator of others where no document shows more', async () => {
    const properties = {
      _id: { bsonType: 'string' },
      name: { bsonType: 'string', description: 'date' },
      size: { bsonType: ['int', 'long'] },
      seen: { bsonType: 'date' },
      ref: { bsonType: 'objectId' },
      home: { bsonType: 'object' },
      any: {},
    }
    const required = ['_id', 'name', 'size', 'other']
    expect(
      await found(
        validated('shown', { properties, required }, { _id: 'a', name: 'x', size: new Int32(1) }),
      ),
    ).toMatchObject([
      {
        columns: [
          'id string text',
          'name string text',
          'size int int',
          'seen date timestamp null optional',
          'ref objectId null optional',
          'home object json null optional',
          'any  null optional',
          'other ',
        ],
      },
    ])
  })

  it('says why a collection cannot be used', async () => {
    const collation = { locale: 'fr' }
    const documents = [{ _id: 'a', size: new Int32(1), tags: ['x'] }]
    expect(
      await found(
        { name: 'capped', options: { capped: true }, documents },
        { name: 'collated', options: { collation }, documents },
      ),
    ).toMatchObject([
      { columns: ['id key of a capped collection'] },
      {
        columns: [
          'id string collate fr',
          'size int int optional',
          'tags array collate fr optional',
        ],
      },
    ])
  })

  it('tells of those indexes that mean what a schema would', async () => {
    const documents = [
      { _id: 'a', b: 'x', c: 'y' },
      { _id: 'b', b: 'x' },
    ]
    const indexes = [
      { key: { _id: 1 } },
      { key: { b: 1 }, unique: true },
      { key: { c: 1 }, unique: true },
      { key: { c: 1, b: -1 }, unique: true, partialFilterExpression: { c: { $exists: true } } },
      { key: { b: 1, c: 1 }, sparse: true },
      { key: { 'b.x': 1 } },
      { key: { b: 'text' } },
    ]
    const [table] = await found({ name: 'rows', documents, indexes })
    expect(table?.indexes).toEqual([
      { columns: ['id'], unique: false },
      { columns: ['b'], unique: true },
      { columns: ['b'], unique: false },
      { columns: ['c'], unique: false },
      { columns: ['c', 'b'], unique: true },
    ])
  })
})
