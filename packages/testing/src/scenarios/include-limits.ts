import type { Behaviour, Step } from '../suite/scenario.ts'

const invalid = { code: 'InvalidQuery' } as const
const tooComplex = { code: 'QueryTooComplex' } as const

/** `items` of `make(0)`, `make(1)`, …, inserted by the hundred. */
function insertMany(collection: string, count: number, make: (at: number) => unknown): Step[] {
  const rows = Array.from({ length: count }, (_, at) => make(at))
  const steps: Step[] = []
  for (let at = 0; at < count; at += 500) {
    steps.push({ call: `${collection}.insertMany`, with: [rows.slice(at, at + 500)] })
  }
  return steps
}

const number = (at: number) => String(at).padStart(4, '0')

/** Three authors with three, two and no books, whose titles run the other way than their ids. */
const shelved: readonly Step[] = [
  {
    call: 'authors.insertMany',
    with: [
      [
        { id: 'ada', name: 'Ada' },
        { id: 'bob', name: 'Bob' },
        { id: 'cyd', name: 'Cyd' },
      ],
    ],
  },
  {
    call: 'books.insertMany',
    with: [
      [
        { id: 'a', authorId: 'ada', title: 'z', pages: 5 },
        { id: 'b', authorId: 'bob', title: 'y', pages: 1 },
        { id: 'c', authorId: 'ada', title: 'x', pages: null },
        { id: 'd', authorId: 'bob', title: 'w', pages: 3 },
        { id: 'e', authorId: 'ada', title: 'v', pages: 5 },
        { id: 'f', authorId: null, title: 'u', pages: 9 },
      ],
    ],
  },
  {
    call: 'tags.insertMany',
    with: [[1, 2, 3].map((tag) => ({ number: tag, label: `t${4 - tag}` }))],
  },
  {
    call: 'taggings.insertMany',
    with: [
      [
        ['a', 1],
        ['a', 2],
        ['a', 3],
        ['a', 3],
        ['b', 2],
        ['b', 3],
      ].map(([bookId, tag]) => ({ bookId, tag })),
    ],
  },
]

const books = (query: object, ...are: readonly [ada: string, bob: string]): Step => ({
  call: 'authors.find',
  with: [{ select: ['id'], include: { books: { select: ['id'], ...query } } }],
  gives: [...are, ''].map((ids, at) => ({
    id: ['ada', 'bob', 'cyd'][at],
    books: Array.from(ids, (id) => ({ id })),
  })),
})

/** Includes `pupils` so many levels deep. */
function nested(levels: number): object {
  let query: object = { select: ['id'] }
  for (let level = 0; level < levels; level++) query = { include: { pupils: query } }
  return query
}

/** Follows two relations in turn, so many times. */
function chain(first: string, second: string, levels: number): object {
  let query: object = {}
  for (let level = levels; level > 0; level--) {
    query = { include: { [level % 2 === 1 ? first : second]: query } }
  }
  return query
}

const fifteen = {
  homeland: chain('authors', 'homeland', 4),
  pupils: chain('pupils', 'pupils', 4),
  books: chain('author', 'books', 4),
}
const twenty = { ...fifteen, mentor: chain('mentor', 'mentor', 4) }
const twentyOne = {
  ...fifteen,
  mentor: { include: { homeland: true, mentor: chain('mentor', 'mentor', 3) } },
}

