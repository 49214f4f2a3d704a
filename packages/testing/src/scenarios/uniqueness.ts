import type { Behaviour, Step } from '../suite/scenario.ts'

const violation = (...fields: string[]) => ({
  code: 'UniqueViolation' as const,
  collection: 'accounts',
  fields,
})

export const uniqueness: Behaviour = {
  name: 'uniqueness',
  schema: 'accounts',
  scenarios: [
    {
      name: 'a second row with the same unique value is refused, and named',
      steps: [
        { call: 'accounts.insert', with: [{ email: 'a@x' }] },
        { call: 'accounts.insert', with: [{ email: 'a@x' }], fails: violation('email') },
        { call: 'accounts.count', gives: 1 },
      ],
    },
    {
      name: 'a second row with the same key is refused, and named',
      steps: [
        { call: 'accounts.insert', with: [{ id: 'a', email: 'a@x' }] },
        { call: 'accounts.insert', with: [{ id: 'a', email: 'b@x' }], fails: violation('id') },
        { values: 'email', of: 'accounts', are: ['a@x'] },
      ],
    },
    {
      name: 'an update to a value that another row has is refused',
      steps: [
        {
          call: 'accounts.insertMany',
          with: [
            [
              { id: 'a', email: 'a@x' },
              { id: 'b', email: 'b@x' },
            ],
          ],
        },
        {
          call: 'accounts.update',
          with: ['b', { email: 'a@x', balance: 5 }],
          fails: violation('email'),
        },
        { row: 'b', of: 'accounts', has: { email: 'b@x', balance: 0, version: 1 } },
        { call: 'accounts.update', with: ['b', { email: 'b@x' }] },
      ],
    },
    {
      name: 'updateMany that would make two rows equal changes none',
      steps: [
        {
          call: 'accounts.insertMany',
          with: [['a', 'b', 'c'].map((id) => ({ id, email: `${id}@x`, nick: id }))],
        },
        {
          call: 'accounts.updateMany',
          with: [{ where: { id: { gt: 'a' } }, set: { nick: 'same' } }],
          fails: violation('nick'),
        },
        { values: 'nick', of: 'accounts', are: ['a', 'b', 'c'] },
        {
          call: 'accounts.updateMany',
          with: [{ where: { id: 'a' }, set: { nick: 'same' } }],
          gives: 1,
        },
        { call: 'accounts.updateMany', with: [{ where: {}, set: { nick: null } }], gives: 3 },
      ],
    },
    {
      name: 'any number of rows may have null in a unique field',
      steps: [
        {
          call: 'accounts.insertMany',
          with: [[1, 2, 3].map((n) => ({ email: `${n}@x`, nick: null }))],
        },
        { call: 'accounts.count', with: [{ where: { nick: null } }], gives: 3 },
      ],
    },
    {
      name: 'several unique fields collide only when all are equal and none is null',
      steps: [
        ...[
          { region: 'north', slot: 1 },
          { region: 'north', slot: 2 },
          { region: 'south', slot: 1 },
          { region: 'north', slot: null },
          { region: 'north', slot: null },
          { region: null, slot: 1 },
          { region: null, slot: 1 },
          { region: null, slot: null },
        ].map((row, index): Step => ({
          call: 'accounts.insert',
          with: [{ ...row, email: `${index}@x` }],
        })),
        {
          call: 'accounts.insert',
          with: [{ region: 'south', slot: 1, email: 'last@x' }],
          fails: violation('region', 'slot'),
        },
        { call: 'accounts.count', gives: 8 },
      ],
    },
    {
      name: 'case, accents, spaces, normal forms and emoji make values different',
      steps: [
        {
          call: 'accounts.insertMany',
          with: [
            [
              'a',
              'A',
              'á',
              'a\u0301',
              'a ',
              ' a',
              'a\t',
              '',
              ' ',
              '😀',
              '😁',
              'ss',
              'ß',
              'ﬁ',
              'fi',
              '\u{10FFFF}',
              '\uFFFD',
              '0',
              '00',
            ].map((email) => ({ email })),
          ],
        },
        { call: 'accounts.count', gives: 19 },
        { call: 'accounts.insert', with: [{ email: '😁' }], fails: violation('email') },
        { call: 'accounts.insert', with: [{ email: 'a ' }], fails: violation('email') },
        { call: 'accounts.insert', with: [{ email: '' }], fails: violation('email') },
      ],
    },
    {
      name: 'a value is free again when its row is deleted or changed',
      steps: [
        { call: 'accounts.insert', with: [{ id: 'a', email: 'a@x' }] },
        { call: 'accounts.update', with: ['a', { email: 'b@x' }] },
        { call: 'accounts.insert', with: [{ id: 'b', email: 'a@x' }] },
        { call: 'accounts.delete', with: ['a'] },
        { call: 'accounts.insert', with: [{ id: 'c', email: 'b@x' }] },
        { values: 'email', of: 'accounts', are: ['a@x', 'b@x'] },
      ],
    },
    {
      name: 'two inserts of one value at the same time make one row',
      steps: [
        {
          parallel: ['a', 'b', 'c', 'd'].map((id): Step[] => [
            { call: 'accounts.insert', with: [{ id, email: 'same@x' }] },
          ]),
          race: { winners: 1, others: violation('email') },
        },
        { call: 'accounts.count', gives: 1 },
      ],
    },
    {
      name: 'a unique value finds its row',
      steps: [
        {
          call: 'accounts.insertMany',
          with: [['a', 'b'].map((id) => ({ id, email: `${id}@x`, region: id, slot: 1 }))],
        },
        {
          call: 'accounts.findOne',
          with: [{ where: { email: 'b@x' }, select: ['id'] }],
          gives: { id: 'b' },
        },
        {
          call: 'accounts.find',
          with: [{ where: { region: 'a', slot: 1, balance: 0 }, select: ['id'] }],
          gives: [{ id: 'a' }],
        },
        { call: 'accounts.findOne', with: [{ where: { email: 'B@x' } }], gives: null },
      ],
    },
    {
      name: 'the longest unique texts differ by their last character',
      steps: [
        {
          call: 'accounts.insertMany',
          with: [['😀', '😁', 'a'].map((end) => ({ email: '😀'.repeat(190) + end }))],
        },
        {
          call: 'accounts.insert',
          with: [{ email: '😀'.repeat(191) }],
          fails: violation('email'),
        },
        {
          call: 'accounts.count',
          with: [{ where: { email: { startsWith: '😀'.repeat(190) } } }],
          gives: 3,
        },
      ],
    },
  ],
}
