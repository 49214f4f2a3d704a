import { the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'
import { ann } from './fixtures.ts'

const needs = ['transactions'] as const
const dayMs = 86_400_000

const addOne: Step = { call: 'accounts.update', with: ['a', { balance: { increment: 1 } }] }

/** What nobody may reach, because the mutation has been made. */
const neverRun: Step = { throw: 'the closure has run again' }

const balance = (is: number): Step => ({ values: 'balance', of: 'accounts', are: [is] })

export const mutations: Behaviour = {
  name: 'mutations',
  schema: 'accounts',
  scenarios: [
    {
      name: 'a mutation that is sent again gives what it gave, and changes nothing',
      needs,
      steps: [
        ann,
        {
          transaction: [addOne, { call: 'accounts.get', with: ['a'], as: 'row' }],
          with: { mutationId: 'm1', actor: 'ann' },
          returns: { balance: the('row.balance'), list: [1, 'x', null, true, { deep: -0.5 }] },
          as: 'first',
          gives: { balance: 11, list: [1, 'x', null, true, { deep: -0.5 }] },
        },
        addOne,
        ...Array.from({ length: 3 }, (): Step => ({
          transaction: [addOne, neverRun],
          with: { mutationId: 'm1', actor: 'ann' },
          gives: the('first'),
        })),
        balance(12),
      ],
    },
    {
      name: 'what is given again is a copy, which callers may change',
      needs,
      steps: [
        { transaction: [], with: { mutationId: 'm1' }, returns: { list: [1] }, as: 'first' },
        { alter: 'first.list', to: 'changed' },
        { transaction: [neverRun], with: { mutationId: 'm1' }, as: 'second', gives: { list: [1] } },
        { alter: 'second.list', to: 'changed' },
        { transaction: [neverRun], with: { mutationId: 'm1' }, gives: { list: [1] } },
      ],
    },
    {
      name: 'a mutation that gives nothing gives null, each time',
      needs,
      steps: [
        ann,
        { transaction: [addOne], with: { mutationId: 'm1' }, gives: null },
        { transaction: [neverRun], with: { mutationId: 'm1' }, gives: null },
        balance(11),
      ],
    },
    {
      name: 'every id is a mutation of its own, whatever characters it is made of',
      needs,
      steps: [
        ann,
        ...['m', 'M', 'm!', 'x'.repeat(64), "';--", '%', '"', '\\', '0', '00'].flatMap(
          (mutationId, index): Step[] => [
            { transaction: [addOne], with: { mutationId }, returns: index, gives: index },
            { transaction: [neverRun], with: { mutationId }, gives: index },
          ],
        ),
        balance(20),
      ],
    },
    {
      name: 'without an id a transaction happens as often as it is asked for, actor or not',
      needs,
      steps: [
        ann,
        { transaction: [addOne], with: { actor: 'ann' }, gives: undefined },
        { transaction: [addOne], with: { actor: 'ann' }, gives: undefined },
        { transaction: [addOne] },
        balance(13),
      ],
    },
    {
      name: 'a mutation that failed has left no record, and can be sent again',
      needs,
      steps: [
        ann,
        {
          transaction: [addOne, { throw: 'no' }],
          with: { mutationId: 'm1' },
          fails: { thrown: 'no' },
        },
        {
          transaction: [{ call: 'accounts.insert', with: [{ email: 'a@x' }] }],
          with: { mutationId: 'm1' },
          fails: { code: 'UniqueViolation' },
        },
        {
          transaction: [addOne, { hang: true }],
          with: { mutationId: 'm1', timeoutMs: 20 },
          fails: { code: 'TransactionTimeout' },
        },
        { transaction: [addOne], with: { mutationId: 'm1', actor: 'bob' }, gives: null },
        { transaction: [neverRun], with: { mutationId: 'm1', actor: 'bob' }, gives: null },
        balance(11),
      ],
    },
    {
      name: 'a mutation whose closure has to run again happens once',
      needs,
      steps: [
        ann,
        {
          transaction: [addOne, { throw: 'again', code: 'SerializationFailure', times: 2 }],
          with: { mutationId: 'm1' },
        },
        { transaction: [neverRun], with: { mutationId: 'm1' } },
        balance(11),
      ],
    },
    {
      name: "another actor's mutation is MutationIdTaken, and stays what it is",
      needs,
      steps: [
        ann,
        { transaction: [addOne], with: { mutationId: 'm1', actor: 'ann' }, returns: 'hers' },
        { transaction: [addOne], with: { mutationId: 'm2' }, returns: "nobody's" },
        ...[
          { mutationId: 'm1', actor: 'bob' },
          { mutationId: 'm1', actor: 'Ann' },
          { mutationId: 'm1' },
          { mutationId: 'm2', actor: 'ann' },
        ].map((options): Step => ({
          transaction: [neverRun],
          with: options,
          fails: { code: 'MutationIdTaken' },
        })),
        { transaction: [neverRun], with: { mutationId: 'm1', actor: 'ann' }, gives: 'hers' },
        { transaction: [neverRun], with: { mutationId: 'm2' }, gives: "nobody's" },
        balance(12),
      ],
    },
    {
      name: 'of mutations that are sent at once under one id one happens, and all have its result',
      needs,
      steps: [
        ann,
        {
          parallel: Array.from({ length: 8 }, (): Step[] => [
            {
              transaction: [addOne, { call: 'accounts.get', with: ['a'], as: 'row' }],
              with: { mutationId: 'm1' },
              returns: the('row.balance'),
              gives: 11,
            },
          ]),
        },
        balance(11),
      ],
    },
    {
      name: 'who waits for a mutation of the same id that fails makes it',
      needs,
      steps: [
        ann,
        {
          parallel: [
            [
              {
                transaction: [addOne, { signal: 'begun' }, { throw: 'no' }],
                with: { mutationId: 'm1' },
                fails: { thrown: 'no' },
              },
            ],
            [
              { await: 'begun' },
              {
                transaction: [addOne],
                with: { mutationId: 'm1' },
                returns: 'the second',
                gives: 'the second',
              },
            ],
          ],
        },
        balance(11),
      ],
    },
    {
      name: 'another process that sends a mutation again gets its result',
      needs: ['transactions', 'sharedBetweenProcesses'],
      steps: [
        ann,
        { open: 'other' },
        {
          parallel: ['data', 'other', 'data', 'other'].map((on): Step[] => [
            { on, transaction: [addOne], with: { mutationId: 'm1' }, returns: 1, gives: 1 },
          ]),
        },
        balance(11),
        { call: 'close' },
        { open: 'later' },
        { on: 'later', transaction: [neverRun], with: { mutationId: 'm1' }, gives: 1 },
      ],
    },
    {
      name: 'a mutation is known for seven days at least',
      needs,
      steps: [
        ann,
        { transaction: [addOne], with: { mutationId: 'm1' }, returns: 1 },
        { advanceMs: 7 * dayMs - 1 },
        { transaction: [addOne], with: { mutationId: 'm2' }, returns: 2 },
        { transaction: [neverRun], with: { mutationId: 'm1' }, gives: 1 },
        balance(12),
      ],
    },
    {
      name: 'a result that is not JSON is refused, and nothing is written or recorded',
      needs,
      steps: [
        ann,
        ...[
          new Date(0),
          5n,
          new Uint8Array(1),
          Number.NaN,
          [undefined],
          { list: [new Date(0)] },
          { $set: 1 },
          '\0',
        ].map((returns): Step => ({
          transaction: [addOne],
          with: { mutationId: 'm1' },
          returns,
          fails: { code: 'InvalidValue' },
        })),
        balance(10),
        { transaction: [addOne], with: { mutationId: 'm1' }, returns: {}, gives: {} },
        { transaction: [], with: { actor: 'ann' }, returns: 5n, gives: 5n },
        balance(11),
      ],
    },
    {
      name: 'ids and actors that cannot be are refused before anything runs',
      needs,
      steps: [
        ...[
          ...['', ' ', 'a b', 'x'.repeat(65), 'é', 'a\n', '\0', 5, null, {}].map((mutationId) => ({
            mutationId,
          })),
          ...['', 'x'.repeat(192), '\0', '\ud800', 5, null, {}].map((actor) => ({ actor })),
        ].map((options): Step => ({
          transaction: [neverRun],
          with: options,
          fails: { code: 'InvalidOptions', names: Object.keys(options) },
        })),
        { transaction: [], with: { mutationId: 'm1', actor: '😀'.repeat(191) }, gives: null },
        { transaction: [ann], with: { mutationId: undefined, actor: undefined } },
        balance(10),
      ],
    },
  ],
}