export const includeLimits: Behaviour = {
  name: 'include limits',
  schema: 'library',
  scenarios: [
    {
      name: 'an include orders the rows of each row, and its limit is one for each',
      steps: [
        ...shelved,
        books({}, 'ace', 'bd'),
        books({ orderBy: { title: 'asc' } }, 'eca', 'db'),
        books({ limit: 2 }, 'ac', 'bd'),
        books({ limit: 1, orderBy: { title: 'asc' } }, 'e', 'd'),
        books({ limit: 2, orderBy: { pages: 'desc' } }, 'ae', 'db'),
        books({ limit: 1, orderBy: { pages: 'asc' } }, 'c', 'b'),
        books({ limit: 2, orderBy: [{ pages: 'desc' }, { id: 'desc' }] }, 'ea', 'db'),
        books({ limit: 1, where: { pages: { gte: 3 } } }, 'a', 'd'),
        books({ limit: 0 }, '', ''),
        books({ limit: 9 }, 'ace', 'bd'),
      ],
    },
    {
      name: 'a limit within a limit is one for each row of the rows that are left',
      steps: [
        ...shelved,
        {
          call: 'authors.find',
          with: [
            {
              orderBy: { name: 'desc' },
              limit: 2,
              select: ['id'],
              include: {
                books: {
                  select: ['id'],
                  orderBy: { title: 'desc' },
                  limit: 1,
                  include: { tags: { select: ['label'], orderBy: { label: 'asc' }, limit: 1 } },
                },
              },
            },
          ],
          gives: [
            { id: 'cyd', books: [] },
            { id: 'bob', books: [{ id: 'b', tags: [{ label: 't1' }] }] },
          ],
        },
        {
          call: 'authors.get',
          with: ['ada', { select: ['id'], include: { books: { select: ['id'], limit: 2 } } }],
          gives: { id: 'ada', books: [{ id: 'a' }, { id: 'c' }] },
        },
      ],
    },
    {
      name: 'rows reached through others are ordered and limited by themselves, not by what joins them',
      steps: [
        ...shelved,
        {
          call: 'books.find',
          with: [
            {
              where: { id: { in: ['a', 'b', 'c'] } },
              select: ['id'],
              include: { tags: { select: ['number'], orderBy: { label: 'asc' }, limit: 2 } },
            },
          ],
          gives: [
            { id: 'a', tags: [{ number: 3 }, { number: 2 }] },
            { id: 'b', tags: [{ number: 3 }, { number: 2 }] },
            { id: 'c', tags: [] },
          ],
        },
        {
          call: 'books.get',
          with: [
            'a',
            { select: ['id'], include: { tags: { where: { number: { lt: 3 } }, limit: 1 } } },
          ],
          gives: { id: 'a', tags: [{ number: 1, label: 't3' }] },
        },
      ],
    },
    {
      name: 'as many rows as there are hold what belongs to each',
      steps: [
        ...insertMany('authors', 2_001, (at) => ({ id: number(at), name: number(at) })),
        ...insertMany('books', 2_001, (at) => ({
          id: number(at),
          authorId: number(2_000 - at),
          title: number(at % 7),
        })),
        { call: 'tags.insert', with: [{ number: 1, label: 'all' }] },
        ...insertMany('taggings', 2_001, (at) => ({ id: number(at), bookId: number(at), tag: 1 })),
        {
          call: 'authors.find',
          with: [
            {
              select: ['id'],
              include: {
                books: { select: ['id'], limit: 1, include: { tags: { select: ['label'] } } },
              },
            },
          ],
          gives: Array.from({ length: 2_001 }, (_, at) => ({
            id: number(at),
            books: [{ id: number(2_000 - at), tags: [{ label: 'all' }] }],
          })),
        },
        {
          call: 'tags.get',
          with: [
            1,
            {
              include: {
                books: { select: ['id'], orderBy: [{ title: 'desc' }, { id: 'desc' }], limit: 3 },
              },
            },
          ],
          gives: {
            number: 1,
            label: 'all',
            books: [{ id: '1994' }, { id: '1987' }, { id: '1980' }],
          },
        },
      ],
    },
    {
      name: 'what does not exist, or does not fit a relation, is refused by name',
      steps: [
        ...(
          [
            ['authors.find', [{ include: { usr: true } }]],
            ['authors.findOne', [{ include: { books: { include: { usr: true } } } }]],
            ['authors.page', [{ include: { __proto__: null, usr: { where: { id: 1 } } } }]],
            ['authors.get', ['ada', { include: { usr: true } }]],
            ['authors.stream', [{ include: { usr: true } }]],
            ['taggings.find', [{ include: { usr: true } }]],
          ] as const
        ).map(([call, args]): Step => ({
          call,
          with: args,
          fails: { code: 'UnknownRelation', fields: ['usr'] },
        })),
        {
          call: 'authors.find',
          with: [{ include: { books: { where: { nope: 1 } } } }],
          fails: { code: 'UnknownField', fields: ['nope'], collection: 'books' },
        },
        {
          call: 'authors.find',
          with: [{ include: { books: { select: ['nope'] } } }],
          fails: { code: 'UnknownField', fields: ['nope'] },
        },
        {
          call: 'authors.find',
          with: [{ include: { books: { where: { pages: { startsWith: '1' } } } } }],
          fails: { code: 'UnknownOperator' },
        },
        ...[
          true,
          'books',
          ['books'],
          null,
          { books: false },
          { books: null },
          { books: 1 },
          { books: ['id'] },
          { books: { offset: 1 } },
          { books: { after: 'x' } },
          { books: { limit: -1 } },
          { books: { orderBy: 'title' } },
          { mentor: { limit: 1 } },
          { mentor: { orderBy: { name: 'asc' } } },
          { books: undefined },
          { books: { where: undefined } },
        ].map((query): Step => ({
          call: 'authors.find',
          with: [{ include: query }],
          fails: invalid,
        })),
        { call: 'authors.find', with: [{ include: undefined }], fails: invalid },
        { call: 'authors.count', with: [{ include: { books: true } }], fails: invalid },
        { call: 'authors.deleteMany', with: [{ where: {}, include: {} }], fails: invalid },
      ],
    },
    {
      name: 'a query includes only so many relations, and only so deep',
      steps: [
        { call: 'authors.find', with: [nested(5)], gives: [] },
        { call: 'authors.find', with: [nested(6)], fails: tooComplex },
        { call: 'authors.find', with: [nested(100)], fails: tooComplex },
        { call: 'authors.find', with: [{ include: twenty }], gives: [] },
        { call: 'authors.find', with: [{ include: twentyOne }], fails: tooComplex },
        { call: 'authors.find', with: [{ include: {} }], gives: [] },
      ],
    },
  ],
}
