import type { Behaviour, Step } from '../suite/scenario.ts'
import { matcher } from '../suite/step-makers.ts'

const matching = matcher('lists')

const rows: Step = {
  call: 'lists.insertMany',
  with: [
    [
      { id: 'a', texts: ['x', 'y'] },
      { id: 'b', texts: ['x', 'x', 'X'] },
      { id: 'c', texts: ['y '] },
      { id: 'e', texts: [] },
      { id: 'n' },
    ],
  ],
}

/** For each kind of element: a value, another one, and one of a wrong type. */
const kinds: readonly (readonly [field: string, one: unknown, other: unknown, wrong: unknown])[] = [
  ['texts', "it's 😀", '', 1],
  ['ints', 2 ** 53 - 1, -1, '1'],
  ['bigints', 2n ** 63n - 1n, -1n, 1],
  ['floats', 0.1 + 0.2, 1e308, '1'],
  ['decimals', '-0.01', '9999999.99', 1],
  ['booleans', true, false, 1],
  ['timestamps', new Date(-1), new Date('9999-12-31T23:59:59.999Z'), 0],
  ['dates', '0001-01-01', '2024-02-29', '2024-02-30'],
  ['blobs', Uint8Array.of(0, 255), new Uint8Array(0), '00ff'],
  ['colors', 'red', 'blue', 'yellow'],
]

