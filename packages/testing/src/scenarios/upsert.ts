import { anyKind, the } from '../suite/markers.ts'
import { startTime, type Behaviour, type Step } from '../suite/scenario.ts'

const two: Step = {
  call: 'accounts.insertMany',
  with: [
    [
      { id: 'a', email: 'a@x', nick: 'ann', region: 'north', slot: 1, balance: 10 },
      { id: 'b', email: 'b@x', nick: 'bob', region: 'north', slot: 2, balance: 20 },
    ],
  ],
}

/** Whichever of its unique values the database looks at first. */
const counted: Step = {
  call: 'accounts.upsert',
  with: [
    {
      on: ['email'],
      insert: { id: 'a', email: 'a@x', nick: 'ann', region: 'north', slot: 1, balance: 1 },
      update: { nick: 'ann', balance: { increment: 1 } },
    },
  ],
}

export const upsert: Behaviour = {
  name: 'upsert',
  schema: 'accounts',
  scenarios: [
    {
      name: 'without a conflict the row is inserted, and comes back whole',
      steps: [
        {
          call: 'accounts.upsert',
          with: [{ on: ['email'], insert: { email: 'c@x', balance: 5 }, update: { balance: 99 } }],
          gives: {
            id: anyKind('id'),
            email: 'c@x',
            nick: null,
            region: null,
            slot: null,
            balance: 5,
            points: null,
            updatedAt: new Date(startTime),
            version: 1,
          },
        },
        { call: 'accounts.count', gives: 1 },
      ],
    },
    {
      name: 'on a conflict only the update applies to the row that is there',
      steps: [
        two,
        { advanceMs: 1_000 },
        {
          call: 'accounts.upsert',
          with: [
            {
              on: ['email'],
              insert: { email: 'a@x', nick: 'new', balance: 0 },
              update: { balance: { increment: 5 }, points: 1 },
            },
          ],
          as: 'row',
        },
        {
          check: the('row'),
          gives: {
            id: 'a',
            email: 'a@x',
            nick: 'ann',
            region: 'north',
            slot: 1,
            balance: 15,
            points: 1,
            updatedAt: new Date(Date.parse(startTime) + 1_000),
            version: 2,
          },
        },
        { row: 'a', of: 'accounts', has: { balance: 15, version: 2 } },
        { row: 'b', of: 'accounts', has: { balance: 20, version: 1 } },
      ],
    },
    {
      name: 'the key is a target, also when the same row has the other unique values',
      steps: [
        two,
        {
          call: 'accounts.upsert',
          with: [
            {
              on: ['id'],
              insert: { id: 'a', email: 'a@x', nick: 'ann', region: 'north', slot: 1 },
              update: { balance: 11 },
            },
          ],
        },
        { values: 'balance', of: 'accounts', are: [11, 20] },
      ],
    },
    {
      name: 'the target decides, also when the insert would collide with another row too',
      steps: [
        two,
        {
          call: 'accounts.upsert',
          with: [
            {
              on: ['email'],
              insert: { id: 'b', email: 'a@x', nick: 'bob', region: 'north', slot: 2 },
              update: { balance: 11 },
            },
          ],
        },
        { values: 'balance', of: 'accounts', are: [11, 20] },
      ],
    },
    {
      name: 'several unique fields together are a target, named in any order',
      steps: [
        two,
        {
          call: 'accounts.upsert',
          with: [
            {
              on: ['slot', 'region'],
              insert: { email: 'c@x', region: 'north', slot: 2 },
              update: { balance: { increment: 1 } },
            },
          ],
        },
        {
          call: 'accounts.upsert',
          with: [
            {
              on: ['region', 'slot'],
              insert: { id: 'c', email: 'c@x', region: 'south', slot: 2 },
              update: { balance: 0 },
            },
          ],
        },
        { values: 'balance', of: 'accounts', are: [10, 21, 0] },
      ],
    },
    {
      name: 'null in the target never conflicts',
      steps: [
        { call: 'accounts.insert', with: [{ id: 'a', email: 'a@x', region: 'north' }] },
        ...[
          { on: ['nick'], insert: { email: '1@x' } },
          { on: ['nick'], insert: { email: '2@x', nick: null } },
          { on: ['region', 'slot'], insert: { email: '3@x', region: 'north' } },
          { on: ['region', 'slot'], insert: { email: '4@x', slot: 1 } },
        ].map((query): Step => ({
          call: 'accounts.upsert',
          with: [{ ...query, update: { balance: 99 } }],
        })),
        { call: 'accounts.count', gives: 5 },
        { call: 'accounts.count', with: [{ where: { balance: 99 } }], gives: 0 },
      ],
    },
    {
      name: 'another unique index that the insert violates is an error, not an update',
      steps: [
        two,
        {
          call: 'accounts.upsert',
          with: [{ on: ['email'], insert: { email: 'c@x', nick: 'bob' }, update: { balance: 99 } }],
          fails: { code: 'UniqueViolation', collection: 'accounts', fields: ['nick'] },
        },
        {
          call: 'accounts.upsert',
          with: [{ on: ['email'], insert: { id: 'b', email: 'c@x' }, update: { balance: 99 } }],
          fails: { code: 'UniqueViolation', collection: 'accounts', fields: ['id'] },
        },
        { values: 'balance', of: 'accounts', are: [10, 20] },
      ],
    },
    {
      name: 'an update that violates a unique index changes nothing',
      steps: [
        two,
        {
          call: 'accounts.upsert',
          with: [{ on: ['email'], insert: { email: 'a@x' }, update: { balance: 99, nick: 'bob' } }],
          fails: { code: 'UniqueViolation', collection: 'accounts', fields: ['nick'] },
        },
        { values: 'balance', of: 'accounts', are: [10, 20] },
      ],
    },
    {
      name: 'the update may change the target itself',
      steps: [
        two,
        {
          call: 'accounts.upsert',
          with: [{ on: ['email'], insert: { email: 'a@x' }, update: { email: 'z@x' } }],
        },
        { values: 'email', of: 'accounts', are: ['z@x', 'b@x'] },
      ],
    },
    {
      name: 'a target that is neither the key nor a unique index is refused',
      steps: [
        [],
        ['balance'],
        ['region'],
        ['id', 'email'],
        ['email', 'email'],
        ['nobody'],
        'email',
        null,
        [null],
      ].map((on) => ({
        call: 'accounts.upsert' as const,
        with: [{ on, insert: { email: 'a@x' }, update: { balance: 1 } }],
        fails: { code: 'InvalidQuery' as const },
      })),
    },
    {
      name: 'all three parts are needed, and the insert and the update are both checked',
      steps: [
        {
          call: 'accounts.upsert',
          with: [{ on: ['email'], insert: { email: 'a@x' } }],
          fails: { code: 'InvalidValue' },
        },
        {
          call: 'accounts.upsert',
          with: [{ on: ['email'], update: { balance: 1 } }],
          fails: { code: 'InvalidValue' },
        },
        {
          call: 'accounts.upsert',
          with: [{ insert: { email: 'a@x' }, update: { balance: 1 } }],
          fails: { code: 'InvalidQuery' },
        },
        {
          call: 'accounts.upsert',
          with: [{ on: ['email'], insert: { email: 'a@x' }, update: { balance: 'much' } }],
          fails: { code: 'InvalidValue', fields: ['balance'] },
        },
        {
          call: 'accounts.upsert',
          with: [{ on: ['email'], insert: { nick: 'a' }, update: { balance: 1 } }],
          fails: { code: 'InvalidValue', fields: ['email'] },
        },
        { call: 'accounts.count', gives: 0 },
      ],
    },
    {
      name: 'a key of several fields is a target',
      schema: 'keys',
      steps: [
        ...['Ada', 'Bob'].map((guest): Step => ({
          call: 'seats.upsert',
          with: [
            { on: ['row', 'number'], insert: { row: 'A', number: 1, guest }, update: { guest } },
          ],
        })),
        {
          call: 'seats.find',
          gives: [{ row: 'A', number: 1, guest: 'Bob', version: 2 }],
        },
      ],
    },
    {
      name: 'upserts of one row at the same time make one row, and lose no increment',
      steps: [
        {
          parallel: Array.from({ length: 8 }, (): Step[] => [
            {
              call: 'accounts.upsert',
              with: [
                {
                  on: ['email'],
                  insert: { email: 'a@x', balance: 1 },
                  update: { balance: { increment: 1 } },
                },
              ],
            },
          ]),
        },
        { values: 'balance', of: 'accounts', are: [8] },
        { values: 'version', of: 'accounts', are: [8] },
      ],
    },
    {
      name: 'upserts at the same time of a row with several unique values make one row, too',
      steps: [
        { parallel: Array.from({ length: 12 }, (): Step[] => [counted]) },
        { values: 'balance', of: 'accounts', are: [12] },
      ],
    },
    {
      name: 'so do those in transactions, of which some run again',
      needs: ['transactions'],
      steps: [
        {
          parallel: Array.from({ length: 4 }, (): Step[] => [
            { transaction: [counted], with: { maxRetries: 30 } },
          ]),
        },
        { values: 'balance', of: 'accounts', are: [4] },
      ],
    },
    {
      name: 'a key that the insert leaves out is made, and never conflicts',
      steps: [
        ...['c@x', 'd@x'].map((email): Step => ({
          call: 'accounts.upsert',
          with: [{ on: ['id'], insert: { email }, update: { balance: 99 } }],
          as: 'row',
        })),
        { check: the('row.id'), gives: anyKind('id') },
        { values: 'balance', of: 'accounts', are: [0, 0] },
      ],
    },
    {
      name: 'a reference in the insert matters only when it is inserted',
      schema: 'forum',
      needs: ['foreignKeys'],
      otherwise: [
        {
          call: 'posts.upsert',
          with: [{ on: ['id'], insert: { userId: 'nobody', title: 'x' }, update: { title: 'y' } }],
        },
      ],
      steps: [
        { call: 'users.insert', with: [{ id: 'ada', name: 'Ada' }] },
        { call: 'posts.insert', with: [{ id: 'p', userId: 'ada', title: 'x' }] },
        {
          call: 'posts.upsert',
          with: [
            {
              on: ['id'],
              insert: { id: 'p', userId: 'nobody', title: 'x' },
              update: { title: 'changed' },
            },
          ],
        },
        { row: 'p', of: 'posts', has: { userId: 'ada', title: 'changed' } },
        {
          call: 'posts.upsert',
          with: [
            {
              on: ['id'],
              insert: { id: 'q', userId: 'nobody', title: 'x' },
              update: { title: 'changed' },
            },
          ],
          fails: { code: 'ForeignKeyViolation', collection: 'posts' },
        },
      ],
    },
  ],
}
