import type { Behaviour, Scenario, Step } from '../suite/scenario.ts'

const violation = (collection: string) => ({ code: 'ForeignKeyViolation' as const, collection })

const ada: Step = { call: 'users.insert', with: [{ id: 'ada', name: 'Ada' }] }
const post: Step = { call: 'posts.insert', with: [{ id: 'p', userId: 'ada', title: 'first' }] }

/** What an engine without foreign keys does: it checks neither end. */
const unchecked = {
  needs: ['foreignKeys'],
  otherwise: [
    { call: 'posts.insert', with: [{ id: 'p', userId: 'nobody', title: 'x' }] },
    ada,
    { call: 'posts.insert', with: [{ id: 'q', userId: 'ada', title: 'x' }] },
    { call: 'users.delete', with: ['ada'] },
    { call: 'posts.count', gives: 2 },
  ],
} as const satisfies Partial<Scenario>

export const references: Behaviour = {
  name: 'references',
  schema: 'forum',
  scenarios: [
    {
      name: 'a row may refer to a row that is there',
      steps: [
        ada,
        post,
        { call: 'posts.insert', with: [{ id: 'q', userId: 'ada', parentId: 'p', title: 're' }] },
        { matching: { parentId: 'p' }, of: 'posts', are: ['q'] },
        { matching: { userId: 'ada', parentId: null }, of: 'posts', are: ['p'] },
      ],
    },
    {
      name: 'a row that refers to nothing is not inserted',
      ...unchecked,
      steps: [
        {
          call: 'posts.insert',
          with: [{ userId: 'nobody', title: 'x' }],
          fails: violation('posts'),
        },
        ada,
        {
          call: 'posts.insertMany',
          with: [
            [
              { userId: 'ada', title: 'x' },
              { userId: 'ada', title: 'x', parentId: 'nothing' },
            ],
          ],
          fails: violation('posts'),
        },
        { call: 'posts.count', gives: 0 },
      ],
    },
    {
      name: 'a row cannot be made to refer to nothing',
      ...unchecked,
      steps: [
        ada,
        post,
        { call: 'posts.update', with: ['p', { userId: 'nobody' }], fails: violation('posts') },
        {
          call: 'posts.updateMany',
          with: [{ where: {}, set: { parentId: 'nothing' } }],
          fails: violation('posts'),
        },
        {
          call: 'posts.upsert',
          with: [
            {
              on: ['id'],
              insert: { id: 'p', userId: 'ada', title: 'x' },
              update: { userId: 'nobody' },
            },
          ],
          fails: violation('posts'),
        },
        { row: 'p', of: 'posts', has: { userId: 'ada', parentId: null } },
      ],
    },
    {
      name: 'null refers to nothing, and may',
      steps: [
        ada,
        post,
        { call: 'posts.update', with: ['p', { parentId: 'p' }] },
        { call: 'posts.update', with: ['p', { parentId: null }] },
        { call: 'users.update', with: ['ada', { country: null }] },
        { row: 'p', of: 'posts', has: { parentId: null } },
      ],
    },
    {
      name: 'a row that others refer to is not deleted',
      ...unchecked,
      steps: [
        ada,
        { call: 'users.insert', with: [{ id: 'bob', name: 'Bob' }] },
        post,
        { call: 'users.delete', with: ['ada'], fails: violation('users') },
        { call: 'users.deleteMany', with: [{ where: {} }], fails: violation('users') },
        { call: 'users.count', gives: 2 },
        { call: 'users.deleteMany', with: [{ where: { id: 'bob' } }], gives: 1 },
      ],
    },
    {
      name: 'a row is free to go when nothing refers to it any more',
      steps: [
        ada,
        post,
        { call: 'posts.delete', with: ['p'] },
        { call: 'users.delete', with: ['ada'] },
        { call: 'users.count', gives: 0 },
      ],
    },
    {
      name: 'a row may refer to itself, and goes with itself',
      steps: [
        ada,
        { call: 'posts.insert', with: [{ id: 'p', parentId: 'p', userId: 'ada', title: 'x' }] },
        { call: 'posts.delete', with: ['p'] },
        { call: 'posts.count', gives: 0 },
      ],
    },
    {
      name: 'rows that refer to each other go together',
      steps: [
        ada,
        {
          call: 'posts.insertMany',
          with: [
            [
              { id: 'a', userId: 'ada', title: 'x' },
              { id: 'b', userId: 'ada', title: 'x', parentId: 'a' },
              { id: 'c', userId: 'ada', title: 'x', parentId: 'b' },
            ],
          ],
        },
        { call: 'posts.deleteMany', with: [{ where: { id: { in: ['a', 'b', 'c'] } } }], gives: 3 },
      ],
    },
    {
      name: 'a row that stays keeps those that it refers to',
      ...unchecked,
      steps: [
        ada,
        post,
        { call: 'posts.insert', with: [{ id: 'q', userId: 'ada', parentId: 'p', title: 're' }] },
        {
          call: 'posts.deleteMany',
          with: [{ where: { parentId: null } }],
          fails: violation('posts'),
        },
        { call: 'posts.count', gives: 2 },
      ],
    },
    {
      name: 'rows of one call are inserted in order, so what is referred to comes first',
      ...unchecked,
      steps: [
        ada,
        {
          call: 'posts.insertMany',
          with: [
            [
              { id: 'child', userId: 'ada', title: 'x', parentId: 'parent' },
              { id: 'parent', userId: 'ada', title: 'x' },
            ],
          ],
          fails: violation('posts'),
        },
        { call: 'posts.count', gives: 0 },
      ],
    },
    {
      name: 'references go to text keys too, byte for byte',
      ...unchecked,
      steps: [
        { call: 'countries.insert', with: [{ code: 'de', name: 'Germany' }] },
        { call: 'users.insert', with: [{ id: 'ada', name: 'Ada', country: 'de' }] },
        { call: 'users.update', with: ['ada', { country: 'DE' }], fails: violation('users') },
        { call: 'countries.delete', with: ['de'], fails: violation('countries') },
      ],
    },
    {
      name: 'a reference may be a part of the key',
      ...unchecked,
      steps: [
        ada,
        post,
        { call: 'likes.insert', with: [{ userId: 'ada', postId: 'p' }] },
        {
          call: 'likes.insert',
          with: [{ userId: 'ada', postId: 'p' }],
          fails: { code: 'UniqueViolation', fields: ['userId', 'postId'] },
        },
        { call: 'likes.insert', with: [{ userId: 'ada', postId: 'q' }], fails: violation('likes') },
        { call: 'posts.delete', with: ['p'], fails: violation('posts') },
        { row: { postId: 'p', userId: 'ada' }, of: 'likes', has: { weight: 1 } },
      ],
    },
    {
      name: 'a reference that is missing or null where it is required is refused',
      steps: [
        {
          call: 'posts.insert',
          with: [{ title: 'x' }],
          fails: { code: 'InvalidValue', fields: ['userId'] },
        },
        {
          call: 'posts.insert',
          with: [{ title: 'x', userId: null }],
          fails: { code: 'InvalidValue', fields: ['userId'] },
        },
      ],
    },
    {
      name: 'a reference takes exactly the values that the key it refers to may have',
      steps: [
        { call: 'countries.insert', with: [{ code: '', name: 'nowhere' }] },
        { call: 'users.insert', with: [{ id: 'ada', name: 'Ada', country: '' }] },
        { matching: { country: '' }, of: 'users', are: ['ada'] },
        {
          call: 'users.insert',
          with: [{ name: 'Bob', country: 'xyz' }],
          fails: { code: 'InvalidValue', fields: ['country'] },
        },
        {
          call: 'posts.insert',
          with: [{ userId: '', title: 'x' }],
          fails: { code: 'InvalidValue', fields: ['userId'] },
        },
      ],
    },
    {
      name: 'a reference to a row of the same transaction holds',
      needs: ['transactions'],
      steps: [
        {
          transaction: [
            ada,
            post,
            { call: 'likes.insert', with: [{ userId: 'ada', postId: 'p' }] },
          ],
        },
        { call: 'likes.count', gives: 1 },
        {
          transaction: [
            { call: 'likes.deleteMany', with: [{ where: {} }] },
            { call: 'posts.deleteMany', with: [{ where: {} }] },
            { call: 'users.deleteMany', with: [{ where: {} }], gives: 1 },
          ],
        },
      ],
    },
  ],
}
