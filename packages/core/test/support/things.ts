import * as fc from 'fast-check'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import type { CollectionDefinition, Row } from '../../src/schema/definition.ts'

/** A collection with a field of every kind, and few values for each, so that queries find rows. */
export const schema = defineSchema({
  things: collection({
    id: t.id(),
    name: t.text({ maxLength: 40 }),
    count: t.int(),
    text: t.text({ maxLength: 191 }).nullable(),
    int: t.int().nullable(),
    bigint: t.bigint().nullable(),
    float: t.float().nullable(),
    decimal: t.decimal(8, 2).nullable(),
    wide: t.decimal(18, 3).nullable(),
    boolean: t.boolean().nullable(),
    timestamp: t.timestamp().nullable(),
    date: t.date().nullable(),
    bytes: t.bytes().nullable(),
    enum: t.enum(['low', 'mid', 'high']).nullable(),
    json: t.json().nullable(),
    texts: t.array(t.text()).nullable(),
    ints: t.array(t.int()).nullable(),
    times: t.array(t.timestamp()).nullable(),
  })
    .index('name', 'count')
    .index('int'),
})

export const things: CollectionDefinition = schema.definition.collections.get('things')!

const texts = ['', 'a', 'A', 'ab', 'aB', 'b', 'é', '\ue000', '😀', 'a%', '_b', "it's"]

/** Values of each field, as rows hold them and as filters may name them. */
export const pools: { readonly [field: string]: readonly unknown[] } = {
  id: ['1', '2', '3', '4', '5', 'é', '😀', '\ue000'],
  name: texts,
  count: [-1, 0, 1, 2],
  text: texts,
  int: [-(2 ** 53) + 1, -10, -1, 0, 1, 2, 10, 2 ** 53 - 1],
  bigint: [-(2n ** 63n), -10n, -9n, 0n, 9n, 10n, 2n ** 53n + 1n, 2n ** 63n - 1n],
  float: [-1.5, 0, 0.1, 0.2, 0.30000000000000004, 1e300, 5e-324, 10],
  decimal: ['-10.00', '-9.50', '0.00', '0.05', '9.00', '10.00', '999999.99'],
  wide: ['-999999999999999.999', '-1.000', '0.001', '9.000', '10.000', '999999999999999.999'],
  boolean: [true, false],
  timestamp: [-62_135_596_800_000, -1, 0, 1, 253_402_300_799_999].map((ms) => new Date(ms)),
  date: ['0001-01-01', '1999-12-31', '2000-02-29', '9999-12-31'],
  bytes: [[], [0], [0, 0], [1, 255], [255]].map((bytes) => Uint8Array.from(bytes)),
  enum: ['low', 'mid', 'high'],
  json: [
    { a: 1, s: 'x', b: true, n: null, l: [1, 'x', { k: 2 }] },
    { a: '1', s: 'xy', b: 'true', l: [] },
    { a: 1.5, s: '', b: false, o: { a: 2 } },
    { a: true },
    {},
    [],
    [1, 2],
    'x',
    1,
    false,
  ],
  texts: [[], ['a'], ['a', 'b'], ['ab', ''], ['b', 'b', '😀']],
  ints: [[], [1], [1, 2], [0, -1], [2, 2]],
  times: [[], [new Date(0)], [new Date(0), new Date(1)]],
}

export function valueOf(field: string): fc.Arbitrary<unknown> {
  return fc.constantFrom(...pools[field]!)
}

/** A row that the collection accepts, null in about every fourth field that may be. */
export const anyThing: fc.Arbitrary<Row> = fc.record(
  Object.fromEntries(
    things.fieldList.map(({ name, nullable }) => [
      name,
      nullable ? fc.option(valueOf(name), { freq: 3 }) : valueOf(name),
    ]),
  ),
)

/** Rows with keys of their own. */
export const anyThings: fc.Arbitrary<Row[]> = fc.uniqueArray(anyThing, {
  selector: ({ id }) => id,
  maxLength: 8,
})
