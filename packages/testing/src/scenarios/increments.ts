import { the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'
import { threeNotes } from './fixtures.ts'

export const increments: Behaviour = {
  name: 'increments',
  schema: 'notes',
  scenarios: [
    {
      name: 'an increment adds to the value before, up or down, and null stays null',
      steps: [
        threeNotes,
        {
          call: 'notes.updateMany',
          with: [{ where: {}, set: { rank: { increment: -5 } } }],
          gives: 3,
        },
        { values: 'rank', of: 'notes', are: [-4, -3, null] },
        {
          call: 'notes.update',
          with: ['a', { rank: { increment: 0 }, title: 'with another' }],
          as: 'note',
        },
        { check: [the('note.rank'), the('note.title')], gives: [-4, 'with another'] },
      ],
    },
    {
      name: 'each kind of number can be incremented, exactly',
      schema: 'numbers',
      steps: [
        {
          call: 'numbers.insert',
          with: [
            {
              id: 'a',
              int: 1,
              bigint: 2n ** 53n,
              float: 0.5,
              price: '1.99',
              wide: '-0.0001',
              whole: '9',
            },
          ],
        },
        {
          call: 'numbers.update',
          with: [
            'a',
            {
              int: { increment: 2 },
              bigint: { increment: 1n },
              float: { increment: 0.25 },
              price: { increment: '0.02' },
              wide: { increment: '0.0002' },
              whole: { increment: '-10' },
              fraction: { increment: '0.1' },
            },
          ],
          gives: {
            id: 'a',
            int: 3,
            bigint: 2n ** 53n + 1n,
            float: 0.75,
            price: '2.01',
            wide: '0.0001',
            whole: '-1',
            fraction: null,
          },
        },
      ],
    },
    {
      name: 'an increment beyond the range of its kind changes nothing',
      schema: 'numbers',
      steps: [
        {
          call: 'numbers.insert',
          with: [
            {
              id: 'a',
              int: 2 ** 53 - 1,
              bigint: 2n ** 63n - 1n,
              float: 1.7e308,
              price: '999.99',
              wide: '-99999999999999.9999',
            },
          ],
          as: 'before',
        },
        ...[
          { int: { increment: 1 } },
          { bigint: { increment: 1n } },
          { float: { increment: 1e308 } },
          { price: { increment: '0.01' } },
          { wide: { increment: '-0.0001' } },
        ].flatMap((patch): Step[] => {
          const fails = {
            code: 'OutOfRange',
            fields: Object.keys(patch),
            collection: 'numbers',
          } as const
          return [
            { call: 'numbers.update', with: ['a', patch], fails },
            { call: 'numbers.updateMany', with: [{ where: {}, set: patch }], fails },
          ]
        }),
        { call: 'numbers.get', with: ['a'], gives: the('before') },
      ],
    },
    {
      name: 'an increment of the wrong type, of null, or with company is refused',
      steps: [
        threeNotes,
        {
          call: 'notes.update',
          with: ['a', { rank: { increment: 1.5 } }],
          fails: { code: 'InvalidValue', fields: ['rank'] },
        },
        {
          call: 'notes.update',
          with: ['a', { rank: { increment: '1' } }],
          fails: { code: 'InvalidValue', fields: ['rank'] },
        },
        {
          call: 'notes.update',
          with: ['a', { rank: { increment: null } }],
          fails: { code: 'InvalidValue', fields: ['rank'] },
        },
        {
          call: 'notes.update',
          with: ['a', { title: { increment: 1 } }],
          fails: { code: 'InvalidValue', fields: ['title'] },
        },
        {
          call: 'notes.update',
          with: ['a', { rank: { increment: 1, set: 2 } }],
          fails: { code: 'InvalidQuery', names: ['rank'] },
        },
        { call: 'notes.count', with: [{ where: { version: 1 } }], gives: 3 },
      ],
    },
    {
      name: 'a JSON field is replaced, never merged, and its objects are no increments',
      steps: [
        {
          call: 'notes.insert',
          with: [{ id: 'a', title: 'x', data: { kept: 1, deep: { a: 1 } } }],
        },
        { call: 'notes.update', with: ['a', { data: { deep: { b: 2 } } }], as: 'note' },
        { check: the('note.data'), gives: { deep: { b: 2 } } },
        { call: 'notes.update', with: ['a', { data: { increment: 1 } }], as: 'note' },
        { check: the('note.data'), gives: { increment: 1 } },
      ],
    },
    {
      name: 'an increment works on a unique field of one row, and is refused for many',
      schema: 'accounts',
      steps: [
        {
          call: 'accounts.insertMany',
          with: [
            [
              { id: 'a', email: 'a', region: 'x', slot: 1 },
              { id: 'b', email: 'b', region: 'x', slot: 2 },
            ],
          ],
        },
        {
          call: 'accounts.updateMany',
          with: [{ where: {}, set: { slot: { increment: 1 } } }],
          fails: { code: 'InvalidQuery', names: ['slot'] },
        },
        {
          call: 'accounts.update',
          with: ['a', { slot: { increment: 1 } }],
          fails: { code: 'UniqueViolation', fields: ['region', 'slot'] },
        },
        { call: 'accounts.update', with: ['b', { slot: { increment: 1 } }] },
        { values: 'slot', of: 'accounts', are: [1, 3] },
      ],
    },
    {
      name: 'updateMany that fails for one row changes none',
      schema: 'numbers',
      steps: [
        {
          call: 'numbers.insertMany',
          with: [
            [
              { id: 'a', price: '1.00' },
              { id: 'b', price: '999.00' },
              { id: 'c', price: '2.00' },
            ],
          ],
        },
        {
          call: 'numbers.updateMany',
          with: [{ where: {}, set: { price: { increment: '10' } } }],
          fails: { code: 'OutOfRange', fields: ['price'] },
        },
        { values: 'price', of: 'numbers', are: ['1.00', '999.00', '2.00'] },
      ],
    },
  ],
}
