import { collection, defineSchema, t, type AnySchema, type Json } from '@wherry/core/schema'
import { bigints, dates, floats, ints, texts, times } from '../lib/corpus.ts'

/** A field of every kind, a key of two fields, and rows that only the honest client knows of. */
export const schema: AnySchema = defineSchema({
  samples: collection({
    id: t.id(),
    text: t.text().nullable(),
    int: t.int().nullable(),
    bigint: t.bigint().nullable(),
    float: t.float().nullable(),
    decimal: t.decimal(9, 2).nullable(),
    boolean: t.boolean().nullable(),
    timestamp: t.timestamp().nullable(),
    date: t.date().nullable(),
    bytes: t.bytes().nullable(),
    enum: t.enum(['red', 'green', 'blue']).nullable(),
    json: t.json().nullable(),
    array: t.array(t.text()).nullable(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  }).index('int'),
  pairs: collection({ left: t.int(), right: t.text({ maxLength: 20 }), value: t.int().default(0) })
    .key('left', 'right')
    .unique('value'),
  honest: collection({ id: t.id(), n: t.int() }),
})

const words: readonly Json[] = Object.values(texts).flat()
const keys = ['a', 'b', 'c', 'd', 'e', 'f']
const json: readonly Json[] = [
  { a: 1, b: [1, 'x', { c: null }] },
  [],
  {},
  'text',
  0,
  false,
  [[[]]],
  { '': { '': 1 } },
]

/** Values of each field, as they travel. */
export const pools: {
  readonly [collection: string]: { readonly [field: string]: readonly Json[] }
} = {
  samples: {
    id: keys,
    text: words,
    int: Object.values(ints).flat(),
    bigint: Object.values(bigints).flat().map(String),
    float: Object.values(floats).flat(),
    decimal: ['0.00', '-0.01', '9999999.99', '-9999999.99', '1.50'],
    boolean: [true, false],
    timestamp: Object.values(times).flat(),
    date: Object.values(dates).flat(),
    bytes: ['', 'AA==', 'AP//', 'YWJj'],
    enum: ['red', 'green', 'blue'],
    json,
    array: [[], ['a'], ['a', 'b'], ['', '😀']],
    version: [1, 2, 3],
  },
  pairs: { left: [0, 1, 2], right: ['', 'a', 'b'], value: [0, 1, 2, 3, 4] },
}
