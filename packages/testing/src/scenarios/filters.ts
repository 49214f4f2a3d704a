import type { Behaviour, Step } from '../suite/scenario.ts'
import { matcher } from '../suite/step-makers.ts'

const ids = ['a', 'b', 'c', 'd', 'e']
const ranks: Step = {
  call: 'notes.insertMany',
  with: [ids.map((id, index) => ({ id, title: id.repeat(index + 1), rank: index }))],
}

const matching = matcher('notes')

export const filters: Behaviour = {
  name: 'filters',
  schema: 'notes',
  scenarios: [
    {
      name: 'a value means equality',
      steps: [
        ranks,
        matching({ rank: 2 }, 'c'),
        matching({ title: 'bb' }, 'b'),
        matching({ done: false }, 'abcde'),
        matching({ rank: 7 }, ''),
      ],
    },
    {
      name: 'each comparison takes exactly its side of the value',
      steps: [
        ranks,
        matching({ rank: { eq: 2 } }, 'c'),
        matching({ rank: { ne: 2 } }, 'abde'),
        matching({ rank: { gt: 2 } }, 'de'),
        matching({ rank: { gte: 2 } }, 'cde'),
        matching({ rank: { lt: 2 } }, 'ab'),
        matching({ rank: { lte: 2 } }, 'abc'),
        matching({ rank: { gt: 4 } }, ''),
        matching({ rank: { lte: 2 ** 53 - 1 } }, 'abcde'),
      ],
    },
    {
      name: 'several operators on a field, and several fields, must all hold',
      steps: [
        ranks,
        matching({ rank: { gt: 0, lt: 3 } }, 'bc'),
        matching({ rank: { gt: 0, ne: 2, lte: 3 } }, 'bd'),
        matching({ rank: { gt: 3, lt: 1 } }, ''),
        matching({ rank: { gte: 1 }, title: { contains: 'cc' }, done: false }, 'c'),
      ],
    },
    {
      name: 'AND, OR and NOT combine filters to any shape',
      steps: [
        ranks,
        matching({ AND: [{ rank: { gt: 0 } }, { rank: { lt: 4 } }] }, 'bcd'),
        matching({ OR: [{ rank: 0 }, { title: 'bb' }, { rank: 0 }] }, 'ab'),
        matching({ NOT: { rank: { gt: 1 } } }, 'ab'),
        matching({ NOT: { NOT: { rank: 1 } } }, 'b'),
        matching({ NOT: { rank: 1, title: 'bb' } }, 'acde'),
        matching({ NOT: { OR: [{ rank: 1 }, { rank: 2 }] } }, 'ade'),
        matching(
          { OR: [{ AND: [{ rank: 1 }, { title: 'x' }] }, { NOT: { rank: { lt: 4 } } }] },
          'e',
        ),
        matching({ rank: { gt: 0 }, OR: [{ rank: 0 }, { rank: 3 }], NOT: { title: 'x' } }, 'd'),
      ],
    },
    {
      name: 'an empty AND matches all, an empty OR none, an empty filter all',
      steps: [
        ranks,
        matching({}, 'abcde'),
        matching({ AND: [] }, 'abcde'),
        matching({ OR: [] }, ''),
        matching({ NOT: {} }, ''),
        matching({ NOT: { OR: [] } }, 'abcde'),
        matching({ AND: [{}, { rank: 1 }, { AND: [] }] }, 'b'),
        matching({ OR: [{ rank: 1 }, { OR: [] }] }, 'b'),
        matching({ OR: [{ rank: 1 }, {}] }, 'abcde'),
      ],
    },
    {
      name: 'in and notIn take lists, of which the empty one matches nothing and everything',
      steps: [
        ranks,
        matching({ rank: { in: [] } }, ''),
        matching({ rank: { notIn: [] } }, 'abcde'),
        matching({ rank: { in: [3] } }, 'd'),
        matching({ rank: { in: [3, 1, 3, 99] } }, 'bd'),
        matching({ rank: { notIn: [3, 1] } }, 'ace'),
        matching({ title: { in: ['a', 'ccc', 'A'] } }, 'ac'),
        matching({ id: { in: ['e', 'a'] }, rank: { notIn: [0] } }, 'e'),
        matching({ done: { in: [true, false] } }, 'abcde'),
      ],
    },
    {
      name: 'a list may have five thousand values, or forty thousand',
      steps: [
        ranks,
        ...[5_000, 40_000].flatMap((length) => [
          matching({ rank: { in: Array.from({ length }, (_, n) => n + 3) } }, 'de'),
          matching({ rank: { notIn: Array.from({ length }, (_, n) => n + 3) } }, 'abc'),
          matching({ title: { in: Array.from({ length }, (_, n) => 'b'.repeat(n % 7)) } }, 'b'),
          matching({ id: { in: [...Array.from({ length }, (_, n) => `x${n}`), 'c'] } }, 'c'),
        ]),
      ],
    },
    {
      name: 'five hundred conditions work, however they are joined',
      steps: [
        ranks,
        matching({ OR: Array.from({ length: 500 }, (_, n) => ({ rank: n + 3 })) }, 'de'),
        matching({ AND: Array.from({ length: 500 }, (_, n) => ({ rank: { ne: n + 3 } })) }, 'abc'),
      ],
    },
    {
      name: 'sixty-four levels of nesting work',
      steps: [
        ranks,
        matching(
          nested(63, (inner) => ({ AND: [inner, { rank: { lt: 4 } }] })),
          'b',
        ),
        matching(
          nested(63, (inner) => ({ OR: [inner, { rank: 4 }] })),
          'be',
        ),
        matching(
          nested(62, (inner) => ({ NOT: inner })),
          'b',
        ),
        matching(
          nested(31, (inner) => ({ NOT: { OR: [{ rank: 0 }, inner] } })),
          'cde',
        ),
        {
          call: 'notes.find',
          with: [{ where: nested(64, (inner) => ({ AND: [inner] })), select: ['id'] }],
          gives: [{ id: 'b' }],
        },
      ],
    },
    {
      name: 'texts, times and other kinds are compared in filters as in orders',
      schema: 'samples',
      steps: [
        {
          call: 'samples.insertMany',
          with: [
            [
              { id: 'a', text: 'a', timestamp: new Date(-1), date: '1999-12-31', decimal: '-1.50' },
              { id: 'b', text: 'b', timestamp: new Date(0), date: '2000-01-01', decimal: '9.00' },
              { id: 'c', text: 'c', timestamp: new Date(1), date: '2000-01-02', decimal: '10.00' },
            ],
          ],
        },
        ...[
          { text: { gt: 'a', lte: 'c' } },
          { timestamp: { gt: new Date(-1) } },
          { date: { gte: '2000-01-01' } },
          { decimal: { gt: '-1.5' } },
          { decimal: { in: ['9', '10.0'] } },
          { timestamp: { in: [new Date(0), new Date(1)] } },
          { date: { ne: '1999-12-31' } },
          { id: { gt: 'a' } },
        ].map((where): Step => ({ matching: where, of: 'samples', are: ['b', 'c'] })),
      ],
    },
    {
      name: 'a filter that matches nothing means nothing to every method',
      steps: [
        ranks,
        ...[{ OR: [] }, { NOT: {} }, { rank: { in: [] } }].flatMap((where): Step[] => [
          { call: 'notes.findOne', with: [{ where }], gives: null },
          { call: 'notes.page', with: [{ where }], gives: { rows: [], next: null } },
          { call: 'notes.stream', with: [{ where }], gives: [] },
          {
            call: 'notes.aggregate',
            with: [{ where, measures: { n: 'count' } }],
            gives: [{ n: 0 }],
          },
          { call: 'notes.updateMany', with: [{ where, set: { done: true } }], gives: 0 },
          { call: 'notes.deleteMany', with: [{ where }], gives: 0 },
        ]),
        { call: 'notes.count', with: [{ where: { done: false } }], gives: 5 },
      ],
    },
  ],
}

/** `{ rank: 1 }` wrapped so many times. */
function nested(levels: number, wrap: (inner: object) => object): object {
  let filter: object = { rank: 1 }
  for (let level = 0; level < levels; level++) filter = wrap(filter)
  return filter
}
