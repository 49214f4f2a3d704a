import { anyKind, the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'

const letters = Array.from('abcdefgh')

const rows: Step = {
  call: 'notes.insertMany',
  with: [
    letters.map((id, index) => ({ id, title: 'x', rank: index % 3 === 0 ? null : index % 2 })),
  ],
}

/** A cursor's text as somebody might make it up. */
const forged = (value: unknown) => btoa(JSON.stringify(value)).replaceAll('=', '')

export const pagination: Behaviour = {
  name: 'pagination',
  schema: 'notes',
  scenarios: [
    {
      name: 'a page says where the next one begins, and the last one null',
      steps: [
        rows,
        {
          call: 'notes.page',
          with: [{ limit: 5, select: ['id'] }],
          as: 'first',
          gives: { rows: letters.slice(0, 5).map((id) => ({ id })), next: anyKind('text') },
        },
        {
          call: 'notes.page',
          with: [{ limit: 5, select: ['id'], after: the('first.next') }],
          gives: { rows: letters.slice(5).map((id) => ({ id })), next: null },
        },
      ],
    },
    {
      name: 'a page that is exactly full and the last has no next',
      steps: [
        rows,
        { call: 'notes.page', with: [{ limit: 8, select: ['id'] }], as: 'page' },
        { check: the('page.next'), gives: null },
        { call: 'notes.page', as: 'all' },
        { check: the('all.next'), gives: null },
      ],
    },
    {
      name: 'pages of limit 0 hold nothing and lead nowhere',
      steps: [rows, { call: 'notes.page', with: [{ limit: 0 }], gives: { rows: [], next: null } }],
    },
    {
      name: 'pages of every size cover every row once, over ties, nulls and directions',
      steps: [
        rows,
        ...(
          [
            [{ rank: 'asc' }, 'adgcebfh'],
            [{ rank: 'desc' }, 'bfhceadg'],
            [[{ rank: 'asc' }, { id: 'desc' }], 'gdaechfb'],
            [[{ rank: 'desc' }, { id: 'desc' }], 'hfbecgda'],
            [[{ title: 'desc' }, { rank: 'asc' }], 'adgcebfh'],
            [[{ title: 'asc' }, { rank: 'desc' }, { id: 'asc' }], 'bfhceadg'],
          ] as const
        ).map(([orderBy, are]): Step => ({
          pages: 'notes',
          query: { orderBy },
          sizes: [1, 2, 3, 4, 5, 7, 8, 9],
          are: Array.from(are),
        })),
      ],
    },
    {
      name: 'pages follow the filter',
      steps: [
        rows,
        {
          pages: 'notes',
          query: { where: { OR: [{ rank: 1 }, { rank: null }] }, orderBy: { rank: 'desc' } },
          sizes: [1, 2, 3],
          are: Array.from('bfhadg'),
        },
      ],
    },
    {
      name: 'pages go over keys of several fields',
      schema: 'keys',
      steps: [
        {
          call: 'seats.insertMany',
          with: [[1, 2, 3].flatMap((number) => ['A', 'B'].map((row) => ({ row, number })))],
        },
        {
          call: 'seats.page',
          with: [{ orderBy: { number: 'desc' }, limit: 3, select: ['guest'] }],
          as: 'first',
        },
        { check: the('first.rows'), gives: [{ guest: null }, { guest: null }, { guest: null }] },
        {
          call: 'seats.page',
          with: [
            {
              orderBy: { number: 'desc' },
              limit: 3,
              after: the('first.next'),
              select: ['row', 'number'],
            },
          ],
          gives: {
            rows: [
              { row: 'B', number: 2 },
              { row: 'A', number: 1 },
              { row: 'B', number: 1 },
            ],
            next: null,
          },
        },
      ],
    },
    {
      name: 'pages go over values of every kind, hostile texts too',
      schema: 'samples',
      steps: [
        {
          call: 'samples.insertMany',
          with: [
            [
              { id: '\'"\\%😀', text: '\'"\\%😀', bigint: 2n ** 63n - 1n, float: 5e-324 },
              { id: 'b', text: '', bigint: -(2n ** 63n), float: -1e308, decimal: '-9999999.99' },
              {
                id: 'c',
                text: '\u{10FFFF}',
                float: 1e308,
                timestamp: new Date(-62_135_596_800_000),
              },
              { id: 'd', text: '\uFFFD', enum: 'red', date: '9999-12-31', boolean: true },
            ],
          ],
        },
        ...(
          [
            ['text', ['b', '\'"\\%😀', 'd', 'c']],
            ['bigint', ['c', 'd', 'b', '\'"\\%😀']],
            ['float', ['d', 'b', '\'"\\%😀', 'c']],
            ['decimal', ['\'"\\%😀', 'c', 'd', 'b']],
            ['timestamp', ['\'"\\%😀', 'b', 'd', 'c']],
            ['enum', ['\'"\\%😀', 'b', 'c', 'd']],
            ['date', ['\'"\\%😀', 'b', 'c', 'd']],
            ['boolean', ['\'"\\%😀', 'b', 'c', 'd']],
          ] as const
        ).map(([field, are]): Step => ({
          pages: 'samples',
          query: { orderBy: { [field]: 'asc' } },
          sizes: [1, 2, 3],
          are,
        })),
      ],
    },
    {
      name: 'reading on neither repeats nor skips rows when others come and go',
      steps: [
        rows,
        { call: 'notes.page', with: [{ limit: 3, select: ['id'] }], as: 'first' },
        { call: 'notes.insert', with: [{ id: 'aa', title: 'before' }] },
        { call: 'notes.insert', with: [{ id: 'dd', title: 'behind' }] },
        { call: 'notes.delete', with: ['c'] },
        {
          call: 'notes.page',
          with: [{ limit: 3, select: ['id'], after: the('first.next') }],
          gives: { rows: [{ id: 'd' }, { id: 'dd' }, { id: 'e' }], next: anyKind('text') },
        },
      ],
    },
    {
      name: 'after works in find and in stream as in page',
      steps: [
        rows,
        { call: 'notes.page', with: [{ limit: 6, select: ['id'] }], as: 'first' },
        {
          call: 'notes.find',
          with: [{ after: the('first.next'), select: ['id'] }],
          gives: [{ id: 'g' }, { id: 'h' }],
        },
        {
          call: 'notes.stream',
          with: [{ after: the('first.next'), select: ['id'] }, { batchSize: 1 }],
          gives: [{ id: 'g' }, { id: 'h' }],
        },
      ],
    },
    {
      name: 'a cursor belongs to its collection and its order',
      schema: 'samples',
      steps: [
        {
          call: 'samples.insertMany',
          with: [
            [
              { id: 'a', int: 1, text: 'x' },
              { id: 'b', int: 2, text: 'y' },
            ],
          ],
        },
        { call: 'samples.page', with: [{ limit: 1, orderBy: { int: 'asc' } }], as: 'page' },
        ...[
          undefined,
          { int: 'desc' },
          { text: 'asc' },
          { id: 'asc' },
          [{ int: 'asc' }, { id: 'desc' }],
        ].map((orderBy): Step => ({
          call: 'samples.page',
          with: [{ limit: 1, after: the('page.next'), ...(orderBy && { orderBy }) }],
          fails: { code: 'InvalidCursor', names: ['after'] },
        })),
      ],
    },
    {
      name: 'after and offset exclude each other',
      steps: [
        rows,
        { call: 'notes.page', with: [{ limit: 1 }], as: 'page' },
        {
          call: 'notes.find',
          with: [{ after: the('page.next'), offset: 1 }],
          fails: { code: 'InvalidQuery', names: ['after', 'offset'] },
        },
        {
          call: 'notes.find',
          with: [{ after: the('page.next'), offset: 0 }],
          fails: { code: 'InvalidQuery', names: ['after', 'offset'] },
        },
      ],
    },
    {
      name: 'what is no cursor is refused',
      steps: [
        rows,
        ...[
          '',
          'x',
          '%',
          'null',
          'AAAA',
          null,
          0,
          {},
          [],
          forged(null),
          forged([]),
          forged({}),
          forged('notes:id+'),
          forged(['notes:id+']),
        ].map((after): Step => ({
          call: 'notes.find',
          with: [{ after }],
          fails: { code: 'InvalidCursor', names: ['after'] },
        })),
      ],
    },
    {
      name: 'a cursor with values that its order cannot have is refused',
      steps: [
        rows,
        ...[
          forged(['notes:id+', 1]),
          forged(['notes:id+', null]),
          forged(['notes:id+', '']),
          forged(['notes:id+', '\0']),
          forged(['notes:id+', { gt: 'a' }]),
          forged(['notes:id+', ['a']]),
          forged(['notes:id+', 'a', 'b']),
          forged(['notes:id+', 'a'.repeat(192)]),
          forged(['accounts:id+', 'a']),
        ].map((after): Step => ({
          call: 'notes.find',
          with: [{ after }],
          fails: { code: 'InvalidCursor', names: ['after'] },
        })),
        ...[
          forged(['notes:rank+id+', '1', 'a']),
          forged(['notes:rank+id+', 1.5, 'a']),
          forged(['notes:rank+id+', 2 ** 53, 'a']),
          forged(['notes:rank+id+', 1, null]),
          forged(['notes:rank+id+', null, null]),
        ].map((after): Step => ({
          call: 'notes.find',
          with: [{ after, orderBy: { rank: 'asc' } }],
          fails: { code: 'InvalidCursor', names: ['after'] },
        })),
      ],
    },
    {
      name: 'an order is the same order, written as an object or as an array, with its key or without',
      steps: [
        rows,
        { call: 'notes.page', with: [{ orderBy: { rank: 'desc' }, limit: 6 }], as: 'page' },
        ...[[{ rank: 'desc' }], [{ rank: 'desc' }, { id: 'asc' }]].map((orderBy): Step => ({
          call: 'notes.find',
          with: [{ orderBy, after: the('page.next'), select: ['id'] }],
          gives: [{ id: 'd' }, { id: 'g' }],
        })),
      ],
    },
    {
      name: 'a cursor is good for another service, and another filter',
      needs: ['sharedBetweenProcesses'],
      steps: [
        rows,
        { call: 'notes.page', with: [{ limit: 5 }], as: 'page' },
        { open: 'other' },
        {
          on: 'other',
          call: 'notes.find',
          with: [{ after: the('page.next'), where: { id: { ne: 'g' } }, select: ['id'] }],
          gives: [{ id: 'f' }, { id: 'h' }],
        },
      ],
    },
  ],
}
