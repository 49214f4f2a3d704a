import { the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'
import { ann, annAndBob } from './fixtures.ts'

const needs = ['transactions'] as const

export const transactions: Behaviour = {
  name: 'transactions',
  schema: 'accounts',
  scenarios: [
    {
      name: 'what a transaction wrote is there when it has ended, and its result is the closure’s',
      needs,
      steps: [
        annAndBob,
        {
          transaction: [
            { call: 'accounts.update', with: ['a', { balance: { increment: -4 } }] },
            { call: 'accounts.update', with: ['b', { balance: { increment: 4 } }], as: 'b' },
          ],
          returns: { paid: the('b.balance') },
          gives: { paid: 4 },
        },
        { values: 'balance', of: 'accounts', are: [6, 4] },
      ],
    },
    {
      name: 'an empty transaction commits nothing',
      needs,
      steps: [{ transaction: [], returns: undefined, gives: undefined }],
    },
    {
      name: 'every method works in a transaction, and sees what was written before it',
      needs,
      steps: [
        {
          transaction: [
            annAndBob,
            {
              call: 'accounts.find',
              with: [{ select: ['id'] }],
              gives: [{ id: 'a' }, { id: 'b' }],
            },
            {
              call: 'accounts.findOne',
              with: [{ where: { email: 'b@x' }, select: ['id'] }],
              gives: { id: 'b' },
            },
            { row: 'a', of: 'accounts', has: { balance: 10, version: 1 } },
            { call: 'accounts.count', gives: 2 },
            { call: 'accounts.updateMany', with: [{ where: {}, set: { points: 1 } }], gives: 2 },
            {
              call: 'accounts.aggregate',
              with: [{ measures: { points: { sum: 'points' } } }],
              gives: [{ points: 2 }],
            },
            {
              call: 'accounts.upsert',
              with: [
                {
                  on: ['id'],
                  insert: { id: 'a', email: 'z' },
                  update: { points: { increment: 1 } },
                },
              ],
            },
            { values: 'points', of: 'accounts', are: [2, 1] },
            {
              pages: 'accounts',
              query: { orderBy: { points: 'asc' } },
              sizes: [1],
              are: ['b', 'a'],
            },
            { call: 'accounts.delete', with: ['b'] },
            { call: 'accounts.deleteMany', with: [{ where: {} }], gives: 1 },
            { call: 'accounts.insert', with: [{ id: 'c', email: 'a@x' }] },
          ],
        },
        { values: 'id', of: 'accounts', are: ['c'] },
      ],
    },
    {
      name: 'an error that leaves the closure rolls everything back, and is the result',
      needs,
      steps: [
        ann,
        {
          transaction: [
            { call: 'accounts.insert', with: [{ email: 'b@x' }] },
            { call: 'accounts.update', with: ['a', { balance: 99 }] },
            { call: 'accounts.deleteMany', with: [{ where: { id: 'a' } }], gives: 1 },
            { throw: 'changed my mind' },
          ],
          fails: { thrown: 'changed my mind' },
        },
        { values: 'balance', of: 'accounts', are: [10] },
      ],
    },
    {
      name: 'an error of the database rolls everything back, and is the result',
      needs,
      steps: [
        ann,
        {
          transaction: [
            { call: 'accounts.insert', with: [{ email: 'b@x' }] },
            { call: 'accounts.insert', with: [{ email: 'a@x' }] },
          ],
          fails: { code: 'UniqueViolation', collection: 'accounts', fields: ['email'] },
        },
        { call: 'accounts.count', gives: 1 },
      ],
    },
    {
      name: 'a transaction inside a transaction is a part of it',
      needs,
      steps: [
        ann,
        {
          scope: 'outer',
          transaction: [
            { call: 'accounts.update', with: ['a', { balance: 11 }] },
            {
              transaction: [
                { row: 'a', of: 'accounts', has: { balance: 11 } },
                { call: 'accounts.insert', with: [{ id: 'b', email: 'b@x' }] },
                { on: 'outer', call: 'accounts.count', gives: 2 },
              ],
              returns: 'inner',
              gives: 'inner',
            },
            { call: 'accounts.count', gives: 2 },
          ],
        },
        { values: 'balance', of: 'accounts', are: [11, 0] },
      ],
    },
    {
      name: 'parallel calls on one transaction all run, one after another',
      needs,
      steps: [
        ann,
        {
          transaction: [
            {
              parallel: [
                ...Array.from({ length: 6 }, (): Step[] => [
                  { call: 'accounts.update', with: ['a', { balance: { increment: 1 } }] },
                ]),
                [{ call: 'accounts.insert', with: [{ id: 'b', email: 'b@x' }] }],
                [{ call: 'accounts.count' }],
              ],
            },
          ],
        },
        { values: 'balance', of: 'accounts', are: [16, 0] },
      ],
    },
    {
      name: 'a call that nobody waits for is part of the transaction all the same',
      needs,
      steps: [
        ann,
        {
          transaction: [
            {
              call: 'accounts.update',
              with: ['a', { balance: { increment: 1 } }],
              unawaited: true,
            },
            { call: 'accounts.insert', with: [{ id: 'b', email: 'b@x' }], unawaited: true },
          ],
        },
        { values: 'balance', of: 'accounts', are: [11, 0] },
      ],
    },
    {
      name: 'rows may come, change, go and come again in one transaction',
      needs,
      steps: [
        annAndBob,
        {
          transaction: [
            { call: 'accounts.delete', with: ['a'] },
            { call: 'accounts.get', with: ['a'], fails: { code: 'NotFound' } },
            { call: 'accounts.update', with: ['b', { email: 'a@x' }] },
            { call: 'accounts.insert', with: [{ id: 'a', email: 'b@x' }] },
            { call: 'accounts.delete', with: ['b'] },
            { call: 'accounts.insert', with: [{ id: 'b', email: 'a@x', balance: 5 }] },
            { call: 'accounts.insert', with: [{ id: 'c', email: 'c@x' }] },
            { call: 'accounts.delete', with: ['c'] },
            { matching: { email: 'a@x' }, of: 'accounts', are: ['b'] },
            { values: 'email', of: 'accounts', are: ['b@x', 'a@x'] },
          ],
        },
        { values: 'email', of: 'accounts', are: ['b@x', 'a@x'] },
        { values: 'version', of: 'accounts', are: [1, 1] },
        { matching: { email: 'b@x', balance: 0 }, of: 'accounts', are: ['a'] },
      ],
    },
  ],
}
