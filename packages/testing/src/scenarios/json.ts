import { the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'
import { doubled } from './fixtures.ts'

const values: readonly unknown[] = [
  0,
  -1.5,
  1e21,
  2 ** 60,
  2 ** 53 + 2,
  5e-324,
  1.7976931348623157e308,
  0.1 + 0.2,
  true,
  false,
  '',
  'text',
  '1',
  'null',
  'it\'s "quoted" \\ \u2028 \u0001 😀',
  [],
  {},
  [null, 1, 'a', true, { a: [null] }],
  { a: null, b: { c: [1, { d: 'deep' }] } },
  { '': 1, 'a b': 3, "it's": 4, '"': 5, '\\': 6, ä: 7, '😀': 8, '\n': 9, '[0]': 10 },
  { constructor: 1, toString: 'x', hasOwnProperty: null, length: 0, toJSON: 1 },
  parsed('{"then":true,"valueOf":{"then":[]}}'),
  { constructor: [{ toString: [{ x: [1] }] }], valueOf: [{}] },
]

/** What not every server can hold. */
const nestedLists: readonly unknown[] = [[[], [[]], {}], { list: [1, [2, ['x', { a: [[]] }]]] }]
const dottedKeys: readonly unknown[] = [{ 'a.b': 2, a: { b: 3 } }, [{ '.': { '..': null } }]]

const nested = (levels: number): unknown => {
  if (levels === 0) return 1
  return levels % 2 === 0 ? { list: nested(levels - 1) } : [nested(levels - 1)]
}

const cycle: { self?: unknown } = {}
cycle.self = cycle

const sparse: unknown[] = [1]
sparse[2] = 3

/** Values that are inserted, and put in the place of each other. */
function kept(all: readonly unknown[]): readonly Step[] {
  const ids = all.map((_, index) => String.fromCharCode(0x61 + index))
  const turned = all.toReversed()
  return [
    { call: 'samples.insertMany', with: [ids.map((id, index) => ({ id, json: all[index] }))] },
    { values: 'json', of: 'samples', are: all },
    ...ids.map((id, index): Step => ({
      call: 'samples.update',
      with: [id, { json: turned[index] }],
    })),
    { values: 'json', of: 'samples', are: turned },
  ]
}

function parsed(text: string): unknown {
  return JSON.parse(text)
}

export const json: Behaviour = {
  name: 'json',
  schema: 'samples',
  scenarios: [
    {
      name: 'every JSON value comes back as it was',
      steps: kept(values),
    },
    {
      name: 'lists in lists come back as they were',
      steps: kept(nestedLists),
    },
    {
      name: 'keys with dots come back as they were',
      steps: kept(dottedKeys),
    },
    {
      name: 'null as a whole is null, and null inside is kept apart from a missing key',
      steps: [
        {
          call: 'samples.insertMany',
          with: [
            [
              { id: 'a', json: null },
              { id: 'b', json: { x: null } },
              { id: 'c', json: {} },
              { id: 'd', json: [null] },
            ],
          ],
        },
        { values: 'json', of: 'samples', are: [null, { x: null }, {}, [null]] },
        { matching: { json: null }, of: 'samples', are: ['a'] },
        { matching: { json: { isNull: false } }, of: 'samples', are: ['b', 'c', 'd'] },
      ],
    },
    {
      name: 'undefined keys are absent, and minus zero is zero',
      steps: [
        {
          call: 'samples.insert',
          with: [{ id: 'a', json: { gone: undefined, list: [-0], n: -0 } }],
        },
        { row: 'a', of: 'samples', has: { json: { list: [0], n: 0 } } },
      ],
    },
    {
      name: 'numbers are values: 1, 1.0 and 1e0 are one',
      steps: [
        {
          call: 'samples.insertMany',
          with: [
            [
              { id: 'a', json: parsed('{"n":1.0}') },
              { id: 'b', json: parsed('{"n":1e0}') },
            ],
          ],
        },
        { matching: { json: { path: ['n'], eq: 1 } }, of: 'samples', are: ['a', 'b'] },
        { matching: { json: { path: ['n'], in: [1.0, 2] } }, of: 'samples', are: ['a', 'b'] },
      ],
    },
    {
      name: 'values nested 64 levels deep are kept, deeper ones refused, endless ones too',
      steps: [
        { call: 'samples.insert', with: [{ id: 'a', json: nested(64) }] },
        { row: 'a', of: 'samples', has: { json: nested(64) } },
        ...[nested(65), nested(5_000), cycle].map((value): Step => ({
          call: 'samples.insert',
          with: [{ json: value }],
          fails: { code: 'InvalidValue', fields: ['json'] },
        })),
      ],
    },
    {
      name: 'a value that has itself in many places is refused, however few objects it is',
      steps: [
        { let: 'lists', be: doubled((inner) => [inner, inner]) },
        {
          call: 'samples.insert',
          with: [{ json: the('lists') }],
          fails: { code: 'InvalidValue', fields: ['json'] },
        },
        { let: 'objects', be: doubled((inner) => ({ a: inner, b: inner })) },
        {
          call: 'samples.insert',
          with: [{ json: the('objects') }],
          fails: { code: 'InvalidValue', fields: ['json'] },
        },
      ],
    },
    {
      name: 'what JSON cannot hold is refused, however deep it stands',
      steps: [
        Number.NaN,
        Number.POSITIVE_INFINITY,
        1n,
        new Date(0),
        new Uint8Array(1),
        new Map([['a', 1]]),
        new Set([1]),
        /x/,
        Symbol('x'),
        () => 1,
        { toJSON: () => 'sly' },
        [undefined],
        sparse,
      ].flatMap((value): Step[] =>
        [value, [value], { a: { b: value } }].map((holder) => ({
          call: 'samples.insert',
          with: [{ json: holder }],
          fails: { code: 'InvalidValue', fields: ['json'] },
        })),
      ),
    },
    {
      name: "keys that begin with '$', and __proto__, are refused",
      steps: [
        '{"$where":1}',
        '{"a":{"$gt":1}}',
        '[{"$a":1}]',
        '{"__proto__":{"x":1}}',
        '{"a":{"__proto__":null}}',
      ].map((text) => ({
        call: 'samples.insert' as const,
        with: [{ json: parsed(text) }],
        fails: { code: 'InvalidValue' as const, fields: ['json'] },
      })),
    },
    {
      name: "a field with the host's schema takes what it accepts",
      schema: 'defaults',
      steps: [
        { call: 'settings.insert', with: [{ id: 'a', config: ['anything', 1] }] },
        { row: 'a', of: 'settings', has: { config: ['anything', 1] } },
      ],
    },
    {
      name: 'a patch replaces the whole value, to another type too',
      steps: [
        { call: 'samples.insert', with: [{ id: 'a', json: { a: { b: 1 }, c: 2 } }] },
        ...[{ a: {} }, [1], 'text', 0, false, null, { back: true }].flatMap((value): Step[] => [
          { call: 'samples.update', with: ['a', { json: value }] },
          { row: 'a', of: 'samples', has: { json: value } },
        ]),
      ],
    },
  ],
}
