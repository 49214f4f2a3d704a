import type { Behaviour, Step } from '../suite/scenario.ts'
import { ann, annAndBob } from './fixtures.ts'

const needs = ['transactions'] as const

export const doomedTransactions: Behaviour = {
  name: 'doomed transactions',
  schema: 'accounts',
  scenarios: [
    {
      name: 'after an error of the database a transaction can only roll back, even if it is caught',
      needs,
      steps: [
        ann,
        {
          transaction: [
            { call: 'accounts.insert', with: [{ email: 'b@x' }] },
            {
              call: 'accounts.insert',
              with: [{ email: 'a@x' }],
              fails: { code: 'UniqueViolation' },
            },
          ],
          fails: { code: 'TransactionAborted', cause: { code: 'UniqueViolation' } },
        },
        { call: 'accounts.count', gives: 1 },
      ],
    },
    {
      name: 'every call after an error of the database says TransactionAborted, reads too',
      needs,
      steps: [
        ann,
        {
          transaction: [
            {
              call: 'accounts.insert',
              with: [{ email: 'a@x' }],
              fails: { code: 'UniqueViolation' },
            },
            ...(
              [
                { call: 'accounts.find' },
                { call: 'accounts.get', with: ['a'] },
                { call: 'accounts.count' },
                { call: 'accounts.stream' },
                { call: 'accounts.insert', with: [{ email: 'c@x' }] },
                { call: 'accounts.insertMany', with: [[]] },
                { call: 'accounts.updateMany', with: [{ where: {}, set: { balance: 0 } }] },
                { call: 'accounts.deleteMany', with: [{ where: {} }] },
              ] as const
            ).map((call): Step => ({
              ...call,
              fails: { code: 'TransactionAborted', cause: { code: 'UniqueViolation' } },
            })),
          ],
          fails: { code: 'TransactionAborted', cause: { code: 'UniqueViolation' } },
        },
        { values: 'balance', of: 'accounts', are: [10] },
      ],
    },
    {
      name: 'every error of the database dooms a transaction',
      needs,
      steps: [
        { call: 'accounts.insert', with: [{ id: 'a', email: 'a@x', balance: 2 ** 53 - 1 }] },
        ...(
          [
            [{ call: 'accounts.update', with: ['a', { balance: { increment: 1 } }] }, 'OutOfRange'],
            [{ call: 'accounts.insert', with: [{ id: 'a', email: 'b' }] }, 'UniqueViolation'],
            [
              { call: 'accounts.insertMany', with: [[{ email: 'b' }, { email: 'a@x' }]] },
              'UniqueViolation',
            ],
          ] as const
        ).map(([call, code]): Step => ({
          transaction: [
            { call: 'accounts.insert', with: [{ email: 'lost' }] },
            { ...call, fails: { code } },
          ],
          fails: { code: 'TransactionAborted', cause: { code } },
        })),
        { call: 'accounts.count', gives: 1 },
      ],
    },
    {
      name: 'a broken reference dooms a transaction',
      schema: 'forum',
      needs: ['transactions', 'foreignKeys'],
      otherwise: [
        { transaction: [{ call: 'posts.insert', with: [{ userId: 'nobody', title: 'x' }] }] },
        { call: 'posts.count', gives: 1 },
      ],
      steps: [
        { call: 'users.insert', with: [{ id: 'ada', name: 'Ada' }] },
        { call: 'posts.insert', with: [{ id: 'p', userId: 'ada', title: 'x' }] },
        {
          transaction: [
            { call: 'users.update', with: ['ada', { name: 'lost' }] },
            { call: 'users.delete', with: ['ada'], fails: { code: 'ForeignKeyViolation' } },
          ],
          fails: { code: 'TransactionAborted', cause: { code: 'ForeignKeyViolation' } },
        },
        { row: 'ada', of: 'users', has: { name: 'Ada' } },
      ],
    },
    {
      name: 'NotFound, VersionConflict and what is refused before the database do not doom it',
      needs,
      steps: [
        ann,
        {
          transaction: [
            { call: 'accounts.get', with: ['nobody'], fails: { code: 'NotFound' } },
            {
              call: 'accounts.update',
              with: ['nobody', { balance: 1 }],
              fails: { code: 'NotFound' },
            },
            { call: 'accounts.delete', with: ['nobody'], fails: { code: 'NotFound' } },
            {
              call: 'accounts.update',
              with: ['a', { balance: 1 }, { ifVersion: 7 }],
              fails: { code: 'VersionConflict' },
            },
            {
              call: 'accounts.delete',
              with: ['a', { ifVersion: 7 }],
              fails: { code: 'VersionConflict' },
            },
            { call: 'accounts.insert', with: [{ email: 5 }], fails: { code: 'InvalidValue' } },
            {
              call: 'accounts.find',
              with: [{ where: { nope: 1 } }],
              fails: { code: 'UnknownField' },
            },
            { call: 'accounts.find', with: [{ after: 'x' }], fails: { code: 'InvalidCursor' } },
            { call: 'accounts.find', with: [{ limit: -1 }], fails: { code: 'InvalidQuery' } },
            { call: 'collection', with: ['nope'], fails: { code: 'UnknownCollection' } },
            { call: 'accounts.update', with: ['a', { balance: 11 }] },
          ],
        },
        { values: 'balance', of: 'accounts', are: [11] },
      ],
    },
    {
      name: 'the failure of an inner transaction dooms the outer one, even if it is caught',
      needs,
      steps: [
        ann,
        {
          transaction: [
            { call: 'accounts.update', with: ['a', { balance: 11 }] },
            {
              transaction: [
                { call: 'accounts.insert', with: [{ email: 'b@x' }] },
                { throw: 'inner' },
              ],
              fails: { thrown: 'inner' },
            },
            {
              call: 'accounts.count',
              fails: { code: 'TransactionAborted', cause: { thrown: 'inner' } },
            },
          ],
          fails: { code: 'TransactionAborted', cause: { thrown: 'inner' } },
        },
        { values: 'balance', of: 'accounts', are: [10] },
      ],
    },
    {
      name: 'the failure of an outer transaction rolls the inner one back',
      needs,
      steps: [
        {
          transaction: [{ transaction: [annAndBob] }, { throw: 'outer' }],
          fails: { thrown: 'outer' },
        },
        { call: 'accounts.count', gives: 0 },
      ],
    },
    {
      name: 'a transaction that is over refuses every call',
      needs,
      steps: [
        { transaction: [ann], scope: 'over' },
        { on: 'over', call: 'accounts.count', fails: { code: 'TransactionAborted' } },
        {
          on: 'over',
          call: 'accounts.insert',
          with: [{ email: 'b@x' }],
          fails: { code: 'TransactionAborted' },
        },
        { transaction: [{ throw: 'x' }], scope: 'failed', fails: { thrown: 'x' } },
        { on: 'failed', call: 'accounts.count', fails: { code: 'TransactionAborted' } },
        { on: 'over', transaction: [], fails: { code: 'TransactionAborted' } },
        { call: 'accounts.count', gives: 1 },
      ],
    },
    {
      name: 'a call that nobody waits for dooms the transaction when it fails',
      needs,
      steps: [
        ann,
        {
          transaction: [
            { call: 'accounts.update', with: ['a', { balance: 11 }] },
            {
              call: 'accounts.insert',
              with: [{ email: 'a@x' }],
              unawaited: true,
              fails: { code: 'UniqueViolation' },
            },
          ],
          fails: { code: 'TransactionAborted', cause: { code: 'UniqueViolation' } },
        },
        { values: 'balance', of: 'accounts', are: [10] },
      ],
    },
  ],
}
