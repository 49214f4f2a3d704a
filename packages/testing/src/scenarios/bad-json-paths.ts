import type { Behaviour, Step } from '../suite/scenario.ts'

const at = (test: object) => ({ json: { path: ['v'], ...test } })

export const badJsonPaths: Behaviour = {
  name: 'bad json paths',
  schema: 'samples',
  scenarios: [
    {
      name: 'a path that is not spelled so is refused',
      steps: [
        [],
        'v',
        'a.b',
        [''],
        ['a.b'],
        ['a"b'],
        ['$where'],
        ['__proto__'],
        ['a\0'],
        ['\uD800'],
        [-1],
        [1.5],
        [Number.NaN],
        [null],
        [undefined],
        [['v']],
        [{}],
        [true],
        null,
        0,
        {},
        Array.from({ length: 65 }, () => 'v'),
      ].map((path) => ({
        call: 'samples.find' as const,
        with: [{ where: { json: { path, eq: 1 } } }],
        fails: { code: 'InvalidQuery' as const, names: ['json'] },
      })),
    },
    {
      name: 'an operand that JSON does not compare is refused',
      steps: [
        ...[{}, [], [1], { v: 1 }, new Date(0), 1n, Number.NaN, '\0'].flatMap((operand): Step[] => [
          {
            call: 'samples.find',
            with: [{ where: at({ eq: operand }) }],
            fails: { code: 'InvalidValue', names: ['json'] },
          },
          {
            call: 'samples.find',
            with: [{ where: at({ in: ['x', operand] }) }],
            fails: { code: 'InvalidValue', names: ['json'] },
          },
        ]),
        ...[
          { gt: true },
          { lte: false },
          { contains: 1 },
          { startsWith: true },
          { gt: null },
          { contains: null },
        ].map((test): Step => ({
          call: 'samples.find',
          with: [{ where: at(test) }],
          fails: { code: 'InvalidValue', names: ['json'] },
        })),
      ],
    },
    {
      name: 'a JSON field is compared at a path only',
      steps: [
        ...[
          { v: 1 },
          { eq: 1 },
          { eq: 'v' },
          { gt: 1 },
          { contains: 'v' },
          { in: [1] },
          { ne: 'x' },
          { has: 1 },
        ].map((test): Step => ({
          call: 'samples.find',
          with: [{ where: { json: test } }],
          fails: { code: 'UnknownOperator', names: ['json'] },
        })),
        {
          call: 'samples.find',
          with: [{ where: { json: 'v' } }],
          fails: { code: 'UnknownOperator', names: ['json'] },
        },
        {
          call: 'samples.find',
          with: [{ where: { json: at({ has: 1 }).json } }],
          fails: { code: 'UnknownOperator', names: ['json'] },
        },
        {
          call: 'samples.find',
          with: [{ where: { json: { path: ['v'] } } }],
          fails: { code: 'InvalidQuery', names: ['json'] },
        },
        {
          call: 'samples.find',
          with: [{ where: { text: { path: ['v'], eq: 1 } } }],
          fails: { code: 'InvalidQuery', names: ['text'] },
        },
      ],
    },
    {
      name: 'a JSON field has no order, makes no groups and is not measured',
      steps: [
        {
          call: 'samples.find',
          with: [{ orderBy: { json: 'asc' } }],
          fails: { code: 'InvalidQuery', names: ['json'] },
        },
        {
          call: 'samples.aggregate',
          with: [{ groupBy: ['json'], measures: { n: 'count' } }],
          fails: { code: 'InvalidQuery', names: ['json'] },
        },
        {
          call: 'samples.aggregate',
          with: [{ measures: { n: { max: 'json' } } }],
          fails: { code: 'InvalidQuery', names: ['json'] },
        },
      ],
    },
  ],
}
