import { the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'
import { ann, annAndBob } from './fixtures.ts'

const needs = ['transactions'] as const

export const transactionLimits: Behaviour = {
  name: 'limits of transactions',
  schema: 'accounts',
  scenarios: [
    {
      name: 'calls on the service inside a closure say OutsideTransaction, and wait for nothing',
      needs,
      steps: [
        ann,
        {
          transaction: [
            ...(
              [
                { call: 'accounts.find' },
                { call: 'accounts.get', with: ['a'] },
                { call: 'accounts.page' },
                { call: 'accounts.count' },
                { call: 'accounts.stream' },
                { call: 'accounts.aggregate', with: [{ measures: { n: 'count' } }] },
                { call: 'accounts.insert', with: [{ email: 'b@x' }] },
                { call: 'accounts.insertMany', with: [[]] },
                { call: 'accounts.update', with: ['a', { balance: 0 }] },
                { call: 'accounts.deleteMany', with: [{ where: {} }] },
              ] as const
            ).map((call): Step => ({ ...call, on: 'data', fails: { code: 'OutsideTransaction' } })),
            { on: 'data', transaction: [], fails: { code: 'OutsideTransaction' } },
            { on: 'data', call: 'close', fails: { code: 'OutsideTransaction' } },
            { call: 'accounts.update', with: ['a', { balance: 11 }] },
          ],
        },
        { values: 'balance', of: 'accounts', are: [11] },
      ],
    },
    {
      name: 'a closure that takes too long is TransactionTimeout, and nothing of it is written',
      needs,
      steps: [
        ann,
        {
          transaction: [{ call: 'accounts.update', with: ['a', { balance: 99 }] }, { hang: true }],
          with: { timeoutMs: 30 },
          scope: 'late',
          fails: { code: 'TransactionTimeout' },
        },
        { on: 'late', call: 'accounts.count', fails: { code: 'TransactionAborted' } },
        { values: 'balance', of: 'accounts', are: [10] },
        { transaction: [{ call: 'accounts.update', with: ['a', { balance: 11 }] }] },
        { values: 'balance', of: 'accounts', are: [11] },
      ],
    },
    {
      name: 'every isolation level is taken, since an engine may give more',
      needs,
      steps: [
        ann,
        ...['read committed', 'repeatable read'].map(incrementAt),
        { values: 'balance', of: 'accounts', are: [12] },
      ],
    },
    {
      name: 'a transaction may be serializable',
      needs: [...needs, 'serializable'],
      steps: [ann, incrementAt('serializable'), { values: 'balance', of: 'accounts', are: [11] }],
    },
    {
      name: 'options that do not exist or cannot be are refused before anything runs',
      needs,
      steps: [
        ...[
          { isolationLevel: 'snapshot' },
          { isolationLevel: null },
          { maxRetries: -1 },
          { maxRetries: 1.5 },
          { maxRetries: '3' },
          { timeoutMs: 0 },
          { timeoutMs: -5 },
          { timeoutMs: Number.NaN },
          { timeoutMs: '5' },
          { retries: 3 },
          null,
          'serializable',
        ].map((options): Step => ({
          transaction: [annAndBob],
          with: options,
          fails: { code: 'InvalidOptions' },
        })),
        { call: 'accounts.count', gives: 0 },
        { transaction: [annAndBob], with: { maxRetries: 0, timeoutMs: 5_000 } },
        { call: 'accounts.count', gives: 2 },
      ],
    },
    {
      name: 'a transaction inside a transaction has no options of its own',
      needs,
      steps: [
        {
          transaction: [
            { transaction: [ann], with: { timeoutMs: 5 }, fails: { code: 'InvalidOptions' } },
            { call: 'accounts.count', gives: 0 },
            { transaction: [ann] },
          ],
        },
        { call: 'accounts.count', gives: 1 },
      ],
    },
    {
      name: 'a transaction takes a function and nothing else',
      needs,
      steps: [
        ...[undefined, null, 'begin', {}].map((work): Step => ({
          call: 'transaction',
          with: [work],
          fails: { code: 'InvalidOptions' },
        })),
        {
          transaction: [
            { call: 'transaction', with: [undefined], fails: { code: 'InvalidOptions' } },
          ],
        },
      ],
    },
    {
      name: 'forUpdate reads the row in a transaction, and has no place outside of one',
      needs,
      steps: [
        ann,
        {
          transaction: [
            {
              call: 'accounts.get',
              with: ['a', { forUpdate: true, select: ['balance'] }],
              as: 'row',
            },
            { call: 'accounts.update', with: ['a', { balance: the('row.balance', { plus: 5 }) }] },
            { call: 'accounts.get', with: ['b', { forUpdate: true }], fails: { code: 'NotFound' } },
            {
              call: 'accounts.get',
              with: ['a', { forUpdate: false, select: ['balance'] }],
              gives: { balance: 15 },
            },
          ],
        },
        {
          call: 'accounts.get',
          with: ['a', { forUpdate: true }],
          fails: { code: 'InvalidOptions', names: ['forUpdate'] },
        },
        {
          call: 'accounts.get',
          with: ['a', { forUpdate: 'yes' }],
          fails: { code: 'InvalidOptions', names: ['forUpdate'] },
        },
        { values: 'balance', of: 'accounts', are: [15] },
      ],
    },
  ],
}

function incrementAt(isolationLevel: string): Step {
  return {
    transaction: [{ call: 'accounts.update', with: ['a', { balance: { increment: 1 } }] }],
    with: { isolationLevel, maxRetries: 0, timeoutMs: 5_000 },
  }
}
