import { length } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'

const rows = (count: number): Step => ({
  call: 'notes.insertMany',
  with: [
    Array.from({ length: count }, (_, rank) => ({ id: idOf(rank), title: 'x', rank: rank % 7 })),
  ],
})
const idOf = (index: number) => String(index).padStart(5, '0')
const ids = (count: number) => Array.from({ length: count }, (_, index) => ({ id: idOf(index) }))

export const streaming: Behaviour = {
  name: 'streaming',
  schema: 'notes',
  scenarios: [
    {
      name: 'a stream gives every row, in its order, across the edges of its batches',
      steps: [
        rows(23),
        ...[1, 5, 22, 23, 24, 1_000].map((batchSize): Step => ({
          call: 'notes.stream',
          with: [{ select: ['id'] }, { batchSize }],
          gives: ids(23),
        })),
        { call: 'notes.stream', gives: length(23) },
        { call: 'notes.stream', with: [{}, {}], gives: length(23) },
      ],
    },
    {
      name: 'a stream of more rows than a batch by default holds gives them all',
      steps: [rows(1_203), { call: 'notes.stream', with: [{ select: ['id'] }], gives: ids(1_203) }],
    },
    {
      name: 'limit and offset cut a stream, whatever its batches',
      steps: [
        rows(23),
        ...[1, 4, 10, 100].flatMap((batchSize): Step[] => [
          {
            call: 'notes.stream',
            with: [{ select: ['id'], limit: 10, offset: 3 }, { batchSize }],
            gives: ids(13).slice(3),
          },
          { call: 'notes.stream', with: [{ limit: 0 }, { batchSize }], gives: [] },
          { call: 'notes.stream', with: [{ offset: 99 }, { batchSize }], gives: [] },
        ]),
      ],
    },
    {
      name: 'a stream may be left early',
      steps: [
        rows(23),
        {
          call: 'notes.stream',
          with: [{ select: ['id'] }, { batchSize: 2 }],
          take: 5,
          gives: ids(5),
        },
        { call: 'notes.count', gives: 23 },
        { call: 'notes.update', with: [idOf(0), { title: 'free' }] },
      ],
    },
    {
      name: 'a stream of one row by its key ends after it',
      steps: [
        rows(3),
        {
          call: 'notes.stream',
          with: [{ where: { id: idOf(1) }, select: ['id'] }, { batchSize: 1 }],
          gives: [{ id: idOf(1) }],
        },
      ],
    },
    {
      name: 'a stream that is asked wrongly fails when it is read',
      steps: [
        { call: 'notes.stream', with: [{ where: { nope: 1 } }], fails: { code: 'UnknownField' } },
        {
          call: 'notes.stream',
          with: [{ take: 1 }],
          fails: { code: 'InvalidQuery', names: ['take'] },
        },
        { call: 'notes.stream', with: [null], fails: { code: 'InvalidQuery' } },
        ...[0, -1, 1.5, '5', null, Number.NaN, Number.POSITIVE_INFINITY].map((batchSize): Step => ({
          call: 'notes.stream',
          with: [{}, { batchSize }],
          fails: { code: 'InvalidOptions', names: ['batchSize'] },
        })),
        {
          call: 'notes.stream',
          with: [{}, { size: 5 }],
          fails: { code: 'InvalidOptions', names: ['size'] },
        },
      ],
    },
    {
      name: 'a stream inside a transaction sees what the transaction wrote',
      needs: ['transactions'],
      steps: [
        rows(5),
        {
          transaction: [
            { call: 'notes.delete', with: [idOf(4)] },
            { call: 'notes.stream', with: [{ select: ['id'] }, { batchSize: 2 }], gives: ids(4) },
          ],
        },
      ],
    },
  ],
}