export const arrays: Behaviour = {
  name: 'arrays',
  schema: 'lists',
  scenarios: [
    {
      name: 'every kind of element comes back as it was, in its order, repeated or not',
      steps: kinds.flatMap(([field, one, other], index): Step[] => [
        {
          call: 'lists.insert',
          with: [{ id: `${index}`, [field]: [other, one, one] }],
        },
        { row: `${index}`, of: 'lists', has: { [field]: [other, one, one] } },
        { call: 'lists.update', with: [`${index}`, { [field]: [] }] },
        { row: `${index}`, of: 'lists', has: { [field]: [] } },
      ]),
    },
    {
      name: 'has finds an element, whole and of its case',
      steps: [
        rows,
        matching({ texts: { has: 'x' } }, 'ab'),
        matching({ texts: { has: 'X' } }, 'b'),
        matching({ texts: { has: 'y' } }, 'a'),
        matching({ texts: { has: '' } }, ''),
        matching({ texts: { has: '["x","y"]' } }, ''),
      ],
    },
    {
      name: 'has finds elements of every kind by their value',
      steps: [
        ...kinds.flatMap(([field, one, other], index): Step[] => [
          { call: 'lists.insert', with: [{ id: `${index}`, [field]: [one] }] },
          { call: 'lists.insert', with: [{ id: `${index}x`, [field]: [other] }] },
        ]),
        ...kinds.flatMap(([field, one, other], index): Step[] => [
          { matching: { [field]: { has: one } }, of: 'lists', are: [`${index}`] },
          { matching: { [field]: { has: other } }, of: 'lists', are: [`${index}x`] },
          {
            matching: { [field]: { hasAny: [one, other] } },
            of: 'lists',
            are: [`${index}`, `${index}x`],
          },
          { matching: { [field]: { hasAll: [one, other] } }, of: 'lists', are: [] },
        ]),
      ],
    },
    {
      name: 'hasAny wants one of them, hasAll all of them',
      steps: [
        rows,
        matching({ texts: { hasAny: ['y', 'X'] } }, 'ab'),
        matching({ texts: { hasAny: ['y '] } }, 'c'),
        matching({ texts: { hasAny: ['q', 'r'] } }, ''),
        matching({ texts: { hasAll: ['x', 'y'] } }, 'a'),
        matching({ texts: { hasAll: ['x', 'x'] } }, 'ab'),
        matching({ texts: { hasAll: ['x', 'q'] } }, ''),
        matching({ texts: { has: 'x', hasAny: ['X', 'y'], hasAll: ['x'] } }, 'ab'),
      ],
    },
    {
      name: 'hasAny of nothing matches nothing, hasAll of nothing every array that is there',
      steps: [
        rows,
        matching({ texts: { hasAny: [] } }, ''),
        matching({ texts: { hasAll: [] } }, 'abce'),
      ],
    },
    {
      name: 'an empty array is not null, and null has no elements',
      steps: [
        rows,
        matching({ texts: null }, 'n'),
        matching({ texts: { isNull: false } }, 'abce'),
        matching({ NOT: { texts: { has: 'x' } } }, 'cen'),
        matching({ NOT: { texts: { hasAny: ['x', 'y '] } } }, 'en'),
        matching({ NOT: { texts: { hasAll: ['x', 'y'] } } }, 'bcen'),
      ],
    },
    {
      name: 'equal decimals and zeros are equal elements, however they are written',
      steps: [
        {
          call: 'lists.insert',
          with: [{ id: 'a', decimals: ['007.5', '-0'], floats: [-0], ints: [-0] }],
        },
        { row: 'a', of: 'lists', has: { decimals: ['7.50', '0.00'], floats: [0], ints: [0] } },
        matching({ decimals: { has: '7.5' } }, 'a'),
        matching({ decimals: { hasAll: ['0', '7.500'] } }, 'a'),
        matching({ floats: { has: -0 } }, 'a'),
        matching({ ints: { hasAny: [-0] } }, 'a'),
      ],
    },
    {
      name: 'whole floats of any size are found',
      steps: [
        {
          call: 'lists.insertMany',
          with: [
            [
              { id: 'a', floats: [1] },
              { id: 'b', floats: [2 ** 60] },
              { id: 'c', floats: [1e21] },
            ],
          ],
        },
        matching({ floats: { has: 1 } }, 'a'),
        matching({ floats: { has: 2 ** 60 } }, 'b'),
        matching({ floats: { has: 1e21 } }, 'c'),
      ],
    },
    {
      name: 'an element of a wrong type, null or undefined is refused',
      steps: kinds.flatMap(([field, one, , wrong]) =>
        [wrong, null, undefined, [one]].map((item): Step => ({
          call: 'lists.insert',
          with: [{ [field]: [one, item] }],
          fails: { code: 'InvalidValue', fields: [field] },
        })),
      ),
    },
    {
      name: 'only an array is an array',
      steps: ['x', { 0: 'x', length: 1 }, new Set(['x']), 'x,y', 1].map((value) => ({
        call: 'lists.insert' as const,
        with: [{ texts: value }],
        fails: { code: 'InvalidValue' as const, fields: ['texts'] },
      })),
    },
    {
      name: 'elements that a filter asks for are of the element’s kind',
      steps: [
        ...kinds.map(([field, , , wrong]): Step => ({
          call: 'lists.find',
          with: [{ where: { [field]: { has: wrong } } }],
          fails: { code: 'InvalidValue', fields: [field] },
        })),
        {
          call: 'lists.find',
          with: [{ where: { texts: { hasAny: ['x', 1] } } }],
          fails: { code: 'InvalidValue', fields: ['texts'] },
        },
        {
          call: 'lists.find',
          with: [{ where: { texts: { hasAll: 'x' } } }],
          fails: { code: 'InvalidQuery', names: ['texts'] },
        },
      ],
    },
    {
      name: 'arrays are compared by their elements only, and have no order',
      steps: [
        ...[{ eq: ['x'] }, { ne: ['x'] }, { in: [['x']] }, { contains: 'x' }, { gt: 'x' }].map(
          (test): Step => ({
            call: 'lists.find',
            with: [{ where: { texts: test } }],
            fails: { code: 'UnknownOperator', names: ['texts'] },
          }),
        ),
        {
          call: 'lists.find',
          with: [{ where: { texts: ['x'] } }],
          fails: { code: 'UnknownOperator', names: ['texts'] },
        },
        {
          call: 'lists.find',
          with: [{ orderBy: { texts: 'asc' } }],
          fails: { code: 'InvalidQuery', names: ['texts'] },
        },
        {
          call: 'lists.aggregate',
          with: [{ groupBy: ['texts'], measures: { n: 'count' } }],
          fails: { code: 'InvalidQuery', names: ['texts'] },
        },
      ],
    },
    {
      name: 'arrays may be long',
      steps: [
        {
          call: 'lists.insert',
          with: [{ id: 'a', ints: Array.from({ length: 2_000 }, (_, n) => n) }],
        },
        matching({ ints: { has: 1_999 } }, 'a'),
        matching({ ints: { hasAll: Array.from({ length: 200 }, (_, n) => n * 10) } }, 'a'),
        matching({ ints: { hasAny: Array.from({ length: 200 }, (_, n) => n - 300) } }, ''),
      ],
    },
    {
      name: 'more elements in a filter than conditions are allowed are too complex',
      steps: [
        rows,
        ...['hasAny', 'hasAll'].map((operator): Step => ({
          call: 'lists.find',
          with: [
            { where: { texts: { [operator]: Array.from({ length: 40_000 }, (_, n) => `${n}`) } } },
          ],
          fails: { code: 'QueryTooComplex' },
        })),
      ],
    },
  ],
}
