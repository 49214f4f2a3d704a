import type { Step } from '../suite/scenario.ts'

/** Rows that several behaviours begin with. */

export const sampleRows: Step = {
  call: 'samples.insertMany',
  with: [
    [
      { id: 'a', enum: 'red', int: 1, float: 0.5, decimal: '1.25', bigint: 5n, boolean: true },
      { id: 'b', enum: 'red', int: 2, float: 1.5, decimal: '-0.25', bigint: 6n, boolean: true },
      { id: 'c', enum: 'red', boolean: false },
      { id: 'd', enum: 'green', int: 7, float: -1, decimal: '2.00', bigint: -1n },
      { id: 'e', int: 3, text: 'x', date: '2024-02-29', timestamp: new Date(5) },
      { id: 'f', text: 'X', date: '1999-12-31', timestamp: new Date(-5) },
    ],
  ],
}

export const ann: Step = { call: 'accounts.insert', with: [{ id: 'a', email: 'a@x', balance: 10 }] }

export const annAndBob: Step = {
  call: 'accounts.insertMany',
  with: [
    [
      { id: 'a', email: 'a@x', balance: 10 },
      { id: 'b', email: 'b@x', balance: 0 },
    ],
  ],
}

export const threeNotes: Step = {
  call: 'notes.insertMany',
  with: [
    [
      { id: 'a', title: 'A', rank: 1 },
      { id: 'b', title: 'B', rank: 2 },
      { id: 'c', title: 'C', rank: null },
    ],
  ],
}

/** Sixty objects, each of which stands twice in the next one: more places than can be counted. */
export function doubled(twice: (inner: object) => object): object {
  let value: object = {}
  for (let level = 0; level < 60; level++) value = twice(value)
  return value
}
