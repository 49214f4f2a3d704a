import type { Behaviour, Step } from '../suite/scenario.ts'

const seats: Step = {
  call: 'seats.insertMany',
  with: [
    [
      { row: 'B', number: 1, guest: 'Bob' },
      { row: 'A', number: 10 },
      { row: 'A', number: 9 },
    ],
  ],
}

/** For each kind that may be a key: two keys in their order, and one of a wrong type. */
const kinds: readonly (readonly [
  collection: string,
  low: unknown,
  high: unknown,
  wrong: unknown,
])[] = [
  ['ints', -1, 2 ** 53 - 1, '1'],
  ['bigints', -(2n ** 63n), 2n ** 63n - 1n, 1],
  ['decimals', '-0.01', '10.00', 1],
  ['dates', '1999-12-31', '2000-01-01', '1999-12-32'],
  ['timestamps', new Date(-1), new Date(0), 0],
  ['enums', 'a', 'b', 'c'],
  ['texts', '', ' ', 1],
]

export const keys: Behaviour = {
  name: 'keys',
  schema: 'keys',
  scenarios: [
    {
      name: 'a key of several fields is an object of their values',
      steps: [
        seats,
        { row: { row: 'B', number: 1 }, of: 'seats', has: { guest: 'Bob' } },
        { call: 'seats.update', with: [{ number: 9, row: 'A' }, { guest: 'Ada' }] },
        { call: 'seats.delete', with: [{ row: 'A', number: 10 }] },
        {
          call: 'seats.find',
          with: [{ select: ['row', 'number', 'guest'] }],
          gives: [
            { row: 'A', number: 9, guest: 'Ada' },
            { row: 'B', number: 1, guest: 'Bob' },
          ],
        },
      ],
    },
    {
      name: 'rows come in the order of the key, field by field',
      steps: [seats, { values: 'number', of: 'seats', are: [9, 10, 1] }],
    },
    {
      name: 'the same values in every field of the key are refused',
      steps: [
        seats,
        {
          call: 'seats.insert',
          with: [{ row: 'A', number: 9 }],
          fails: { code: 'UniqueViolation', collection: 'seats', fields: ['row', 'number'] },
        },
        { call: 'seats.insert', with: [{ row: 'a', number: 9 }] },
      ],
    },
    {
      name: 'fields of a key are required, and never made up',
      steps: [
        {
          call: 'seats.insert',
          with: [{ row: 'A' }],
          fails: { code: 'InvalidValue', fields: ['number'] },
        },
        {
          call: 'seats.insert',
          with: [{ row: null, number: 1 }],
          fails: { code: 'InvalidValue', fields: ['row'] },
        },
        {
          call: 'texts.insert',
          with: [{ note: 'x' }],
          fails: { code: 'InvalidValue', fields: ['key'] },
        },
      ],
    },
    {
      name: 'a key of another form is refused',
      steps: [
        'A',
        ['A', 1],
        { row: 'A' },
        { row: 'A', number: undefined },
        { row: 'A', number: { gt: 0 } },
        { row: 'A', number: '1' },
        { row: 'A', number: null },
        null,
        undefined,
      ].flatMap((key): Step[] => [
        { call: 'seats.get', with: [key], fails: { code: 'InvalidValue' } },
        {
          call: 'seats.update',
          with: [key, { guest: 'x' }],
          fails: { code: 'InvalidValue' },
        },
        { call: 'seats.delete', with: [key], fails: { code: 'InvalidValue' } },
      ]),
    },
    {
      name: 'a key with a field too many is refused',
      steps: [
        seats,
        {
          call: 'seats.delete',
          with: [{ row: 'A', number: 9, guest: null }],
          fails: { code: 'InvalidQuery', names: ['guest'] },
        },
        { call: 'seats.count', gives: 3 },
      ],
    },
    {
      name: 'every kind that has an order in all engines may be a key',
      steps: kinds.flatMap(([collection, low, high]): Step[] => [
        {
          call: `${collection}.insertMany`,
          with: [
            [
              { key: high, note: 'high' },
              { key: low, note: 'low' },
            ],
          ],
        },
        { call: `${collection}.get`, with: [low], gives: { key: low, note: 'low' } },
        {
          call: `${collection}.update`,
          with: [high, { note: 'top' }],
          gives: { key: high, note: 'top' },
        },
        { values: 'key', of: collection, are: [low, high] },
        {
          call: `${collection}.insert`,
          with: [{ key: low, note: 'again' }],
          fails: { code: 'UniqueViolation', collection, fields: ['key'] },
        },
        { call: `${collection}.delete`, with: [low], gives: undefined },
        { call: `${collection}.get`, with: [low], fails: { code: 'NotFound', collection } },
      ]),
    },
    {
      name: 'a key of a wrong type is refused, and finds nothing by coercion',
      steps: kinds.flatMap(([collection, , , wrong]): Step[] =>
        [wrong, null, undefined, {}, { in: [] }].map((key) => ({
          call: `${collection}.get`,
          with: [key],
          fails: { code: 'InvalidValue', names: ['key'] },
        })),
      ),
    },
    {
      name: 'a collection may consist of its key',
      steps: [
        { call: 'pairs.insert', with: [{ day: '2024-02-29', at: new Date(1) }] },
        {
          call: 'pairs.get',
          with: [{ day: '2024-02-29', at: new Date(1) }],
          gives: { day: '2024-02-29', at: new Date(1) },
        },
        { call: 'pairs.delete', with: [{ day: '2024-02-29', at: new Date(1) }] },
        { call: 'pairs.count', gives: 0 },
      ],
    },
  ],
}
