import { the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'
import { matcher } from '../suite/step-makers.ts'

const matching = matcher('samples')

/** A value of each kind as it may be written, and as it is read. */
const written = {
  text: "it's 😀",
  int: -0,
  bigint: -(2n ** 63n),
  float: 0.1 + 0.2,
  decimal: '007.5',
  boolean: true,
  timestamp: new Date('0001-01-01T00:00:00.000Z'),
  date: '9999-12-31',
  bytes: Uint8Array.of(0, 255),
  enum: 'green',
  json: { list: [1, null, { gone: undefined, zero: -0 }] },
  array: ['b', 'a', 'b'],
}
const read = {
  ...written,
  int: 0,
  decimal: '7.50',
  json: { list: [1, null, { zero: 0 }] },
}
const empty = Object.fromEntries(Object.keys(written).map((field) => [field, null]))

/** As many values as one likes, of each kind that has more than a few. */
const nth: Readonly<Record<string, (n: number) => unknown>> = {
  text: (n) => `text ${n}`,
  int: (n) => n,
  bigint: (n) => BigInt(n) * 2n ** 40n,
  float: (n) => n / 3,
  decimal: (n) => `${n}.50`,
  timestamp: (n) => new Date(n * 1_001),
  date: (n) => new Date(n * 86_400_000).toISOString().slice(0, 10),
  bytes: (n) => Uint8Array.of(n >> 8, n & 255, 0),
}
const nthOfEach = (n: number) =>
  Object.fromEntries(Object.entries(nth).map(([field, make]) => [field, make(n)]))

const two: Step = {
  call: 'samples.insertMany',
  with: [[{ id: 'a' }, { id: 'b' }]],
}

/** The same object without a prototype, as some parsers make them. */
function bare(object: object): unknown {
  return Object.assign(Object.create(null) as object, object)
}

export const kinds: Behaviour = {
  name: 'kinds',
  schema: 'samples',
  scenarios: [
    {
      name: 'an insert returns every kind of value as it will be read',
      steps: [
        { call: 'samples.insert', with: [{ id: 'a', ...written }], gives: { id: 'a', ...read } },
        { call: 'samples.get', with: ['a'], gives: { id: 'a', ...read } },
        {
          call: 'samples.insertMany',
          with: [[{ id: 'b', ...written }]],
          gives: [{ id: 'b', ...read }],
        },
        {
          call: 'samples.find',
          gives: [
            { id: 'a', ...read },
            { id: 'b', ...read },
          ],
        },
      ],
    },
    {
      name: 'an update sets every kind of value, and sets it to null',
      steps: [
        two,
        { call: 'samples.update', with: ['a', written], gives: { id: 'a', ...read } },
        { call: 'samples.get', with: ['a'], gives: { id: 'a', ...read } },
        { call: 'samples.get', with: ['b'], gives: { id: 'b', ...empty } },
        { call: 'samples.update', with: ['a', empty], gives: { id: 'a', ...empty } },
        { call: 'samples.get', with: ['a'], gives: { id: 'a', ...empty } },
      ],
    },
    {
      name: 'updateMany sets every kind of value in every row',
      steps: [
        two,
        { call: 'samples.updateMany', with: [{ where: {}, set: written }], gives: 2 },
        {
          call: 'samples.find',
          gives: [
            { id: 'a', ...read },
            { id: 'b', ...read },
          ],
        },
        { call: 'samples.updateMany', with: [{ where: {}, set: empty }], gives: 2 },
        {
          call: 'samples.find',
          gives: [
            { id: 'a', ...empty },
            { id: 'b', ...empty },
          ],
        },
      ],
    },
    {
      name: 'an upsert inserts and sets every kind of value',
      steps: [
        {
          call: 'samples.upsert',
          with: [{ on: ['id'], insert: { id: 'a', ...written }, update: { int: 1 } }],
          gives: { id: 'a', ...read },
        },
        {
          call: 'samples.upsert',
          with: [{ on: ['id'], insert: { id: 'a' }, update: empty }],
          gives: { id: 'a', ...empty },
        },
        {
          call: 'samples.upsert',
          with: [{ on: ['id'], insert: { id: 'a' }, update: written }],
          gives: { id: 'a', ...read },
        },
        { call: 'samples.get', with: ['a'], gives: { id: 'a', ...read } },
      ],
    },
    {
      name: 'every kind is read in pages, in streams, and in transactions',
      needs: ['transactions'],
      steps: [
        { call: 'samples.insert', with: [{ id: 'a', ...written }], as: 'row' },
        { call: 'samples.page', gives: { rows: [the('row')], next: null } },
        { call: 'samples.stream', gives: [the('row')] },
        { call: 'samples.findOne', gives: the('row') },
        { transaction: [{ call: 'samples.get', with: ['a'], gives: the('row') }] },
      ],
    },
    {
      name: 'objects without a prototype, and frozen ones, are objects like others',
      steps: [
        { call: 'samples.insert', with: [bare({ id: 'a', int: 1 })] },
        { call: 'samples.insert', with: [Object.freeze({ id: 'b', json: Object.freeze([1]) })] },
        {
          call: 'samples.find',
          with: [
            Object.freeze(
              bare({
                where: bare({ int: 1 }),
                select: Object.freeze(['id']),
              }),
            ),
          ],
          gives: [{ id: 'a' }],
        },
      ],
    },
    {
      name: 'a list of more values than are bound one by one finds the same rows',
      steps: [
        {
          call: 'samples.insertMany',
          with: [
            [
              { id: 'a', ...nthOfEach(7) },
              { id: 'b', ...nthOfEach(2_000) },
            ],
          ],
        },
        ...Object.entries(nth).flatMap(([field, make]): Step[] => {
          const list = Array.from({ length: 1_100 }, (_, n) => make(n))
          const others = { where: { [field]: { notIn: list } } }
          return [
            matching({ [field]: { in: list } }, 'a'),
            matching(others.where, 'b'),
            { call: 'samples.updateMany', with: [{ ...others, set: { boolean: true } }], gives: 1 },
          ]
        }),
        { call: 'samples.count', with: [{ where: { boolean: true } }], gives: 1 },
      ],
    },
  ],
}
