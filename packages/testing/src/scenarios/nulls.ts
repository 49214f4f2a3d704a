import type { Behaviour, Step } from '../suite/scenario.ts'
import { matcher } from '../suite/step-makers.ts'

const rows: Step = {
  call: 'notes.insertMany',
  with: [
    [
      { id: 'a', title: 'x', rank: 1, body: '' },
      { id: 'b', title: 'x', rank: 2, body: 'text' },
      { id: 'n', title: 'x' },
    ],
  ],
}

const matching = matcher('notes')

export const nulls: Behaviour = {
  name: 'nulls',
  schema: 'notes',
  scenarios: [
    {
      name: 'null is found by null, eq null and isNull, and by nothing else',
      steps: [
        rows,
        matching({ rank: null }, 'n'),
        matching({ rank: { eq: null } }, 'n'),
        matching({ rank: { isNull: true } }, 'n'),
        matching({ rank: { isNull: false } }, 'ab'),
        matching({ rank: { ne: null } }, 'ab'),
        matching({ body: null }, 'n'),
        matching({ body: '' }, 'a'),
      ],
    },
    {
      name: 'ne, notIn and NOT are exact complements, so they include null',
      steps: [
        rows,
        matching({ rank: { ne: 1 } }, 'bn'),
        matching({ rank: { notIn: [1] } }, 'bn'),
        matching({ rank: { notIn: [1, 2] } }, 'n'),
        matching({ NOT: { rank: 1 } }, 'bn'),
        matching({ NOT: { rank: { gt: 1 } } }, 'an'),
        matching({ NOT: { body: { contains: 't' } } }, 'an'),
        matching({ NOT: { rank: { ne: 1 } } }, 'a'),
      ],
    },
    {
      name: 'no range and no part of a text matches null',
      steps: [
        rows,
        matching({ rank: { gt: -(2 ** 53) + 1 } }, 'ab'),
        matching({ rank: { lt: 2 ** 53 - 1 } }, 'ab'),
        matching({ rank: { gte: 1 } }, 'ab'),
        matching({ rank: { lte: 1 } }, 'a'),
        matching({ body: { contains: '' } }, 'ab'),
        matching({ body: { startsWith: '' } }, 'ab'),
        matching({ body: { endsWith: '' } }, 'ab'),
        matching({ body: { lt: 'a' } }, 'a'),
      ],
    },
    {
      name: 'null in a list means the rows with null',
      steps: [
        rows,
        matching({ rank: { in: [1, null] } }, 'an'),
        matching({ rank: { in: [null] } }, 'n'),
        matching({ rank: { notIn: [null] } }, 'ab'),
        matching({ rank: { notIn: [1, null] } }, 'b'),
        matching({ rank: { in: [null, null, 2] } }, 'bn'),
      ],
    },
    {
      name: 'a field that is never null can be asked for null all the same',
      steps: [
        rows,
        matching({ title: null }, ''),
        matching({ title: { ne: null } }, 'abn'),
        matching({ title: { isNull: true } }, ''),
        matching({ title: { isNull: false } }, 'abn'),
        matching({ title: { in: ['x', null] } }, 'abn'),
        matching({ id: { notIn: ['a', null] } }, 'bn'),
      ],
    },
    {
      name: 'every kind keeps null apart from its own empty and zero values',
      schema: 'samples',
      steps: [
        {
          call: 'samples.insertMany',
          with: [
            [
              { id: 'n' },
              {
                id: 'z',
                text: '',
                int: 0,
                bigint: 0n,
                float: 0,
                decimal: '0',
                boolean: false,
                timestamp: new Date(0),
                date: '0001-01-01',
                bytes: new Uint8Array(0),
                json: {},
                array: [],
              },
            ],
          ],
        },
        {
          call: 'samples.get',
          with: ['n'],
          gives: {
            id: 'n',
            text: null,
            int: null,
            bigint: null,
            float: null,
            decimal: null,
            boolean: null,
            timestamp: null,
            date: null,
            bytes: null,
            enum: null,
            json: null,
            array: null,
          },
        },
        ...[
          'text',
          'int',
          'bigint',
          'float',
          'decimal',
          'boolean',
          'timestamp',
          'date',
          'bytes',
          'json',
          'array',
        ].flatMap((field): Step[] => [
          { matching: { [field]: { isNull: true } }, of: 'samples', are: ['n'] },
          { matching: { [field]: { isNull: false } }, of: 'samples', are: ['z'] },
        ]),
      ],
    },
    {
      name: 'null stands first in ascending orders and last in descending ones',
      steps: [
        rows,
        {
          pages: 'notes',
          query: { orderBy: { rank: 'asc' } },
          sizes: [1, 2],
          are: ['n', 'a', 'b'],
        },
        {
          pages: 'notes',
          query: { orderBy: { rank: 'desc' } },
          sizes: [1, 2],
          are: ['b', 'a', 'n'],
        },
        {
          pages: 'notes',
          query: { orderBy: { body: 'asc' } },
          sizes: [1, 2],
          are: ['n', 'a', 'b'],
        },
      ],
    },
    {
      name: 'null is refused where a field must have a value',
      schema: 'required',
      steps: ['text', 'int', 'boolean', 'timestamp', 'json', 'array'].map((field) => ({
        call: 'facts.insert' as const,
        with: [
          {
            text: 'x',
            int: 1,
            boolean: true,
            timestamp: new Date(0),
            json: {},
            array: [],
            [field]: null,
          },
        ],
        fails: { code: 'InvalidValue' as const, fields: [field] },
      })),
    },
    {
      name: 'a value may become null, and a value again',
      steps: [
        rows,
        { call: 'notes.update', with: ['a', { rank: null, body: null, data: null, tags: null }] },
        { row: 'a', of: 'notes', has: { rank: null, body: null, data: null, tags: null } },
        { call: 'notes.updateMany', with: [{ where: { rank: null }, set: { rank: 0 } }], gives: 2 },
        { values: 'rank', of: 'notes', are: [0, 2, 0] },
      ],
    },
  ],
}
