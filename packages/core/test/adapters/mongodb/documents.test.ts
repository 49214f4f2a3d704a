import * as fc from 'fast-check'
import { Binary, BSON, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { DocumentCode, pathOf } from '../../../src/adapters/mongodb/documents.ts'
import { loadDriver, type Document } from '../../../src/adapters/mongodb/driver.ts'
import { parseOptions } from '../../../src/adapters/mongodb/options.ts'
import { toWherryError } from '../../../src/adapters/mongodb/errors.ts'
import type { CollectionDefinition, Row } from '../../../src/schema/definition.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { kinds } from '../../../src/schema/kinds.ts'
import { anyValueOf } from '../../codec/values.ts'
import { check } from '../../support/check.ts'
import { anyThing, schema as thingsSchema, things } from '../../support/things.ts'

const { definition } = defineSchema(
  {
    notes: collection({ id: t.id(), lastRead: t.timestamp().nullable(), rank: t.int() }),
    marks: collection({
      on: t.date(),
      userName: t.text({ maxLength: 20 }),
      points: t.bigint(),
    }).key('userName', 'on'),
  },
  { naming: 'snake_case' },
)
const notes = definition.collections.get('notes')!
const marks = definition.collections.get('marks')!

const code = new DocumentCode(await loadDriver())
const { client: readOptions } = parseOptions({ url: 'mongodb://here/db' })

/** What the server holds, as the driver of the adapter reads it. */
const stored = (document: Document): Document =>
  BSON.deserialize(BSON.serialize(document), readOptions)

const read = (of: CollectionDefinition, document: Document): Row =>
  code.toRow(of, of.fieldList, stored(document))

/** The class by which the driver knows the type of each field. */
function typesOf(document: Document) {
  const types: Document = BSON.deserialize(BSON.serialize(document), { promoteValues: false })
  return Object.fromEntries(
    Object.entries(types).map(([name, value]) => [name, (value as object).constructor.name]),
  )
}

const thing = (values: Row): Row => ({
  ...Object.fromEntries(things.fieldList.map(({ name }) => [name, null])),
  id: '1',
  name: '',
  count: 0,
  ...values,
})

describe('a row as a document', () => {
  it('has its key in _id, names of the database, and no field that is null', () => {
    const row = { id: 'a', lastRead: null, rank: 5 }
    expect(code.toDocument(notes, row)).toStrictEqual({ _id: 'a', rank: 5 })
    const lastRead = new Date(0)
    expect(code.toDocument(notes, { ...row, lastRead })).toStrictEqual({
      _id: 'a',
      last_read: lastRead,
      rank: 5,
    })
  })

  it('has a key of several fields as a document, in the order of the key', () => {
    const document = code.toDocument(marks, { on: '2026-01-31', userName: 'ann', points: 5n })
    expect(document).toStrictEqual({ _id: { user_name: 'ann', on: '2026-01-31' }, points: 5n })
    expect(Object.keys(document._id as object)).toEqual(['user_name', 'on'])
    const fields = marks.fieldList.map((field) => pathOf(marks, field))
    expect(fields).toEqual(['_id.on', '_id.user_name', 'points'])
  })

  it('has the types in which nothing is lost', () => {
    const types = (values: Row) => typesOf(code.toDocument(things, thing(values)))
    const always = { _id: 'String', name: 'String', count: 'Int32' }
    expect(types({ int: 2 ** 31 - 1, bigint: 1n, float: 1, decimal: '1.50' })).toEqual({
      ...always,
      int: 'Int32',
      bigint: 'Long',
      float: 'Double',
      decimal: 'Long',
    })
    for (const int of [2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53) + 1]) {
      expect(types({ int })).toEqual({ ...always, int: 'Long' })
    }
    expect(
      types({
        timestamp: new Date(0),
        bytes: new Uint8Array(2),
        boolean: false,
        json: [1.5, { a: 'x' }],
        ints: [1, 2 ** 40],
      }),
    ).toEqual({
      ...always,
      timestamp: 'Date',
      bytes: 'Binary',
      boolean: 'Boolean',
      json: 'Array',
      ints: 'Array',
    })
  })

  it('is read as it was written, whatever its values', () => {
    check(
      fc.property(anyThing, (row) => {
        expect(read(things, code.toDocument(things, row))).toEqual(row)
      }),
    )
    const anyRow = fc.record(
      Object.fromEntries(things.fieldList.map((field) => [field.name, anyValueOf(field)])),
    )
    check(
      fc.property(anyRow as fc.Arbitrary<Row>, (given) => {
        const row = Object.fromEntries(
          things.fieldList.map((field) => [
            field.name,
            kinds[field.kind].accept(given[field.name], field),
          ]),
        )
        expect(read(things, code.toDocument(things, row))).toEqual(row)
      }),
    )
  })

  it('holds JSON with keys that mean something to the driver', () => {
    const json = { _bsontype: 'Long', a: [{ _bsontype: 5, toBSON: 'x', length: 3 }], _id: '' }
    expect(read(things, code.toDocument(things, thing({ json }))).json).toEqual(json)
  })

  it('has the bytes of a row to itself', () => {
    const bytes = new Uint8Array([1, 2])
    const row = read(things, code.toDocument(things, thing({ bytes })))
    expect(row.bytes).toStrictEqual(bytes)
    expect((row.bytes as Uint8Array).buffer.byteLength).toBe(2)
  })
})

