import type { Behaviour, Step } from '../suite/scenario.ts'

/** Ties in `rank`, ties in `title`, and nulls in both directions of every pair. */
const rows: Step = {
  call: 'notes.insertMany',
  with: [
    [
      { id: 'a', title: 'x', rank: 2, body: null },
      { id: 'b', title: 'y', rank: null, body: 'q' },
      { id: 'c', title: 'x', rank: 1, body: 'p' },
      { id: 'd', title: 'y', rank: 2, body: 'p' },
      { id: 'e', title: 'x', rank: null, body: null },
      { id: 'f', title: 'x', rank: 2, body: 'p' },
    ],
  ],
}

const ordered = (orderBy: unknown, are: string): Step => ({
  pages: 'notes',
  query: { orderBy },
  sizes: [1, 2, 4],
  are: Array.from(are),
})

export const ordering: Behaviour = {
  name: 'ordering',
  schema: 'notes',
  scenarios: [
    {
      name: 'without an order rows stand in the order of their keys',
      steps: [rows, ordered([], 'abcdef')],
    },
    {
      name: 'ties are broken by the key, which always ascends unless it is named',
      steps: [
        rows,
        ordered({ rank: 'asc' }, 'becadf'),
        ordered({ rank: 'desc' }, 'adfcbe'),
        ordered({ title: 'asc' }, 'acefbd'),
        ordered({ id: 'desc' }, 'fedcba'),
        ordered([{ rank: 'desc' }, { id: 'desc' }], 'fdaceb'),
        ordered([{ id: 'asc' }, { rank: 'desc' }], 'abcdef'),
      ],
    },
    {
      name: 'several terms order one within the other, in mixed directions',
      steps: [
        rows,
        ordered([{ title: 'asc' }, { rank: 'desc' }], 'afcedb'),
        ordered([{ title: 'desc' }, { rank: 'asc' }], 'bdecaf'),
        ordered([{ rank: 'asc' }, { title: 'desc' }], 'becdaf'),
        ordered([{ rank: 'desc' }, { body: 'asc' }], 'adfceb'),
        ordered([{ rank: 'desc' }, { body: 'desc' }, { title: 'desc' }, { id: 'desc' }], 'dfacbe'),
      ],
    },
    {
      name: 'a boolean, a time, an enum and a decimal have an order',
      schema: 'samples',
      steps: [
        {
          call: 'samples.insertMany',
          with: [
            [
              { id: 'a', boolean: true, timestamp: new Date(9), enum: 'blue', decimal: '9.5' },
              { id: 'b', boolean: false, timestamp: new Date(10), enum: 'red', decimal: '-9.5' },
              { id: 'c', boolean: null, timestamp: new Date(-10), enum: 'green', decimal: '10' },
            ],
          ],
        },
        ...(
          [
            ['boolean', 'cba'],
            ['timestamp', 'cab'],
            ['enum', 'acb'],
            ['decimal', 'bac'],
          ] as const
        ).map(([field, are]): Step => ({
          pages: 'samples',
          query: { orderBy: { [field]: 'asc' } },
          sizes: [1, 2],
          are: Array.from(are),
        })),
      ],
    },
    {
      name: 'an order is an object with one key, or an array of such',
      steps: [
        { rank: 'asc', title: 'asc' },
        [{ rank: 'asc', title: 'asc' }],
        {},
        [{}],
        'rank',
        ['rank'],
        null,
        [null],
        undefined,
        [undefined],
        [['rank', 'asc']],
        1,
        true,
      ].map((orderBy): Step => ({
        call: 'notes.find',
        with: [{ orderBy }],
        fails: { code: 'InvalidQuery' },
      })),
    },
    {
      name: "a direction is 'asc' or 'desc'",
      steps: ['ASC', 'up', '', 1, -1, true, null, undefined, { asc: true }].map((direction) => ({
        call: 'notes.find' as const,
        with: [{ orderBy: { rank: direction } }],
        fails: { code: 'InvalidQuery' as const, names: ['rank'] },
      })),
    },
    {
      name: 'a field twice in an order is refused',
      steps: [
        {
          call: 'notes.find',
          with: [{ orderBy: [{ rank: 'asc' }, { title: 'asc' }, { rank: 'desc' }] }],
          fails: { code: 'InvalidQuery', names: ['rank'] },
        },
      ],
    },
    {
      name: 'keys stand in the order of their bytes',
      steps: [
        {
          call: 'notes.insertMany',
          with: [
            ['á', 'a', 'Z', '😀', '\uFFFD', '10', '9', 'a ', 'aa'].map((id) => ({
              id,
              title: 'x',
            })),
          ],
        },
        {
          pages: 'notes',
          query: {},
          sizes: [1, 4],
          are: ['10', '9', 'Z', 'a', 'a ', 'aa', 'á', '\uFFFD', '😀'],
        },
        {
          pages: 'notes',
          query: { orderBy: { id: 'desc' } },
          sizes: [1, 4],
          are: ['😀', '\uFFFD', 'á', 'aa', 'a ', 'a', 'Z', '9', '10'],
        },
      ],
    },
  ],
}
