import { the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'

const note: Step = { call: 'notes.insert', with: [{ id: 'a', title: 'first' }], as: 'note' }

export const versions: Behaviour = {
  name: 'versions',
  schema: 'notes',
  scenarios: [
    {
      name: 'every change counts one up, however it is made',
      steps: [
        note,
        { call: 'notes.update', with: ['a', { title: 'second' }] },
        { call: 'notes.update', with: ['a', { title: 'second' }] },
        { call: 'notes.updateMany', with: [{ where: {}, set: { title: 'third' } }] },
        {
          call: 'notes.upsert',
          with: [{ on: ['id'], insert: { id: 'a', title: 'no' }, update: { title: 'fourth' } }],
          as: 'upserted',
        },
        { check: the('upserted.version'), gives: 5 },
      ],
    },
    {
      name: 'a write with the right version goes through',
      steps: [
        note,
        { call: 'notes.update', with: ['a', { title: 'second' }, { ifVersion: 1 }] },
        { call: 'notes.update', with: ['a', { title: 'third' }, { ifVersion: 2 }], as: 'after' },
        { check: the('after.version'), gives: 3 },
        { call: 'notes.delete', with: ['a', { ifVersion: 3 }], gives: undefined },
        { call: 'notes.count', gives: 0 },
      ],
    },
    {
      name: 'a write with an old version conflicts, and tells the row as it is now',
      steps: [
        note,
        { call: 'notes.update', with: ['a', { title: 'second', data: { n: 1 } }], as: 'now' },
        {
          call: 'notes.update',
          with: ['a', { title: 'mine' }, { ifVersion: 1 }],
          fails: { code: 'VersionConflict', collection: 'notes', current: the('now') },
        },
        {
          call: 'notes.delete',
          with: ['a', { ifVersion: 3 }],
          fails: { code: 'VersionConflict', collection: 'notes', current: the('now') },
        },
        { call: 'notes.get', with: ['a'], gives: the('now') },
      ],
    },
    {
      name: 'a row that is not there is NotFound, whatever version was wanted',
      steps: [
        {
          call: 'notes.update',
          with: ['b', { title: 'x' }, { ifVersion: 1 }],
          fails: { code: 'NotFound' },
        },
        { call: 'notes.delete', with: ['b', { ifVersion: 1 }], fails: { code: 'NotFound' } },
      ],
    },
    {
      name: 'of two writers who saw the same version one wins',
      steps: [
        note,
        {
          parallel: ['one', 'two', 'three'].map((title): Step[] => [
            { call: 'notes.update', with: ['a', { title }, { ifVersion: 1 }] },
          ]),
          race: { winners: 1, others: { code: 'VersionConflict' } },
        },
        { row: 'a', of: 'notes', has: { version: 2 } },
      ],
    },
    {
      name: 'a version that is no whole number is refused',
      steps: [
        note,
        ...['1', 1.5, null, { gt: 0 }, [1], Number.NaN].flatMap((ifVersion): Step[] => [
          {
            call: 'notes.update',
            with: ['a', { title: 'x' }, { ifVersion }],
            fails: { code: 'InvalidOptions', names: ['ifVersion'] },
          },
          {
            call: 'notes.delete',
            with: ['a', { ifVersion }],
            fails: { code: 'InvalidOptions', names: ['ifVersion'] },
          },
        ]),
        { call: 'notes.get', with: ['a'], gives: the('note') },
      ],
    },
    {
      name: 'a collection without a version field takes no ifVersion',
      schema: 'samples',
      steps: [
        { call: 'samples.insert', with: [{ id: 'a', int: 1 }] },
        {
          call: 'samples.update',
          with: ['a', { int: 2 }, { ifVersion: 1 }],
          fails: { code: 'InvalidOptions', names: ['ifVersion'] },
        },
        {
          call: 'samples.delete',
          with: ['a', { ifVersion: 1 }],
          fails: { code: 'InvalidOptions' },
        },
        { row: 'a', of: 'samples', has: { int: 1 } },
      ],
    },
    {
      name: 'versions count on rows with keys of several fields',
      schema: 'keys',
      steps: [
        { call: 'seats.insert', with: [{ row: 'A', number: 1 }] },
        {
          call: 'seats.update',
          with: [{ row: 'A', number: 1 }, { guest: 'Ada' }, { ifVersion: 1 }],
          as: 'seat',
          gives: { row: 'A', number: 1, guest: 'Ada', version: 2 },
        },
        {
          call: 'seats.update',
          with: [{ row: 'A', number: 1 }, { guest: 'Bob' }, { ifVersion: 1 }],
          fails: { code: 'VersionConflict', current: the('seat') },
        },
      ],
    },
  ],
}
