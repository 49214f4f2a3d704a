import type { Behaviour, Step } from '../suite/scenario.ts'
import { ascending, ranges, refused } from '../suite/step-makers.ts'

const maxInt = 2 ** 53 - 1
const maxBigint = 2n ** 63n - 1n
const minBigint = -(2n ** 63n)

/** The values come back, stand in order, and every range of them is right. */
const ordered = (field: string, values: readonly unknown[]): readonly Step[] => [
  ...ascending('numbers', field, values),
  ...ranges('numbers', field, values),
]

export const numbers: Behaviour = {
  name: 'numbers',
  schema: 'numbers',
  scenarios: [
    {
      name: 'int keeps, orders and finds every safe integer',
      steps: ordered('int', [
        -maxInt,
        -maxInt + 1,
        -(2 ** 31) - 1,
        -1,
        0,
        1,
        2 ** 31,
        maxInt - 1,
        maxInt,
      ]),
    },
    {
      name: 'int refuses what is no whole number, and what is no number',
      steps: refused('numbers', 'int', 'InvalidValue', [
        1.5,
        Number.NaN,
        '1',
        1n,
        true,
        [1],
        new Date(0),
        Number.POSITIVE_INFINITY,
      ]),
    },
    {
      name: 'int refuses whole numbers beyond 2^53 - 1 instead of rounding them',
      steps: refused('numbers', 'int', 'OutOfRange', [2 ** 53, -(2 ** 53), 2 ** 63, 1e300]),
    },
    {
      name: 'bigint keeps, orders and finds all of its 64 bits',
      steps: ordered('bigint', [
        minBigint,
        minBigint + 1n,
        -(2n ** 53n) - 1n,
        -1n,
        0n,
        2n ** 53n,
        2n ** 53n + 1n,
        maxBigint - 1n,
        maxBigint,
      ]),
    },
    {
      name: 'bigint refuses numbers that are no bigint',
      steps: refused('numbers', 'bigint', 'InvalidValue', [1, '1', 1.5, Number.NaN, true]),
    },
    {
      name: 'bigint refuses what does not fit in 64 bits',
      steps: refused('numbers', 'bigint', 'OutOfRange', [
        maxBigint + 1n,
        minBigint - 1n,
        10n ** 30n,
      ]),
    },
    {
      name: 'float keeps, orders and finds every finite double',
      steps: ordered('float', [
        -Number.MAX_VALUE,
        -1e308,
        -1.5,
        -Number.MIN_VALUE,
        0,
        5e-324,
        2.2250738585072014e-308,
        0.1,
        0.1 + 0.2,
        1,
        9007199254740992,
        1e23,
        1e308,
        Number.MAX_VALUE,
      ]),
    },
    {
      name: 'float refuses NaN and the infinities, and what is no number',
      steps: refused('numbers', 'float', 'InvalidValue', [
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        '1.5',
        1n,
        false,
      ]),
    },
    {
      name: 'minus zero is zero, in every kind of number',
      steps: [
        {
          call: 'numbers.insert',
          with: [{ id: 'a', int: -0, float: -0, price: '-0', wide: '-0.0000', whole: '-0' }],
          gives: {
            id: 'a',
            int: 0,
            bigint: null,
            float: 0,
            price: '0.00',
            wide: '0.0000',
            whole: '0',
            fraction: null,
          },
        },
        { row: 'a', of: 'numbers', has: { int: 0, float: 0, price: '0.00', whole: '0' } },
        ...[
          { int: -0 },
          { float: -0 },
          { float: { in: [-0, 7] } },
          { price: '-0' },
          { float: { gte: -0, lte: -0 } },
        ].map((where): Step => ({ matching: where, of: 'numbers', are: ['a'] })),
      ],
    },
    {
      name: 'whole floats stay floats, and compare with fractions',
      steps: [
        {
          call: 'numbers.insertMany',
          with: [
            [
              { id: 'a', float: 1 },
              { id: 'b', float: 1.5 },
              { id: 'c', float: 2 },
            ],
          ],
        },
        { matching: { float: { gt: 1, lt: 2 } }, of: 'numbers', are: ['b'] },
        { call: 'numbers.update', with: ['a', { float: { increment: 0.5 } }] },
        { values: 'float', of: 'numbers', are: [1.5, 1.5, 2] },
      ],
    },
    {
      name: 'decimal keeps eighteen digits, orders them as numbers, and pads to its scale',
      steps: ordered('wide', [
        '-99999999999999.9999',
        '-10.0000',
        '-9.0000',
        '-0.0001',
        '0.0000',
        '0.0001',
        '1.0000',
        '1.5000',
        '9.0000',
        '10.0000',
        '99999999999999.9998',
        '99999999999999.9999',
      ]),
    },
    {
      name: 'decimal of scale 0 holds whole numbers of eighteen digits',
      steps: ordered('whole', [
        '-999999999999999999',
        '-1',
        '0',
        '9007199254740993',
        '999999999999999999',
      ]),
    },
    {
      name: 'decimal of scale 18 holds fractions only',
      steps: [
        ...ordered('fraction', [
          '-0.999999999999999999',
          '-0.000000000000000001',
          '0.000000000000000000',
          '0.000000000000000001',
          '0.999999999999999999',
        ]),
        ...refused('numbers', 'fraction', 'OutOfRange', ['1', '-1.0']),
      ],
    },
    {
      name: 'equal decimals are equal, however they are written',
      steps: [
        { call: 'numbers.insert', with: [{ id: 'a', price: '007.5' }] },
        { row: 'a', of: 'numbers', has: { price: '7.50' } },
        ...['7.5', '7.50', '7.500', '07.5'].flatMap((price): Step[] => [
          { matching: { price }, of: 'numbers', are: ['a'] },
          { matching: { price: { in: ['1', price] } }, of: 'numbers', are: ['a'] },
          { matching: { price: { gte: price } }, of: 'numbers', are: ['a'] },
        ]),
        { matching: { price: '7.49' }, of: 'numbers', are: [] },
      ],
    },
    {
      name: 'decimal never rounds: digits beyond its scale are refused',
      steps: refused('numbers', 'price', 'InvalidValue', ['1.001', '1.005', '-0.001', '0.999']),
    },
    {
      name: 'decimal refuses digits before the point beyond its precision',
      steps: refused('numbers', 'price', 'OutOfRange', [
        '1000',
        '-1000.00',
        '99999999999999999999',
      ]),
    },
    {
      name: 'decimal refuses numbers, and texts that are no plain decimals',
      steps: refused('numbers', 'price', 'InvalidValue', [
        1.5,
        1n,
        '',
        ' 1',
        '1 ',
        '+1',
        '1e2',
        '1,5',
        '.5',
        '5.',
        '0x1',
        '١',
        'NaN',
        'Infinity',
        '--1',
        '1.2.3',
      ]),
    },
    {
      name: 'numbers of one kind are never compared with those of another',
      steps: [
        { call: 'numbers.insert', with: [{ id: 'a', int: 1, bigint: 1n, float: 1, price: '1' }] },
        ...[
          { int: 1n },
          { bigint: 1 },
          { float: '1' },
          { price: 1 },
          { int: '1' },
          { bigint: '1' },
        ].map((where): Step => ({
          call: 'numbers.find',
          with: [{ where }],
          fails: { code: 'InvalidValue', fields: Object.keys(where) },
        })),
      ],
    },
  ],
}