/** What an adapter throws of what is thrown there. */
function corruption(work: () => unknown) {
  try {
    return work()
  } catch (error) {
    return toWherryError(error).code
  }
}

describe('a document that another program wrote', () => {
  const whole = { _id: 'a', name: 'x', count: 1 }
  const valueOf = (field: string, value: unknown) =>
    read(things, { ...whole, [field]: value })[field]

  it('may say that a field is null, and have fields that no schema knows', () => {
    const document = { ...whole, text: null, extra: { of: 'others' } }
    expect(read(things, document)).toStrictEqual(thing({ id: 'a', name: 'x', count: 1 }))
  })

  it.each<[field: string, given: unknown, value: unknown]>([
    ['int', new Double(5), 5],
    ['int', new Double(-0), 0],
    ['int', Long.fromString('9007199254740991'), 2 ** 53 - 1],
    ['bigint', new Int32(-7), -7n],
    ['bigint', new Double(7), 7n],
    ['float', new Int32(3), 3],
    ['float', Long.fromNumber(3), 3],
    ['decimal', new Int32(150), '1.50'],
    ['bytes', new Binary(new Uint8Array([1])), new Uint8Array([1])],
    ['enum', 'of another schema', 'of another schema'],
    ['json', { n: Long.fromNumber(5), l: [Long.fromNumber(-6)] }, { n: 5, l: [-6] }],
    ['ints', [new Double(1), Long.fromNumber(2)], [1, 2]],
  ])('may hold %s in another type: %o', (field, given, value) => {
    expect(valueOf(field, given)).toStrictEqual(value)
  })

  it.each<[field: string, given: unknown]>([
    ['text', 5],
    ['text', 'a\0b'],
    ['name', 'x'.repeat(41)],
    ['int', '5'],
    ['int', 1.5],
    ['int', Number.NaN],
    ['int', Long.fromString('9007199254740992')],
    ['bigint', 1.5],
    ['bigint', new Double(2 ** 60)],
    ['float', Number.POSITIVE_INFINITY],
    ['float', Long.fromString('9007199254740993')],
    ['float', Decimal128.fromString('1')],
    ['decimal', Decimal128.fromString('1.50')],
    ['decimal', new Int32(2 ** 31 - 1)],
    ['decimal', '1.50'],
    ['boolean', 1],
    ['timestamp', '2026-01-31T00:00:00.000Z'],
    ['timestamp', new Date(Date.UTC(10_000, 0))],
    ['date', new Date(0)],
    ['date', '2026-02-30'],
    ['bytes', 'AQ=='],
    ['enum', 5],
    ['json', { at: new Date(0) }],
    ['json', { id: new ObjectId() }],
    ['json', { n: Number.NaN }],
    ['json', { n: Long.fromString('9007199254740993') }],
    ['texts', 'a'],
    ['texts', [null]],
    ['texts', [['a']]],
    ['ints', ['1']],
    ['_id', new ObjectId()],
    ['_id', ''],
  ])('is CorruptValue with a wrong %s: %o', (field, given) => {
    expect(corruption(() => read(things, { ...whole, [field]: given }))).toBe('CorruptValue')
  })

  it('is SchemaMismatch without a field that must be there, or null in it', () => {
    for (const document of [
      { _id: 'a', name: 'x' },
      { _id: 'a', name: 'x', count: null },
    ]) {
      const details = { collection: 'things', fields: ['count'] }
      expect(() => read(things, document)).toThrow(
        expect.objectContaining({ code: 'SchemaMismatch', details }),
      )
    }
  })

  it('is SchemaMismatch without a part of its key', () => {
    for (const _id of [{ user_name: 'ann' }, 'ann', new ObjectId(), {}]) {
      expect(() => read(marks, { _id, points: 5n })).toThrow(/has no 'on', which the schema needs/)
    }
  })

  it('is CorruptValue with a key in another order, which is another key', () => {
    const on = '2026-01-31'
    const wrong = [{ on, user_name: 'ann' }, { user_name: 'ann', on, more: 1 }] // prettier-ignore
    for (const _id of wrong) {
      expect(corruption(() => read(marks, { _id, points: 5n }))).toBe('CorruptValue')
    }
  })

  it('is asked only for what the plan needs', () => {
    const name = thingsSchema.definition.collections.get('things')!.fields.get('name')!
    expect(code.toRow(things, [name], { name: 'x' })).toStrictEqual({ name: 'x' })
  })
})
