import { the } from '../suite/markers.ts'
import { startTime, type Behaviour, type Step } from '../suite/scenario.ts'
import { threeNotes } from './fixtures.ts'

const later = new Date(Date.parse(startTime) + 1_500)

export const updates: Behaviour = {
  name: 'updates',
  schema: 'notes',
  scenarios: [
    {
      name: 'an update changes what the patch names, and returns the row whole',
      steps: [
        {
          call: 'notes.insert',
          with: [{ id: 'a', title: 'old', body: 'kept', tags: ['x'], data: { n: 1 } }],
          as: 'before',
        },
        { advanceMs: 1_500 },
        {
          call: 'notes.update',
          with: ['a', { title: 'new', rank: 5 }],
          as: 'after',
          gives: {
            id: 'a',
            title: 'new',
            body: 'kept',
            rank: 5,
            done: false,
            tags: ['x'],
            data: { n: 1 },
            createdAt: the('before.createdAt'),
            updatedAt: later,
            version: 2,
          },
        },
        { call: 'notes.get', with: ['a'], gives: the('after') },
      ],
    },
    {
      name: 'undefined in a patch is the same as absent, null is a value',
      steps: [
        threeNotes,
        { call: 'notes.update', with: ['a', { title: undefined, rank: null }] },
        { row: 'a', of: 'notes', has: { title: 'A', rank: null } },
      ],
    },
    {
      name: 'a patch that sets nothing is refused',
      steps: [
        threeNotes,
        { call: 'notes.update', with: ['a', {}], fails: { code: 'InvalidValue' } },
        {
          call: 'notes.update',
          with: ['a', { title: undefined }],
          fails: { code: 'InvalidValue' },
        },
        {
          call: 'notes.updateMany',
          with: [{ where: {}, set: {} }],
          fails: { code: 'InvalidValue' },
        },
        { call: 'notes.count', with: [{ where: { version: 1 } }], gives: 3 },
      ],
    },
    {
      name: 'the key, createdAt, updatedAt and version cannot be changed',
      steps: [
        threeNotes,
        ...[
          { id: 'z' },
          { createdAt: new Date(0) },
          { updatedAt: new Date(0) },
          { version: 9 },
        ].flatMap((patch): Step[] => {
          const fails = { code: 'InvalidValue', fields: Object.keys(patch) } as const
          return [
            { call: 'notes.update', with: ['a', { title: 'new', ...patch }], fails },
            {
              call: 'notes.updateMany',
              with: [{ where: {}, set: { title: 'new', ...patch } }],
              fails,
            },
            {
              call: 'notes.upsert',
              with: [
                { on: ['id'], insert: { id: 'a', title: 'x' }, update: { title: 'new', ...patch } },
              ],
              fails,
            },
          ]
        }),
        { call: 'notes.count', with: [{ where: { title: 'new' } }], gives: 0 },
      ],
    },
    {
      name: 'a value that does not fit changes nothing',
      steps: [
        threeNotes,
        {
          call: 'notes.update',
          with: ['a', { title: null }],
          fails: { code: 'InvalidValue', fields: ['title'] },
        },
        {
          call: 'notes.update',
          with: ['a', { title: 'new', rank: '5' }],
          fails: { code: 'InvalidValue', fields: ['rank'] },
        },
        { row: 'a', of: 'notes', has: { title: 'A', version: 1 } },
      ],
    },
    {
      name: 'to update a row that is not there is NotFound',
      steps: [
        {
          call: 'notes.update',
          with: ['nobody', { title: 'x' }],
          fails: { code: 'NotFound', collection: 'notes' },
        },
        { call: 'notes.count', gives: 0 },
      ],
    },
    {
      name: 'updateMany counts the rows that match, changed or not',
      steps: [
        threeNotes,
        {
          call: 'notes.updateMany',
          with: [{ where: { rank: { gte: 1 } }, set: { title: 'A' } }],
          gives: 2,
        },
        {
          call: 'notes.updateMany',
          with: [{ where: { rank: { gte: 1 } }, set: { title: 'A' } }],
          gives: 2,
        },
        {
          call: 'notes.updateMany',
          with: [{ where: { rank: 99 }, set: { title: 'A' } }],
          gives: 0,
        },
      ],
    },
    {
      name: 'updateMany changes matching rows only, their version and updatedAt too',
      steps: [
        threeNotes,
        { advanceMs: 1_500 },
        {
          call: 'notes.updateMany',
          with: [{ where: { rank: null }, set: { done: true } }],
          gives: 1,
        },
        { matching: { done: true, version: 2, updatedAt: later }, of: 'notes', are: ['c'] },
        { matching: { version: 1 }, of: 'notes', are: ['a', 'b'] },
      ],
    },
    {
      name: 'updateMany with an empty filter changes every row, and without one nothing',
      steps: [
        threeNotes,
        {
          call: 'notes.updateMany',
          with: [{ set: { done: true } }],
          fails: { code: 'InvalidQuery', names: ['where'] },
        },
        {
          call: 'notes.updateMany',
          with: [{ where: undefined, set: { done: true } }],
          fails: { code: 'InvalidQuery', names: ['where'] },
        },
        { call: 'notes.count', with: [{ where: { done: true } }], gives: 0 },
        { call: 'notes.updateMany', with: [{ where: {}, set: { done: true } }], gives: 3 },
      ],
    },
    {
      name: 'updateMany decides which rows match before it changes any',
      steps: [
        threeNotes,
        {
          call: 'notes.updateMany',
          with: [{ where: { rank: { lt: 10 } }, set: { rank: { increment: 9 } } }],
          gives: 2,
        },
        { values: 'rank', of: 'notes', are: [10, 11, null] },
      ],
    },
  ],
}
