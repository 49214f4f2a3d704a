import type { Behaviour, Step } from '../suite/scenario.ts'
import { matcher } from '../suite/step-makers.ts'

const matching = matcher('samples')

/** Rows 'a', 'b', … with these JSON values, and 'z' with null. */
const rows = (...values: readonly unknown[]): Step => ({
  call: 'samples.insertMany',
  with: [
    [
      ...values.map((json, index) => ({ id: String.fromCharCode(0x61 + index), json })),
      { id: 'z' },
    ],
  ],
})

/** One value at { v }, of every JSON type. */
const mixed = rows(
  { v: 1 },
  { v: 2.5 },
  { v: '1' },
  { v: 'text' },
  { v: true },
  { v: false },
  { v: null },
  {},
  { v: [1] },
  { v: { v: 1 } },
  [1],
  'v',
)

const at = (test: object) => ({ json: { path: ['v'], ...test } })

const oddKeys = [
  "it's",
  'a b',
  'ä',
  '😀',
  '[0]',
  '*',
  '#',
  '@',
  '0',
  'a]',
  '\n',
  '/',
  '%',
  '-1',
  ' ',
]

export const jsonPaths: Behaviour = {
  name: 'json paths',
  schema: 'samples',
  scenarios: [
    {
      name: 'a value equals one of its own type only',
      steps: [
        mixed,
        matching(at({ eq: 1 }), 'a'),
        matching(at({ eq: '1' }), 'c'),
        matching(at({ eq: true }), 'e'),
        matching(at({ eq: false }), 'f'),
        matching(at({ eq: 'true' }), ''),
        matching(at({ eq: 0 }), ''),
        matching(at({ eq: '' }), ''),
        matching(at({ eq: 2.5 }), 'b'),
      ],
    },
    {
      name: 'null and missing are one, in objects, in other values and in null',
      steps: [
        mixed,
        matching(at({ eq: null }), 'ghklz'),
        matching(at({ isNull: true }), 'ghklz'),
        matching(at({ isNull: false }), 'abcdefij'),
        matching(at({ ne: null }), 'abcdefij'),
      ],
    },
    {
      name: 'ne and notIn are exact complements, of other types and of missing values too',
      steps: [
        mixed,
        matching(at({ ne: 1 }), 'bcdefghijklz'),
        matching(at({ notIn: [1, '1', true] }), 'bdfghijklz'),
        matching(at({ notIn: [] }), 'abcdefghijklz'),
        matching({ NOT: at({ gt: 0 }) }, 'cdefghijklz'),
      ],
    },
    {
      name: 'ranges compare numbers with numbers and texts with texts',
      steps: [
        mixed,
        matching(at({ gt: 1 }), 'b'),
        matching(at({ gte: 1 }), 'ab'),
        matching(at({ lt: 2.5 }), 'a'),
        matching(at({ lte: 1e300 }), 'ab'),
        matching(at({ gt: '' }), 'cd'),
        matching(at({ lt: 'text' }), 'c'),
        matching(at({ gte: '1', lt: '2' }), 'c'),
      ],
    },
    {
      name: 'in takes values of several types, and null',
      steps: [
        mixed,
        matching(at({ in: [1, '1', true] }), 'ace'),
        matching(at({ in: [2.5, 7] }), 'b'),
        matching(at({ in: [] }), ''),
        matching(at({ in: [null, 'text'] }), 'dghklz'),
        matching(at({ notIn: [null, 'text'] }), 'abcefij'),
        matching(at({ in: [true, false] }), 'ef'),
      ],
    },
    {
      name: 'contains, startsWith and endsWith look into texts only',
      steps: [
        mixed,
        matching(at({ contains: 'ex' }), 'd'),
        matching(at({ startsWith: 'te' }), 'd'),
        matching(at({ endsWith: 't' }), 'd'),
        matching(at({ contains: '1' }), 'c'),
        matching(at({ startsWith: 'tr' }), ''),
        matching(at({ contains: '%' }), ''),
      ],
    },
    {
      name: 'the empty text is part of every text, and of nothing else',
      steps: [
        mixed,
        matching(at({ contains: '' }), 'cd'),
        matching(at({ startsWith: '' }), 'cd'),
        matching(at({ endsWith: '' }), 'cd'),
      ],
    },
    {
      name: 'texts inside JSON compare by bytes, and have no wildcards',
      steps: [
        rows(
          { v: '\uFFFD' },
          { v: '😀' },
          { v: 'A' },
          { v: 'a' },
          { v: 'a ' },
          { v: 'a\'b"c\\d' },
          { v: '\u0001\n' },
        ),
        matching(at({ gt: '\uFFFD' }), 'b'),
        matching(at({ eq: 'a' }), 'd'),
        matching(at({ startsWith: 'a' }), 'def'),
        matching(at({ eq: 'a\'b"c\\d' }), 'f'),
        matching(at({ in: ['a\'b"c\\d', '😀'] }), 'bf'),
        matching(at({ contains: '\n' }), 'g'),
        matching(at({ endsWith: '\\d' }), 'f'),
      ],
    },
    {
      name: 'numbers inside JSON compare as doubles, to the last bit',
      steps: [
        rows(
          { v: 0.1 + 0.2 },
          { v: 0.3 },
          { v: 2 ** 53 + 2 },
          { v: 2 ** 60 },
          { v: 1e21 },
          { v: 5e-324 },
          { v: Number.MAX_VALUE },
          { v: 123456789012345680000 },
          { v: -(2 ** 63) },
        ),
        ...[
          0.1 + 0.2,
          0.3,
          2 ** 53 + 2,
          2 ** 60,
          1e21,
          5e-324,
          Number.MAX_VALUE,
          123456789012345680000,
          -(2 ** 63),
        ].flatMap((value, index) => {
          const id = String.fromCharCode(0x61 + index)
          return [
            matching(at({ eq: value }), id),
            matching(at({ in: [value, 7] }), id),
            matching(at({ gte: value, lte: value }), id),
          ]
        }),
        matching(at({ gt: 2 ** 60 }), 'egh'),
      ],
    },
    {
      name: 'a path goes through objects by key and through arrays by position',
      steps: [
        rows(
          { user: { tags: ['x', { deep: [1, { list: [2] }] }] } },
          { user: { tags: ['y'] } },
          [{ user: 1 }],
          { user: [{ '0': 'x' }] },
        ),
        matching({ json: { path: ['user', 'tags', 0], eq: 'x' } }, 'a'),
        matching({ json: { path: ['user', 'tags', 1, 'deep', 1, 'list', 0], eq: 2 } }, 'a'),
        matching({ json: { path: [0, 'user'], eq: 1 } }, 'c'),
        matching({ json: { path: ['user', 0, '0'], eq: 'x' } }, 'd'),
        matching({ json: { path: ['user', 0, 0], isNull: false } }, ''),
        matching({ json: { path: ['user', 'tags', 1], isNull: true } }, 'bcdz'),
        matching({ json: { path: ['user', 'tags', 2], isNull: true } }, 'abcdz'),
        matching({ json: { path: ['user', 'tags', 0, 'x'], isNull: false } }, ''),
      ],
    },
    {
      name: 'a path goes through arrays in arrays',
      steps: [
        rows([[1, [2]], ['x']], { v: [['x'], 2] }, [1, 2], [{ '0': 1 }]),
        matching({ json: { path: [0, 0], eq: 1 } }, 'a'),
        matching({ json: { path: [0, 1, 0], gte: 2 } }, 'a'),
        matching({ json: { path: ['v', 0, 0], startsWith: 'x' } }, 'b'),
        matching({ json: { path: [1, 0], ne: 'x' } }, 'bcdz'),
      ],
    },
    {
      name: 'a number is no key, a key no position, and nothing is inherited',
      steps: [
        rows({ '0': 'key', length: 1 }, ['item'], {}, 'text'),
        matching({ json: { path: [0], eq: 'item' } }, 'b'),
        matching({ json: { path: ['0'], eq: 'key' } }, 'a'),
        matching({ json: { path: [0], isNull: false } }, 'b'),
        matching({ json: { path: ['length'], isNull: false } }, 'a'),
        matching({ json: { path: ['constructor'], isNull: false } }, ''),
        matching({ json: { path: ['toString'], isNull: false } }, ''),
        matching({ json: { path: [2 ** 31], isNull: false } }, ''),
        matching({ json: { path: [2 ** 53 - 1], isNull: false } }, ''),
      ],
    },
    {
      name: 'places are told apart by their case, and texts there, in one filter',
      steps: [
        rows({ v: 1 }, { V: 'x' }, { v: 2, V: 'X' }),
        matching(
          {
            AND: [
              { json: { path: ['v'], isNull: false } },
              { NOT: { json: { path: ['V'], isNull: false } } },
            ],
          },
          'a',
        ),
        matching(
          {
            AND: [
              { NOT: { json: { path: ['V'], startsWith: 'X' } } },
              { json: { path: ['V'], startsWith: 'x' } },
            ],
          },
          'b',
        ),
        matching(
          { AND: [{ json: { path: ['V'], eq: 'X' } }, { json: { path: ['V'], ne: 'x' } }] },
          'c',
        ),
      ],
    },
    {
      name: 'keys may be any text that a path can spell',
      steps: [
        rows(...oddKeys.map((key) => ({ [key]: { v: 1 } }))),
        ...oddKeys.map((key, index) =>
          matching({ json: { path: [key, 'v'], eq: 1 } }, String.fromCharCode(0x61 + index)),
        ),
      ],
    },
    {
      name: 'a list of ten thousand values works, one of forty thousand is too complex',
      steps: [
        mixed,
        matching(at({ in: Array.from({ length: 10_000 }, (_, n) => n + 1) }), 'a'),
        {
          call: 'samples.find',
          with: [{ where: at({ in: Array.from({ length: 40_000 }, (_, n) => n) }) }],
          fails: { code: 'QueryTooComplex' },
        },
      ],
    },
    {
      name: 'paths find the rows of updates and deletes too',
      steps: [
        mixed,
        { call: 'samples.updateMany', with: [{ where: at({ gt: 0 }), set: { int: 1 } }], gives: 2 },
        { call: 'samples.deleteMany', with: [{ where: at({ isNull: true }) }], gives: 5 },
        { call: 'samples.count', gives: 8 },
      ],
    },
  ],
}
