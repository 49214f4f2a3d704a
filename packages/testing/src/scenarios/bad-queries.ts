import { the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'
import { doubled } from './fixtures.ts'

const invalid = { code: 'InvalidQuery' } as const

const finds = (queries: readonly unknown[], fails: CallFailure = invalid): readonly Step[] =>
  queries.map((query) => ({ call: 'notes.find', with: [query], fails }))

type CallFailure = { readonly code: 'InvalidQuery' | 'InvalidValue' | 'QueryTooComplex' }

/** `{ rank: 1 }` wrapped so many times. */
function nested(levels: number, wrap: (inner: object) => object): object {
  let filter: object = { rank: 1 }
  for (let level = 0; level < levels; level++) filter = wrap(filter)
  return filter
}

const withHole: unknown[] = [{ title: 'x' }]
withHole[2] = { title: 'y' }

const cycle: { AND: object[] } = { AND: [] }
cycle.AND.push(cycle)

export const badQueries: Behaviour = {
  name: 'bad queries',
  schema: 'notes',
  scenarios: [
    {
      name: 'a query is an object',
      steps: [
        ...finds([null, 'id', 5, true, [], [{}], () => ({})]),
        { call: 'notes.count', with: ['x'], fails: invalid },
        { call: 'notes.page', with: [null], fails: invalid },
        { call: 'notes.findOne', with: ['a'], fails: invalid },
        { call: 'notes.updateMany', with: [null], fails: invalid },
        { call: 'notes.deleteMany', with: ['x'], fails: invalid },
        { call: 'notes.upsert', with: [null], fails: invalid },
        { call: 'notes.aggregate', with: [null], fails: invalid },
      ],
    },
    {
      name: 'undefined anywhere in a query is refused: a lost condition is not everything',
      steps: [
        ...finds([
          { where: undefined },
          { select: undefined },
          { orderBy: undefined },
          { limit: undefined },
          { offset: undefined },
          { after: undefined },
          { where: { rank: undefined } },
          { where: { rank: { gt: undefined } } },
          { where: { rank: { gt: 1, lt: undefined } } },
          { where: { rank: { in: undefined } } },
          { where: { rank: { in: [1, undefined] } } },
          { where: { rank: { isNull: undefined } } },
          { where: { AND: undefined } },
          { where: { AND: [undefined] } },
          { where: { OR: [{ rank: 1 }, undefined] } },
          { where: { NOT: undefined } },
          { where: { NOT: { rank: undefined } } },
          { where: { tags: { hasAny: [undefined] } } },
          { where: { tags: { has: undefined } } },
          { where: { data: { path: undefined, eq: 1 } } },
          { where: { data: { path: ['a'], eq: undefined } } },
          { select: ['id', undefined] },
          { orderBy: { rank: undefined } },
        ]),
        { call: 'notes.count', with: [{ where: undefined }], fails: invalid },
        { call: 'notes.deleteMany', with: [{ where: { rank: undefined } }], fails: invalid },
        {
          call: 'notes.updateMany',
          with: [{ where: { rank: { in: [undefined] } }, set: { done: true } }],
          fails: invalid,
        },
        {
          call: 'notes.aggregate',
          with: [{ measures: { n: 'count' }, having: undefined }],
          fails: invalid,
        },
        {
          call: 'notes.get',
          with: ['a', { select: undefined }],
          fails: { code: 'InvalidOptions', names: ['select'] },
        },
      ],
    },
    {
      name: 'a filter is an object of fields, and AND, OR and NOT are as they should be',
      steps: finds(
        [
          null,
          'rank = 1',
          1,
          [],
          [{ rank: 1 }],
          new Date(0),
          new Map(),
          { AND: { rank: 1 } },
          { OR: { rank: 1 } },
          { OR: 'rank' },
          { OR: null },
          { NOT: [{ rank: 1 }] },
          { NOT: null },
          { NOT: 1 },
          { AND: [null] },
          { AND: [[{ rank: 1 }]] },
          { OR: [1] },
        ].map((where) => ({ where })),
      ),
    },
    {
      name: 'an operand has the form that its operator takes',
      steps: finds(
        [
          { rank: {} },
          { rank: { in: 1 } },
          { rank: { in: '12' } },
          { rank: { in: null } },
          { rank: { in: { 0: 1 } } },
          { rank: { notIn: 1 } },
          { rank: { isNull: 1 } },
          { rank: { isNull: 'true' } },
          { rank: { isNull: null } },
          { tags: { hasAny: 'x' } },
          { tags: { hasAll: null } },
          { rank: { path: ['a'], eq: 1 } },
          { title: { path: [] } },
        ].map((where) => ({ where })),
      ),
    },
    {
      name: 'an operand of the wrong type is refused',
      steps: [
        ...finds(
          [
            { rank: '1' },
            { rank: { gt: '1' } },
            { rank: { in: [1, '2'] } },
            { rank: true },
            { rank: [1] },
            { rank: new Date(0) },
            { done: 1 },
            { done: 'true' },
            { title: 1 },
            { title: { contains: 5 } },
            { title: { startsWith: null } },
            { createdAt: '2024-01-01' },
            { createdAt: { gt: 0 } },
            { version: '1' },
            { id: 5 },
            { id: { in: ['a', 5] } },
            { tags: { has: 5 } },
          ].map((where) => ({ where })),
          { code: 'InvalidValue' },
        ),
      ],
    },
    {
      name: 'null has no place in a range, nor as a part of a text',
      steps: [
        ...['gt', 'gte', 'lt', 'lte'].map((operator) => ({ rank: { [operator]: null } })),
        ...['contains', 'startsWith', 'endsWith'].map((operator) => ({
          body: { [operator]: null },
        })),
      ].map((where): Step => ({
        call: 'notes.find',
        with: [{ where }],
        fails: { code: 'InvalidValue', names: Object.keys(where) },
      })),
    },
    {
      name: 'limit and offset are whole numbers of 0 or more',
      steps: [
        -1,
        1.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        '1',
        1n,
        null,
        true,
        [1],
        2 ** 53,
      ].flatMap((value): Step[] => [
        { call: 'notes.find', with: [{ limit: value }], fails: { ...invalid, names: ['limit'] } },
        { call: 'notes.page', with: [{ limit: value }], fails: { ...invalid, names: ['limit'] } },
        { call: 'notes.find', with: [{ offset: value }], fails: { ...invalid, names: ['offset'] } },
      ]),
    },
    {
      name: 'a selection is an array of different names, and not empty',
      steps: finds([
        { select: [] },
        { select: 'id' },
        { select: { id: true } },
        { select: null },
        { select: ['id', 'id'] },
        { select: [1] },
        { select: [null] },
        { select: [['id']] },
      ]),
    },
    {
      name: 'a filter nested too deep is too complex, five thousand levels too',
      steps: [
        ...[65, 5_000].flatMap((levels) =>
          finds(
            [
              { where: nested(levels, (inner) => ({ AND: [inner] })) },
              { where: nested(levels, (inner) => ({ OR: [inner, { rank: 2 }] })) },
              { where: nested(levels, (inner) => ({ NOT: inner })) },
              { where: cycle },
            ],
            { code: 'QueryTooComplex' },
          ),
        ),
        {
          call: 'notes.deleteMany',
          with: [{ where: nested(5_000, (inner) => ({ NOT: inner })) }],
          fails: { code: 'QueryTooComplex' },
        },
      ],
    },
    {
      name: 'a filter that has itself in many places is too complex, however few objects it is',
      steps: [
        { let: 'where', be: doubled((inner) => ({ AND: [inner, inner] })) },
        ...finds([{ where: the('where') }], { code: 'QueryTooComplex' }),
        {
          call: 'notes.aggregate',
          with: [{ measures: { n: 'count' }, having: the('where') }],
          fails: { code: 'QueryTooComplex' },
        },
      ],
    },
    {
      name: 'more than five hundred conditions are too complex',
      steps: finds(
        [
          { where: { OR: Array.from({ length: 501 }, (_, n) => ({ rank: n })) } },
          { where: { AND: Array.from({ length: 5_000 }, () => ({ NOT: { rank: 1 } })) } },
          { where: { tags: { hasAny: Array.from({ length: 501 }, (_, n) => `${n}`) } } },
        ],
        { code: 'QueryTooComplex' },
      ),
    },
    {
      name: 'a list of ten thousand floats works, one of forty thousand is too complex',
      schema: 'numbers',
      steps: [
        { call: 'numbers.insert', with: [{ id: 'a', float: 0.5 }] },
        {
          matching: { float: { in: Array.from({ length: 10_000 }, (_, n) => n / 2) } },
          of: 'numbers',
          are: ['a'],
        },
        {
          call: 'numbers.find',
          with: [{ where: { float: { in: Array.from({ length: 40_000 }, (_, n) => n / 2) } } }],
          fails: { code: 'QueryTooComplex' },
        },
      ],
    },
    {
      name: 'a row is an object, and rows are an array of objects',
      steps: [
        ...[
          undefined,
          null,
          'x',
          5,
          [],
          [{ title: 'x' }],
          new Date(0),
          new Map([['title', 'x']]),
        ].map((row): Step => ({
          call: 'notes.insert',
          with: [row],
          fails: { code: 'InvalidValue' },
        })),
        ...[
          undefined,
          null,
          'x',
          { title: 'x' },
          { 0: { title: 'x' }, length: 1 },
          new Set([{ title: 'x' }]),
          [undefined],
          [null],
          [{ title: 'x' }, undefined],
          [[{ title: 'x' }]],
          Array.from({ length: 2 }),
          withHole,
        ].map((rows): Step => ({
          call: 'notes.insertMany',
          with: [rows],
          fails: { code: 'InvalidValue' },
        })),
        { call: 'notes.count', gives: 0 },
      ],
    },
    {
      name: 'a patch is an object',
      steps: [
        { call: 'notes.insert', with: [{ id: 'a', title: 'x' }] },
        ...[undefined, null, 'x', 5, [], [{ title: 'y' }], new Map([['title', 'y']])].flatMap(
          (patch): Step[] => [
            { call: 'notes.update', with: ['a', patch], fails: { code: 'InvalidValue' } },
          ],
        ),
        ...[null, 'x', [{ title: 'y' }]].map((set): Step => ({
          call: 'notes.updateMany',
          with: [{ where: {}, set }],
          fails: { code: 'InvalidValue' },
        })),
        { row: 'a', of: 'notes', has: { title: 'x', version: 1 } },
      ],
    },
    {
      name: 'a key is a value of its kind',
      steps: [
        undefined,
        null,
        5,
        '',
        [],
        ['a'],
        {},
        { id: 'a' },
        { in: ['a'] },
        true,
        new Date(0),
      ].flatMap((key): Step[] => [
        { call: 'notes.get', with: [key], fails: { code: 'InvalidValue' } },
        { call: 'notes.update', with: [key, { done: true }], fails: { code: 'InvalidValue' } },
        { call: 'notes.delete', with: [key], fails: { code: 'InvalidValue' } },
      ]),
    },
  ],
}
