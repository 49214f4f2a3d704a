import type { Behaviour, Step } from '../suite/scenario.ts'
import { sampleRows } from './fixtures.ts'

const aggregate = (query: object, gives: readonly unknown[]): Step => ({
  call: 'samples.aggregate',
  with: [query],
  gives,
})

export const groups: Behaviour = {
  name: 'groups',
  schema: 'samples',
  scenarios: [
    {
      name: 'without rows there is no group where there is something to group by',
      steps: [aggregate({ groupBy: ['enum'], measures: { n: 'count' } }, [])],
    },
    {
      name: 'groups come in the order of their fields, null being a group of its own and first',
      steps: [
        sampleRows,
        aggregate({ groupBy: ['enum'], measures: { n: 'count', sum: { sum: 'int' } } }, [
          { enum: null, n: 2, sum: 3 },
          { enum: 'green', n: 1, sum: 7 },
          { enum: 'red', n: 3, sum: 3 },
        ]),
      ],
    },
    {
      name: 'groups of several fields keep nulls apart in each',
      steps: [
        sampleRows,
        aggregate({ groupBy: ['boolean', 'enum'], measures: { n: 'count' } }, [
          { boolean: null, enum: null, n: 2 },
          { boolean: null, enum: 'green', n: 1 },
          { boolean: false, enum: 'red', n: 1 },
          { boolean: true, enum: 'red', n: 2 },
        ]),
      ],
    },
    {
      name: 'every kind that has an order makes groups, by value',
      steps: [
        {
          call: 'samples.insertMany',
          with: [
            [1, 2].flatMap((n) => [
              {
                id: `a${n}`,
                text: 'a',
                float: -0,
                decimal: '1.5',
                timestamp: new Date(5),
                bigint: 2n ** 60n,
              },
              {
                id: `b${n}`,
                text: 'a ',
                float: 0.1,
                decimal: '1.50',
                timestamp: new Date(6),
                bigint: 2n ** 60n + 1n,
              },
            ]),
          ],
        },
        ...(
          [
            ['text', 'a', 'a '],
            ['float', 0, 0.1],
            ['timestamp', new Date(5), new Date(6)],
            ['bigint', 2n ** 60n, 2n ** 60n + 1n],
          ] as const
        ).map(([field, low, high]) =>
          aggregate({ groupBy: [field], measures: { n: 'count' } }, [
            { [field]: low, n: 2 },
            { [field]: high, n: 2 },
          ]),
        ),
        aggregate({ groupBy: ['decimal'], measures: { n: 'count' } }, [{ decimal: '1.50', n: 4 }]),
      ],
    },
    {
      name: 'having decides which groups come back, by measures and by group fields',
      steps: [
        sampleRows,
        ...(
          [
            [{ n: { gte: 2 } }, [null, 'red']],
            [{ n: 1 }, ['green']],
            [{ enum: { ne: 'red' } }, [null, 'green']],
            [{ enum: null }, [null]],
            [{ sum: { gt: 3 } }, ['green']],
            [{ mean: { lt: 2 } }, ['red']],
            [{ total: { in: ['2', '1.00'] } }, ['green', 'red']],
            [{ total: null }, [null]],
            [{ NOT: { total: { gt: '1.5' } } }, [null, 'red']],
            [{ OR: [{ n: 1 }, { enum: null }] }, [null, 'green']],
            [{ AND: [] }, [null, 'green', 'red']],
            [{ OR: [] }, []],
          ] as const
        ).map(([having, found]): Step => ({
          call: 'samples.aggregate',
          with: [
            {
              groupBy: ['enum'],
              measures: {
                n: 'count',
                sum: { sum: 'int' },
                mean: { avg: 'int' },
                total: { sum: 'decimal' },
              },
              having,
            },
          ],
          gives: found.map((group) => ({
            enum: group,
            ...(group === null
              ? { n: 2, sum: 3, mean: 3, total: null }
              : group === 'red'
                ? { n: 3, sum: 3, mean: 1.5, total: '1.00' }
                : { n: 1, sum: 7, mean: 7, total: '2.00' }),
          })),
        })),
      ],
    },
    {
      name: 'having applies to the one group of everything too',
      steps: [
        sampleRows,
        aggregate({ measures: { n: 'count' }, having: { n: { gt: 6 } } }, []),
        aggregate({ measures: { n: 'count' }, having: { n: 6 } }, [{ n: 6 }]),
      ],
    },
    {
      name: 'groups are ordered by measures and group fields, ties by the group fields',
      steps: [
        sampleRows,
        ...(
          [
            [{ n: 'desc' }, ['red', null, 'green']],
            [{ enum: 'desc' }, ['red', 'green', null]],
            [{ low: 'asc' }, [null, 'red', 'green']],
            [[{ sum: 'asc' }], [null, 'red', 'green']],
            [
              [{ sum: 'asc' }, { n: 'desc' }],
              ['red', null, 'green'],
            ],
          ] as const
        ).map(([orderBy, found]): Step => ({
          call: 'samples.aggregate',
          with: [
            {
              groupBy: ['enum'],
              measures: { n: 'count', sum: { sum: 'int' }, low: { min: 'decimal' } },
              having: { n: { gt: 0 } },
              orderBy,
            },
          ],
          gives: found.map((group) =>
            group === null
              ? { enum: group, n: 2, sum: 3, low: null }
              : group === 'red'
                ? { enum: group, n: 3, sum: 3, low: '-0.25' }
                : { enum: group, n: 1, sum: 7, low: '2.00' },
          ),
        })),
      ],
    },
    {
      name: 'limit and offset cut the groups',
      steps: [
        sampleRows,
        ...(
          [
            [{ limit: 1 }, [null]],
            [{ limit: 0 }, []],
            [{ offset: 1 }, ['green', 'red']],
            [{ limit: 1, offset: 2 }, ['red']],
            [{ offset: 3 }, []],
          ] as const
        ).map(([cut, found]) =>
          aggregate(
            { groupBy: ['enum'], measures: { low: { min: 'id' } }, ...cut },
            found.map((group) => ({
              enum: group,
              low: group === null ? 'e' : group === 'red' ? 'a' : 'd',
            })),
          ),
        ),
      ],
    },
    {
      name: 'groupBy, having and orderBy know group fields and measures only',
      steps: [
        ...(
          [
            [{ groupBy: ['nope'] }, 'UnknownField'],
            [{ groupBy: 'enum' }, 'InvalidQuery'],
            [{ groupBy: ['enum', 'enum'] }, 'InvalidQuery'],
            [{ groupBy: [null] }, 'InvalidQuery'],
            [{ groupBy: ['enum'], having: { int: 1 } }, 'UnknownField'],
            [{ groupBy: ['enum'], having: { n: '1' } }, 'InvalidValue'],
            [{ groupBy: ['enum'], having: { n: { startsWith: '1' } } }, 'UnknownOperator'],
            [{ groupBy: ['enum'], having: { n: undefined } }, 'InvalidQuery'],
            [{ groupBy: ['enum'], orderBy: { int: 'asc' } }, 'UnknownField'],
            [{ orderBy: { id: 'asc' } }, 'UnknownField'],
            [{ select: ['n'] }, 'InvalidQuery'],
            [{ after: 'x' }, 'InvalidQuery'],
            [{ limit: -1 }, 'InvalidQuery'],
          ] as const
        ).map(([query, code]): Step => ({
          call: 'samples.aggregate',
          with: [{ measures: { n: 'count' }, ...query }],
          fails: { code },
        })),
        {
          call: 'samples.aggregate',
          with: [{ groupBy: [], measures: { n: 'count' } }],
          gives: [{ n: 0 }],
        },
      ],
    },
  ],
}
