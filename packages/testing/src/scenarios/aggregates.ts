import type { Behaviour, Step } from '../suite/scenario.ts'
import { sampleRows } from './fixtures.ts'

const aggregate = (query: object, gives: readonly unknown[]): Step => ({
  call: 'samples.aggregate',
  with: [query],
  gives,
})

export const aggregates: Behaviour = {
  name: 'aggregates',
  schema: 'samples',
  scenarios: [
    {
      name: 'each measure has the kind of its field, and count and avg are numbers',
      steps: [
        sampleRows,
        aggregate(
          {
            measures: {
              n: 'count',
              int: { sum: 'int' },
              float: { sum: 'float' },
              decimal: { sum: 'decimal' },
              bigint: { sum: 'bigint' },
              intMean: { avg: 'int' },
              floatMean: { avg: 'float' },
              decimalMean: { avg: 'decimal' },
              bigintMean: { avg: 'bigint' },
            },
          },
          [
            {
              n: 6,
              int: 13,
              float: 1,
              decimal: '3.00',
              bigint: 10n,
              intMean: 3.25,
              floatMean: 1 / 3,
              decimalMean: 1,
              bigintMean: 10 / 3,
            },
          ],
        ),
      ],
    },
    {
      name: 'min and max take every kind that has an order, null left out',
      steps: [
        sampleRows,
        ...(
          [
            ['id', 'a', 'f'],
            ['text', 'X', 'x'],
            ['int', 1, 7],
            ['bigint', -1n, 6n],
            ['float', -1, 1.5],
            ['decimal', '-0.25', '2.00'],
            ['timestamp', new Date(-5), new Date(5)],
            ['date', '1999-12-31', '2024-02-29'],
            ['enum', 'green', 'red'],
          ] as const
        ).map(([field, low, high]) =>
          aggregate({ measures: { low: { min: field }, high: { max: field } } }, [{ low, high }]),
        ),
      ],
    },
    {
      name: 'without rows there is one group: count 0, everything else null',
      steps: [
        aggregate(
          {
            measures: {
              n: 'count',
              sum: { sum: 'int' },
              mean: { avg: 'float' },
              low: { min: 'text' },
              high: { max: 'decimal' },
            },
          },
          [{ n: 0, sum: null, mean: null, low: null, high: null }],
        ),
        sampleRows,
        aggregate({ where: { int: 99 }, measures: { n: 'count', sum: { sum: 'bigint' } } }, [
          { n: 0, sum: null },
        ]),
        aggregate({ where: { id: 'f' }, measures: { n: 'count', sum: { sum: 'float' } } }, [
          { n: 1, sum: null },
        ]),
      ],
    },
    {
      name: 'where decides which rows are measured',
      steps: [
        sampleRows,
        aggregate(
          { where: { int: { lte: 2 } }, groupBy: ['enum'], measures: { sum: { sum: 'int' } } },
          [{ enum: 'red', sum: 3 }],
        ),
      ],
    },
    {
      name: 'sums are exact, also beyond what a double holds',
      schema: 'numbers',
      steps: [
        {
          call: 'numbers.insertMany',
          with: [
            [
              {
                bigint: 2n ** 62n,
                wide: '99999999999999.9999',
                int: 2 ** 53 - 2,
                whole: '999999999999999999',
              },
              {
                bigint: 2n ** 62n - 1n,
                wide: '99999999999999.9999',
                int: 1,
                whole: '999999999999999999',
              },
              { bigint: null, wide: '0.0001', int: 0 },
            ],
          ],
        },
        {
          call: 'numbers.aggregate',
          with: [
            {
              measures: {
                bigint: { sum: 'bigint' },
                wide: { sum: 'wide' },
                int: { sum: 'int' },
                whole: { sum: 'whole' },
              },
            },
          ],
          gives: [
            {
              bigint: 2n ** 63n - 1n,
              wide: '199999999999999.9999',
              int: 2 ** 53 - 1,
              whole: '1999999999999999998',
            },
          ],
        },
      ],
    },
    {
      name: 'a sum may pass the edge of its kind on the way, and be right in the end',
      schema: 'numbers',
      steps: [
        {
          call: 'numbers.insertMany',
          with: [
            [
              { id: 'a', bigint: 2n ** 63n - 1n, int: 2 ** 53 - 1 },
              { id: 'b', bigint: 2n ** 63n - 1n, int: 2 ** 53 - 1 },
              { id: 'c', bigint: -(2n ** 63n), int: -(2 ** 53) + 1 },
            ],
          ],
        },
        {
          call: 'numbers.aggregate',
          with: [{ measures: { bigint: { sum: 'bigint' }, int: { sum: 'int' } } }],
          gives: [{ bigint: 2n ** 63n - 2n, int: 2 ** 53 - 1 }],
        },
      ],
    },
    {
      name: 'an average is there even where the sum is beyond its kind',
      schema: 'numbers',
      steps: [
        {
          call: 'numbers.insertMany',
          with: [
            Array.from({ length: 4 }, () => ({
              int: 2 ** 53 - 1,
              bigint: 2n ** 63n - 1n,
              whole: '999999999999999999',
            })),
          ],
        },
        {
          call: 'numbers.aggregate',
          with: [
            {
              measures: { int: { avg: 'int' }, bigint: { avg: 'bigint' }, whole: { avg: 'whole' } },
            },
          ],
          gives: [{ int: 2 ** 53 - 1, bigint: 2 ** 63, whole: 1e18 }],
        },
      ],
    },
    {
      name: 'a sum beyond the range of its kind is OutOfRange, in any group',
      schema: 'numbers',
      steps: [
        {
          call: 'numbers.insertMany',
          with: [
            Array.from({ length: 12 }, () => ({
              int: 2 ** 53 - 1,
              bigint: 2n ** 63n - 1n,
              float: 1.7e308,
              whole: '999999999999999999',
            })),
          ],
        },
        ...['int', 'bigint', 'float', 'whole'].flatMap((field): Step[] => [
          {
            call: 'numbers.aggregate',
            with: [{ measures: { total: { sum: field } } }],
            fails: { code: 'OutOfRange', fields: [field] },
          },
          {
            call: 'numbers.aggregate',
            with: [{ groupBy: ['price'], measures: { total: { sum: field } } }],
            fails: { code: 'OutOfRange', fields: [field] },
          },
        ]),
        { call: 'numbers.count', gives: 12 },
      ],
    },
    {
      name: 'measures may be named like members of objects, and like fields that are not grouped',
      steps: [
        sampleRows,
        aggregate(
          { measures: { constructor: 'count', toString: { max: 'int' }, int: { min: 'int' } } },
          [{ constructor: 6, toString: 7, int: 1 }],
        ),
      ],
    },
    {
      name: 'a measure that is none, or does not fit its field, is refused',
      steps: [
        ...[
          {},
          undefined,
          null,
          [],
          'count',
          { n: 'sum' },
          { n: {} },
          { n: { sum: 'int', avg: 'int' } },
          { n: { median: 'int' } },
          { n: { sum: 5 } },
          { n: { sum: ['int'] } },
          { n: { sum: 'text' } },
          { n: { sum: 'timestamp' } },
          { n: { avg: 'boolean' } },
          { n: { max: 'boolean' } },
          { n: { min: 'bytes' } },
          { n: { max: 'array' } },
          { n: { count: 'int' } },
          { n: undefined },
          { AND: 'count' },
          { $n: 'count' },
          { __n: 'count' },
        ].map((measures): Step => ({
          call: 'samples.aggregate',
          with: [{ measures }],
          fails: { code: 'InvalidQuery' },
        })),
        { call: 'samples.aggregate', fails: { code: 'InvalidQuery' } },
        {
          call: 'samples.aggregate',
          with: [{ measures: { n: { sum: 'nope' } } }],
          fails: { code: 'UnknownField', fields: ['nope'] },
        },
        {
          call: 'samples.aggregate',
          with: [{ groupBy: ['int'], measures: { int: 'count' } }],
          fails: { code: 'InvalidQuery', names: ['int'] },
        },
      ],
    },
  ],
}
