import { the } from '../suite/markers.ts'
import type { Behaviour } from '../suite/scenario.ts'
import { threeNotes } from './fixtures.ts'

export const deletes: Behaviour = {
  name: 'deletes',
  schema: 'notes',
  scenarios: [
    {
      name: 'a delete takes one row, once',
      steps: [
        threeNotes,
        { call: 'notes.delete', with: ['b'], gives: undefined },
        { call: 'notes.delete', with: ['b'], fails: { code: 'NotFound', collection: 'notes' } },
        { call: 'notes.get', with: ['b'], fails: { code: 'NotFound', collection: 'notes' } },
        { values: 'id', of: 'notes', are: ['a', 'c'] },
      ],
    },
    {
      name: 'a key that was deleted can be inserted again',
      steps: [
        threeNotes,
        { call: 'notes.update', with: ['b', { title: 'changed' }] },
        { call: 'notes.delete', with: ['b'] },
        { call: 'notes.insert', with: [{ id: 'b', title: 'new' }], as: 'note' },
        { check: [the('note.version'), the('note.rank')], gives: [1, null] },
      ],
    },
    {
      name: 'deleteMany counts what it deletes, and spells out every row',
      steps: [
        threeNotes,
        { call: 'notes.deleteMany', fails: { code: 'InvalidQuery' } },
        { call: 'notes.deleteMany', with: [{}], fails: { code: 'InvalidQuery', names: ['where'] } },
        {
          call: 'notes.deleteMany',
          with: [{ where: undefined }],
          fails: { code: 'InvalidQuery', names: ['where'] },
        },
        { call: 'notes.deleteMany', with: [{ where: { rank: 99 } }], gives: 0 },
        { call: 'notes.deleteMany', with: [{ where: { NOT: { rank: 1 } } }], gives: 2 },
        { call: 'notes.deleteMany', with: [{ where: {} }], gives: 1 },
        { call: 'notes.count', gives: 0 },
      ],
    },
  ],
}
