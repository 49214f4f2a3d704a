import type { Behaviour, Step } from '../suite/scenario.ts'

/** Names that mean something to JavaScript, to an engine, or to nobody. */
const names = [
  'nope',
  'Title',
  'title ',
  '',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '$where',
  '$or',
  '$gt',
  '__typename',
  'rowid',
  'title; drop table notes',
  "title'",
  'data.a',
  '*',
  '1',
]

/** `{ [name]: value }`, with a key of its own for '__proto__' too. */
const own = (name: string, value: unknown) => Object.fromEntries([[name, value]])

const unknown = (name: string) => ({ code: 'UnknownField' as const, fields: [name] })

export const badNames: Behaviour = {
  name: 'bad names',
  schema: 'notes',
  scenarios: [
    {
      name: 'an unknown field in a filter is refused, however it is called',
      steps: names.flatMap((name): Step[] => [
        { call: 'notes.find', with: [{ where: own(name, 1) }], fails: unknown(name) },
        {
          call: 'notes.count',
          with: [{ where: { NOT: { OR: [own(name, { gt: 1 })] } } }],
          fails: unknown(name),
        },
        {
          call: 'notes.updateMany',
          with: [{ where: own(name, null), set: { done: true } }],
          fails: unknown(name),
        },
        { call: 'notes.deleteMany', with: [{ where: own(name, {}) }], fails: unknown(name) },
      ]),
    },
    {
      name: 'an unknown field in an order, a selection or a group is refused',
      steps: names.flatMap((name): Step[] => [
        { call: 'notes.find', with: [{ orderBy: own(name, 'asc') }], fails: unknown(name) },
        { call: 'notes.find', with: [{ select: ['id', name] }], fails: unknown(name) },
        { call: 'notes.get', with: ['a', { select: [name] }], fails: unknown(name) },
        {
          call: 'notes.aggregate',
          with: [{ groupBy: [name], measures: { n: 'count' } }],
          fails: unknown(name),
        },
        {
          call: 'notes.aggregate',
          with: [{ measures: { n: { max: name } } }],
          fails: unknown(name),
        },
      ]),
    },
    {
      name: 'an unknown field in a row or a patch is refused, and nothing is written',
      steps: [
        { call: 'notes.insert', with: [{ id: 'a', title: 'x' }] },
        ...names.flatMap((name): Step[] => [
          { call: 'notes.insert', with: [{ title: 'x', ...own(name, 1) }], fails: unknown(name) },
          {
            call: 'notes.insertMany',
            with: [[{ title: 'x' }, { title: 'x', ...own(name, 1) }]],
            fails: unknown(name),
          },
          {
            call: 'notes.update',
            with: ['a', { title: 'y', ...own(name, 1) }],
            fails: unknown(name),
          },
          {
            call: 'notes.upsert',
            with: [{ on: ['id'], insert: { id: 'a', title: 'x' }, update: own(name, 1) }],
            fails: unknown(name),
          },
        ]),
        { values: 'title', of: 'notes', are: ['x'] },
      ],
    },
    {
      name: 'an unknown field is refused even with undefined for a value',
      steps: [
        { call: 'notes.insert', with: [{ title: 'x', nope: undefined }], fails: unknown('nope') },
        { call: 'notes.find', with: [{ where: { nope: undefined } }], fails: unknown('nope') },
      ],
    },
    {
      name: 'an unknown operator is refused, however it is called',
      steps: [
        ...[
          '$gt',
          '$where',
          'like',
          'equals',
          'EQ',
          '',
          '__proto__',
          'constructor',
          'toString',
          'not',
          'AND',
          'between',
        ].map((name): Step => ({
          call: 'notes.find',
          with: [{ where: { rank: own(name, 1) } }],
          fails: { code: 'UnknownOperator', fields: ['rank'] },
        })),
        ...['contains', 'startsWith', 'endsWith', 'has', 'hasAny', 'hasAll'].map((name): Step => ({
          call: 'notes.find',
          with: [{ where: { rank: own(name, 1) } }],
          fails: { code: 'UnknownOperator', fields: ['rank'], names: [name] },
        })),
      ],
    },
    {
      name: 'an unknown collection is refused at once, however it is called',
      steps: [
        'nope',
        'Notes',
        '',
        '__proto__',
        'constructor',
        'toString',
        'then',
        'connect',
        'wherry_log',
        'sqlite_schema',
      ].map((name) => ({
        call: 'collection' as const,
        with: [name],
        fails: { code: 'UnknownCollection' as const, names: [name] },
      })),
    },
    {
      name: 'a collection that is no name is refused',
      steps: [undefined, null, 5, {}, ['notes'], 5n, Symbol('notes')].map((name) => ({
        call: 'collection' as const,
        with: [name],
        fails: { code: 'UnknownCollection' as const },
      })),
    },
    {
      name: 'an unknown part of a query is refused, and never ignored',
      steps: (
        [
          ['find', { filter: {} }, 'filter'],
          ['find', { Where: {} }, 'Where'],
          ['count', { include: {} }, 'include'],
          ['find', own('__proto__', {}), '__proto__'],
          ['find', { constructor: 1 }, 'constructor'],
          ['find', { forUpdate: true }, 'forUpdate'],
          ['findOne', { limit: 1 }, 'limit'],
          ['findOne', { offset: 1 }, 'offset'],
          ['page', { first: 1 }, 'first'],
          ['count', { limit: 1 }, 'limit'],
          ['count', { orderBy: { id: 'asc' } }, 'orderBy'],
          ['aggregate', { measures: { n: 'count' }, groupby: [] }, 'groupby'],
          ['updateMany', { where: {}, set: { done: true }, limit: 1 }, 'limit'],
          ['deleteMany', { where: {}, limit: 1 }, 'limit'],
          [
            'upsert',
            { on: ['id'], insert: { title: 'x' }, update: { done: true }, set: {} },
            'set',
          ],
        ] as const
      ).map(([method, query, name]): Step => ({
        call: `notes.${method}`,
        with: [query],
        fails: { code: 'InvalidQuery', names: [name] },
      })),
    },
    {
      name: 'an unknown option is refused, and never ignored',
      steps: [
        { call: 'notes.insert', with: [{ id: 'a', title: 'x' }] },
        {
          call: 'notes.get',
          with: ['a', { where: {} }],
          fails: { code: 'InvalidOptions', names: ['where'] },
        },
        {
          call: 'notes.update',
          with: ['a', { done: true }, { ifversion: 1 }],
          fails: { code: 'InvalidOptions', names: ['ifversion'] },
        },
        {
          call: 'notes.delete',
          with: ['a', { if: 1 }],
          fails: { code: 'InvalidOptions', names: ['if'] },
        },
        { call: 'notes.update', with: ['a', { done: true }, 1], fails: { code: 'InvalidOptions' } },
        { call: 'notes.delete', with: ['a', null], fails: { code: 'InvalidOptions' } },
        { row: 'a', of: 'notes', has: { done: false, version: 1 } },
      ],
    },
  ],
}
