import { the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'

const counter: Step = { call: 'accounts.insert', with: [{ id: 'a', email: 'a@x' }] }
const needs = ['transactions'] as const

/** Reads the balance and writes one more, as applications do that know no increment. */
const readAndWrite: Step = {
  transaction: [
    { call: 'accounts.get', with: ['a', { forUpdate: true }], as: 'row' },
    { call: 'accounts.update', with: ['a', { balance: the('row.balance', { plus: 1 }) }] },
  ],
  with: { maxRetries: 20 },
}

export const isolation: Behaviour = {
  name: 'isolation',
  schema: 'accounts',
  scenarios: [
    {
      name: 'others read the last commit while a transaction is open',
      needs,
      lockTimeoutMs: 500,
      steps: [
        counter,
        {
          parallel: [
            [
              {
                transaction: [
                  { call: 'accounts.update', with: ['a', { balance: 1 }] },
                  { call: 'accounts.insert', with: [{ id: 'b', email: 'b@x' }] },
                  { signal: 'written' },
                  { await: 'looked' },
                ],
              },
            ],
            [
              { await: 'written' },
              { values: 'balance', of: 'accounts', are: [0] },
              { row: 'a', of: 'accounts', has: { balance: 0, version: 1 } },
              { call: 'accounts.count', gives: 1 },
              { call: 'accounts.find', with: [{ where: { email: 'b@x' } }], gives: [] },
              {
                call: 'accounts.aggregate',
                with: [{ measures: { total: { sum: 'balance' } } }],
                gives: [{ total: 0 }],
              },
              { signal: 'looked' },
            ],
          ],
        },
        { values: 'balance', of: 'accounts', are: [1, 0] },
      ],
    },
    {
      name: 'nobody ever sees what is rolled back',
      needs,
      steps: [
        counter,
        {
          parallel: [
            [
              {
                transaction: [
                  { call: 'accounts.update', with: ['a', { balance: 99 }] },
                  { signal: 'written' },
                  { throw: 'never mind' },
                ],
                fails: { thrown: 'never mind' },
              },
            ],
            ...Array.from({ length: 4 }, (): Step[] => [
              { await: 'written' },
              { values: 'balance', of: 'accounts', are: [0] },
            ]),
          ],
        },
      ],
    },
    {
      name: 'two transactions that read for update and write lose nothing',
      needs,
      steps: [
        counter,
        { parallel: [[readAndWrite], [readAndWrite]] },
        { values: 'balance', of: 'accounts', are: [2] },
      ],
    },
    {
      name: 'ten transactions, increments and writes beside them lose nothing',
      needs,
      steps: [
        counter,
        {
          parallel: [
            ...Array.from({ length: 10 }, () => [readAndWrite]),
            ...Array.from({ length: 10 }, (): Step[] => [
              { call: 'accounts.update', with: ['a', { balance: { increment: 1 } }] },
            ]),
            ...Array.from({ length: 5 }, (_, n): Step[] => [
              { call: 'accounts.insert', with: [{ id: `b${n}`, email: `${n}@x` }] },
            ]),
          ],
        },
        { row: 'a', of: 'accounts', has: { balance: 20, version: 21 } },
        { call: 'accounts.count', gives: 6 },
      ],
    },
    {
      name: 'a writer waits for the transaction before it, and then sees its work',
      needs,
      steps: [
        counter,
        {
          parallel: [
            [
              {
                transaction: [
                  { call: 'accounts.get', with: ['a', { forUpdate: true }], as: 'row' },
                  { signal: 'read' },
                  {
                    call: 'accounts.update',
                    with: ['a', { balance: the('row.balance', { plus: 5 }) }],
                  },
                ],
              },
            ],
            [
              { await: 'read' },
              { call: 'accounts.update', with: ['a', { balance: { increment: 1 } }] },
            ],
          ],
        },
        { values: 'balance', of: 'accounts', are: [6] },
      ],
    },
    {
      name: 'a writer that waits too long gets LockTimeout, and nothing is written',
      needs,
      lockTimeoutMs: 100,
      steps: [
        counter,
        {
          parallel: [
            [
              {
                transaction: [
                  { call: 'accounts.update', with: ['a', { balance: 1 }] },
                  { signal: 'locked' },
                  { await: 'gave up' },
                ],
              },
            ],
            [
              { await: 'locked' },
              {
                call: 'accounts.update',
                with: ['a', { balance: 99 }],
                fails: { code: 'LockTimeout' },
              },
              { signal: 'gave up' },
            ],
          ],
        },
        { row: 'a', of: 'accounts', has: { balance: 1, version: 2 } },
      ],
    },
    {
      name: 'the whole closure runs again after a retryable error, on what was there before',
      needs,
      steps: [
        counter,
        {
          transaction: [
            { call: 'accounts.update', with: ['a', { balance: { increment: 1 } }], as: 'row' },
            { throw: 'in the way', code: 'SerializationFailure', times: 2 },
          ],
          with: { maxRetries: 2 },
          returns: the('row.balance'),
          gives: 1,
        },
        { row: 'a', of: 'accounts', has: { balance: 1, version: 2 } },
      ],
    },
    {
      name: 'retries end, and other errors are not retried',
      needs,
      steps: [
        counter,
        ...(
          [
            [{ code: 'SerializationFailure', times: 2 }, 1],
            [{ code: 'SerializationFailure', times: 1 }, 0],
            [{ code: 'NotFound', times: 1 }, 5],
          ] as const
        ).map(([failure, maxRetries]): Step => ({
          transaction: [
            { call: 'accounts.update', with: ['a', { balance: { increment: 1 } }] },
            { throw: 'in the way', ...failure },
          ],
          with: { maxRetries },
          fails: { code: failure.code },
        })),
        { values: 'balance', of: 'accounts', are: [0] },
      ],
    },
    {
      name: 'a service beside it sees what was committed, and nothing before',
      needs: ['transactions', 'sharedBetweenProcesses'],
      steps: [
        counter,
        { open: 'other' },
        { on: 'other', call: 'accounts.count', gives: 1 },
        {
          parallel: [
            [
              {
                transaction: [
                  { call: 'accounts.update', with: ['a', { balance: 7 }] },
                  { signal: 'written' },
                  { await: 'looked' },
                ],
              },
            ],
            [
              { await: 'written' },
              {
                on: 'other',
                call: 'accounts.get',
                with: ['a', { select: ['balance'] }],
                gives: { balance: 0 },
              },
              { signal: 'looked' },
            ],
          ],
        },
        {
          on: 'other',
          call: 'accounts.get',
          with: ['a', { select: ['balance'] }],
          gives: { balance: 7 },
        },
      ],
    },
    {
      name: 'two services that write at the same time lose nothing',
      needs: ['transactions', 'sharedBetweenProcesses'],
      steps: [
        counter,
        { open: 'other' },
        {
          parallel: [
            ...Array.from({ length: 5 }, () => [readAndWrite]),
            ...Array.from({ length: 5 }, () => [{ ...readAndWrite, on: 'other' }]),
            ...Array.from({ length: 5 }, (): Step[] => [
              { on: 'other', call: 'accounts.update', with: ['a', { balance: { increment: 1 } }] },
            ]),
          ],
        },
        { values: 'balance', of: 'accounts', are: [15] },
      ],
    },
    {
      name: 'what a transaction has read stays so until it ends',
      needs,
      steps: [
        counter,
        {
          parallel: [
            [
              {
                transaction: [
                  { call: 'accounts.count', gives: 1 },
                  { values: 'balance', of: 'accounts', are: [0] },
                  { signal: 'read' },
                  ...Array.from({ length: 20 }, (): Step => ({ call: 'accounts.count', gives: 1 })),
                  { values: 'balance', of: 'accounts', are: [0] },
                ],
              },
            ],
            [{ await: 'read' }, { call: 'accounts.insert', with: [{ id: 'b', email: 'b@x' }] }],
            [{ await: 'read' }, { call: 'accounts.update', with: ['a', { balance: 7 }] }],
          ],
        },
        { values: 'balance', of: 'accounts', are: [7, 0] },
      ],
    },
    {
      name: 'another service may be called inside a closure, and is not part of the transaction',
      needs: ['transactions', 'sharedBetweenProcesses'],
      steps: [
        counter,
        { open: 'other' },
        {
          transaction: [
            { call: 'accounts.update', with: ['a', { balance: 7 }] },
            {
              on: 'other',
              call: 'accounts.get',
              with: ['a', { select: ['balance'] }],
              gives: { balance: 0 },
            },
          ],
        },
      ],
    },
    {
      name: 'a service waits for the transaction of another one, but not for ever',
      needs: ['transactions', 'sharedBetweenProcesses'],
      lockTimeoutMs: 100,
      steps: [
        counter,
        { open: 'other' },
        {
          transaction: [
            { call: 'accounts.update', with: ['a', { balance: 7 }] },
            {
              on: 'other',
              call: 'accounts.update',
              with: ['a', { balance: 99 }],
              fails: { code: 'LockTimeout' },
            },
            {
              on: 'other',
              transaction: [{ call: 'accounts.update', with: ['a', { balance: 98 }] }],
              fails: { code: 'LockTimeout' },
            },
          ],
        },
        { values: 'balance', of: 'accounts', are: [7] },
        { on: 'other', call: 'accounts.update', with: ['a', { balance: 8 }] },
      ],
    },
  ],
}
