import type { Behaviour, Step } from '../suite/scenario.ts'
import { ascending, ranges, refused } from '../suite/step-makers.ts'

const instants = [
  '0001-01-01T00:00:00.000Z',
  '0099-12-31T23:59:59.999Z',
  '1582-10-10T00:00:00.000Z',
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '1970-01-01T00:00:00.001Z',
  '2024-02-29T12:34:56.789Z',
  '2038-01-19T03:14:08.000Z',
  '9999-12-31T23:59:59.999Z',
]

const days = ['0001-01-01', '0099-12-31', '1582-10-10', '1969-12-31', '2024-02-29', '9999-12-31']

const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)

export const scalars: Behaviour = {
  name: 'times, booleans, bytes and enums',
  schema: 'samples',
  scenarios: [
    {
      name: 'timestamps keep their millisecond, from the year 1 to the year 9999',
      steps: [
        ...ascending(
          'samples',
          'timestamp',
          instants.map((text) => new Date(text)),
        ),
        ...ranges(
          'samples',
          'timestamp',
          instants.map((text) => new Date(text)),
        ),
      ],
    },
    {
      name: 'timestamps beyond these years are refused',
      steps: refused('samples', 'timestamp', 'OutOfRange', [
        new Date('0000-12-31T23:59:59.999Z'),
        new Date('-000001-01-01T00:00:00.000Z'),
        new Date('+010000-01-01T00:00:00.000Z'),
        new Date(8.64e15),
      ]),
    },
    {
      name: 'timestamps are Dates: no texts, no numbers, no invalid Date',
      steps: refused('samples', 'timestamp', 'InvalidValue', [
        '2024-02-29T12:34:56.789Z',
        1_709_210_096_789,
        new Date(Number.NaN),
        '2024-02-29',
        true,
      ]),
    },
    {
      name: 'a Date that changes later does not change the row',
      steps: [
        { let: 'row', be: { id: 'a', timestamp: new Date(5) } },
        { call: 'samples.insert', with: [{ '@': 'row' }], as: 'returned' },
        { row: 'a', of: 'samples', has: { timestamp: new Date(5) } },
      ],
    },
    {
      name: 'dates are days of the calendar, leap days and early years too',
      steps: [...ascending('samples', 'date', days), ...ranges('samples', 'date', days)],
    },
    {
      name: 'what is no day of the calendar is refused',
      steps: refused('samples', 'date', 'InvalidValue', [
        '2023-02-29',
        '1900-02-29',
        '2024-02-30',
        '2024-13-01',
        '2024-00-10',
        '2024-01-00',
        '0000-01-01',
        '10000-01-01',
        '2024-1-1',
        '24-01-01',
        '2024-01-01T00:00:00.000Z',
        ' 2024-01-01',
        '20240101',
        '',
        new Date(0),
        0,
      ]),
    },
    {
      name: 'booleans are true and false, and nothing that stands for them',
      steps: [
        ...ascending('samples', 'boolean', [false, true]),
        ...refused('samples', 'boolean', 'InvalidValue', [0, 1, 'true', 'false', '', 1n]),
        { matching: { boolean: { in: [true, false] } }, of: 'samples', are: ['a', 'b'] },
        { matching: { boolean: { notIn: [true] } }, of: 'samples', are: ['a'] },
      ],
    },
    {
      name: 'booleans have an order but no ranges',
      steps: ['gt', 'gte', 'lt', 'lte'].map((operator): Step => ({
        call: 'samples.find',
        with: [{ where: { boolean: { [operator]: false } } }],
        fails: { code: 'UnknownOperator', names: [operator, 'boolean'] },
      })),
    },
    {
      name: 'enums hold their values only, and stand in the order of the text',
      steps: [
        ...ascending('samples', 'enum', ['blue', 'green', 'red']),
        ...ranges('samples', 'enum', ['blue', 'green', 'red']),
        ...refused('samples', 'enum', 'InvalidValue', ['RED', 'red ', '', 'yellow', 0]),
        {
          call: 'samples.find',
          with: [{ where: { enum: { startsWith: 'r' } } }],
          fails: { code: 'UnknownOperator', names: ['enum'] },
        },
      ],
    },
    {
      name: 'bytes keep every byte, and are found by value',
      steps: [
        {
          call: 'samples.insertMany',
          with: [
            [
              { id: 'a', bytes: allBytes },
              { id: 'b', bytes: new Uint8Array(0) },
              { id: 'c', bytes: Uint8Array.of(0) },
              { id: 'd', bytes: Uint8Array.of(0, 0) },
              { id: 'e', bytes: Uint8Array.of(255, 0, 39, 92) },
              { id: 'n' },
            ],
          ],
        },
        {
          values: 'bytes',
          of: 'samples',
          are: [
            allBytes,
            new Uint8Array(0),
            Uint8Array.of(0),
            Uint8Array.of(0, 0),
            Uint8Array.of(255, 0, 39, 92),
            null,
          ],
        },
        { matching: { bytes: allBytes }, of: 'samples', are: ['a'] },
        { matching: { bytes: new Uint8Array(0) }, of: 'samples', are: ['b'] },
        { matching: { bytes: Uint8Array.of(0) }, of: 'samples', are: ['c'] },
        {
          matching: { bytes: { ne: Uint8Array.of(0) } },
          of: 'samples',
          are: ['a', 'b', 'd', 'e', 'n'],
        },
        {
          matching: {
            bytes: { in: [Uint8Array.of(0, 0), new Uint8Array(0), Uint8Array.of(9), null] },
          },
          of: 'samples',
          are: ['b', 'd', 'n'],
        },
        {
          matching: { bytes: { notIn: [allBytes, Uint8Array.of(0)] } },
          of: 'samples',
          are: ['b', 'd', 'e', 'n'],
        },
      ],
    },
    {
      name: 'bytes of a view are those of the view, and stay so when the view changes',
      steps: [
        { let: 'row', be: { id: 'a', bytes: Uint8Array.of(1, 2, 3).subarray(1) } },
        { call: 'samples.insert', with: [{ '@': 'row' }], as: 'returned' },
        { alter: 'row.bytes.0', to: 9 },
        { alter: 'returned.bytes.1', to: 9 },
        { call: 'samples.get', with: ['a'], as: 'read' },
        { check: { '@': 'read.bytes' }, gives: Uint8Array.of(2, 3) },
        { alter: 'read.bytes.0', to: 9 },
        { row: 'a', of: 'samples', has: { bytes: Uint8Array.of(2, 3) } },
      ],
    },
    {
      name: 'bytes are Uint8Arrays, and have no order',
      steps: [
        ...refused('samples', 'bytes', 'InvalidValue', [
          '00',
          [0],
          new Uint16Array(1),
          new ArrayBuffer(1),
          0,
        ]),
        ...['gt', 'lte', 'contains', 'startsWith'].map((operator): Step => ({
          call: 'samples.find',
          with: [{ where: { bytes: { [operator]: Uint8Array.of(0) } } }],
          fails: { code: 'UnknownOperator', names: ['bytes'] },
        })),
        {
          call: 'samples.find',
          with: [{ orderBy: { bytes: 'asc' } }],
          fails: { code: 'InvalidQuery', names: ['bytes'] },
        },
        {
          call: 'samples.aggregate',
          with: [{ groupBy: ['bytes'], measures: { n: 'count' } }],
          fails: { code: 'InvalidQuery', names: ['bytes'] },
        },
      ],
    },
    {
      name: 'a hundred thousand bytes are kept whole',
      steps: [
        { call: 'samples.insert', with: [{ id: 'a', bytes: new Uint8Array(100_000).fill(7) }] },
        { row: 'a', of: 'samples', has: { bytes: new Uint8Array(100_000).fill(7) } },
        { matching: { bytes: new Uint8Array(100_000).fill(7) }, of: 'samples', are: ['a'] },
      ],
    },
  ],
}
