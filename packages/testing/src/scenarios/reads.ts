import { anyKind, the } from '../suite/markers.ts'
import { startTime, type Behaviour, type Step } from '../suite/scenario.ts'

const three: Step = {
  call: 'notes.insertMany',
  with: [
    [
      { id: 'a', title: 'A', rank: 3 },
      { id: 'b', title: 'B', rank: 1 },
      { id: 'c', title: 'C', rank: 2 },
    ],
  ],
}

const meta = {
  source: anyKind('text'),
  asOf: new Date(startTime),
  lagMs: 0,
  stale: false,
  synthetic: false,
}

export const reads: Behaviour = {
  name: 'reads',
  schema: 'notes',
  scenarios: [
    {
      name: 'an empty collection has no rows, no first row and no page',
      steps: [
        { call: 'notes.find', gives: [] },
        { call: 'notes.findOne', gives: null },
        { call: 'notes.page', gives: { rows: [], next: null } },
        { call: 'notes.count', gives: 0 },
        { call: 'notes.stream', gives: [] },
      ],
    },
    {
      name: 'find without a query gives every row whole, in the order of the key',
      steps: [
        three,
        { call: 'notes.find', as: 'rows' },
        { call: 'notes.find', with: [{}], gives: the('rows') },
        { call: 'notes.find', with: [{ where: {} }], gives: the('rows') },
        { call: 'notes.find', with: [{ where: {}, orderBy: [] }], gives: the('rows') },
        { check: [the('rows.0.id'), the('rows.1.id'), the('rows.2.id')], gives: ['a', 'b', 'c'] },
        { call: 'notes.get', with: ['b'], gives: the('rows.1') },
      ],
    },
    {
      name: 'get gives the row with the key, or says NotFound',
      steps: [
        three,
        { call: 'notes.get', with: ['b'], as: 'row' },
        { check: the('row.title'), gives: 'B' },
        {
          call: 'notes.get',
          with: ['B'],
          fails: { code: 'NotFound', collection: 'notes', names: ['notes'] },
        },
        { call: 'notes.get', with: ['b '], fails: { code: 'NotFound' } },
      ],
    },
    {
      name: 'findOne gives the first row of the order, or null',
      steps: [
        three,
        {
          call: 'notes.findOne',
          with: [{ where: { rank: { gt: 1 } }, orderBy: { rank: 'asc' }, select: ['id'] }],
          gives: { id: 'c' },
        },
        { call: 'notes.findOne', with: [{ select: ['id'] }], gives: { id: 'a' } },
        { call: 'notes.findOne', with: [{ where: { rank: 9 } }], gives: null },
      ],
    },
    {
      name: 'a selection has exactly the fields that it names',
      steps: [
        three,
        {
          call: 'notes.find',
          with: [{ where: { id: 'a' }, select: ['title', 'rank'] }],
          gives: [{ title: 'A', rank: 3 }],
        },
        { call: 'notes.findOne', with: [{ select: ['done'] }], gives: { done: false } },
        { call: 'notes.get', with: ['c', { select: ['rank'] }], gives: { rank: 2 } },
        {
          call: 'notes.page',
          with: [{ select: ['title'], orderBy: { rank: 'asc' }, limit: 1 }],
          gives: { rows: [{ title: 'B' }], next: anyKind('text') },
        },
        {
          call: 'notes.stream',
          with: [{ select: ['title'], orderBy: { rank: 'asc' } }, { batchSize: 2 }],
          gives: [{ title: 'B' }, { title: 'C' }, { title: 'A' }],
        },
      ],
    },
    {
      name: 'filters and orders may use fields that are not selected',
      steps: [
        three,
        {
          call: 'notes.find',
          with: [{ where: { title: { ne: 'A' } }, orderBy: { rank: 'desc' }, select: ['id'] }],
          gives: [{ id: 'c' }, { id: 'b' }],
        },
      ],
    },
    {
      name: 'count counts what matches',
      steps: [
        three,
        { call: 'notes.count', gives: 3 },
        { call: 'notes.count', with: [{}], gives: 3 },
        { call: 'notes.count', with: [{ where: { rank: { lte: 2 } } }], gives: 2 },
        { call: 'notes.count', with: [{ where: { rank: { gt: 3 } } }], gives: 0 },
      ],
    },
    {
      name: 'limit and offset cut the order, and limit 0 is no rows',
      steps: [
        three,
        ...[
          [{ limit: 2 }, 'AB'],
          [{ limit: 0 }, ''],
          [{ limit: 3 }, 'ABC'],
          [{ limit: 2 ** 53 - 1 }, 'ABC'],
          [{ offset: 1 }, 'BC'],
          [{ offset: 3 }, ''],
          [{ offset: 2 ** 53 - 1 }, ''],
          [{ limit: 1, offset: 1 }, 'B'],
          [{ limit: 0, offset: 1 }, ''],
          [{ limit: 2, offset: 0, orderBy: { rank: 'desc' } }, 'AC'],
          [{ limit: 2 ** 53 - 1, offset: 2 ** 53 - 1 }, ''],
        ].map(([query, titles]): Step => ({
          call: 'notes.find',
          with: [{ ...(query as object), select: ['title'] }],
          gives: Array.from(titles as string, (title) => ({ title })),
        })),
      ],
    },
    {
      name: 'every read tells who served it and when',
      steps: [
        three,
        { call: 'notes.find', as: 'rows' },
        { metaOf: 'rows', gives: meta },
        { call: 'notes.findOne', as: 'first' },
        { metaOf: 'first', gives: meta },
        { advanceMs: 60_000 },
        { call: 'notes.get', with: ['a'], as: 'row' },
        { metaOf: 'row', gives: { ...meta, asOf: new Date(Date.parse(startTime) + 60_000) } },
        { call: 'notes.page', as: 'page' },
        { metaOf: 'page', gives: { ...meta, asOf: anyKind('time') } },
        { call: 'notes.aggregate', with: [{ measures: { n: 'count' } }], as: 'groups' },
        { metaOf: 'groups', gives: { ...meta, asOf: anyKind('time') } },
        { let: 'copy', be: [] },
        { metaOf: 'copy', gives: undefined },
      ],
    },
    {
      name: 'many reads at the same time each get their own answer',
      steps: [
        three,
        {
          parallel: ['a', 'b', 'c', 'a', 'b', 'c'].flatMap((id): Step[][] => [
            [{ row: id, of: 'notes', has: { title: id.toUpperCase() } }],
            [{ call: 'notes.count', with: [{ where: { id } }], gives: 1 }],
          ]),
        },
      ],
    },
    {
      name: 'more kinds of queries than any cache holds each get their own answer',
      steps: [
        three,
        ...Array.from({ length: 1_100 }, (_, n): Step => {
          const fields = ['id', 'title', 'rank', 'body', 'done', 'tags', 'data', 'version']
          const chosen = fields.filter((_name, bit) => ((n % 255) + 1) & (1 << bit))
          const values = {
            id: 'b',
            title: 'B',
            rank: 1,
            body: null,
            done: false,
            tags: null,
            data: null,
            version: 1,
          }
          const order = fields[n % 5]!
          return {
            call: 'notes.find',
            with: [
              {
                where: { title: 'B' },
                orderBy: { [order]: n % 2 ? 'asc' : 'desc' },
                select: chosen,
              },
            ],
            gives: [
              Object.fromEntries(Object.entries(values).filter(([name]) => chosen.includes(name))),
            ],
          }
        }),
      ],
    },
    {
      name: 'a query for one key still filters, cuts and pages',
      steps: [
        three,
        { call: 'notes.find', with: [{ where: { id: 'a', rank: 1 } }], gives: [] },
        { call: 'notes.find', with: [{ where: { AND: [{ id: 'a' }, { id: 'b' }] } }], gives: [] },
        { call: 'notes.find', with: [{ where: { id: { eq: 'a', ne: 'a' } } }], gives: [] },
        { call: 'notes.find', with: [{ where: { id: 'a' }, offset: 1 }], gives: [] },
        { call: 'notes.find', with: [{ where: { id: 'a' }, limit: 0 }], gives: [] },
        { pages: 'notes', query: { where: { id: 'a' } }, sizes: [1, 2], are: ['a'] },
        {
          pages: 'notes',
          query: { where: { id: 'a' }, orderBy: { rank: 'asc' } },
          sizes: [1],
          are: ['a'],
        },
        {
          pages: 'notes',
          query: { where: { OR: [{ id: 'a' }, { id: 'c' }] } },
          sizes: [1],
          are: ['a', 'c'],
        },
      ],
    },
  ],
}
