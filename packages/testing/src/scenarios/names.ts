import { the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'

const orders: Step = {
  call: 'order.insertMany',
  with: [
    [
      { id: 'a', group: 'x', select: 2, from: 'here', limit: 5, rowid: 'r' },
      { id: 'b', group: 'y', select: 1, updatedBy: 'me' },
    ],
  ],
  as: 'orders',
}

const changeOneOfTwo = (table: string): Step[] => [
  {
    call: `${table}.insertMany`,
    with: [
      [
        { id: 'a', r: 1 },
        { id: 'b', r: 1 },
      ],
    ],
  },
  { call: `${table}.update`, with: ['a', { r: 2 }] },
  { call: `${table}.update`, with: ['a', { r: 3 }, { ifVersion: 2 }] },
  { call: `${table}.updateMany`, with: [{ where: { id: 'a' }, set: { r: { increment: 1 } } }] },
  { values: 'r', of: table, are: [4, 1] },
  { values: 'version', of: table, are: [4, 1] },
  { call: `${table}.updateMany`, with: [{ where: {}, set: { r: { increment: 1 } } }] },
  { values: 'version', of: table, are: [5, 2] },
  { call: `${table}.delete`, with: ['a'] },
  { values: 'r', of: table, are: [2] },
]

export const names: Behaviour = {
  name: 'names',
  schema: 'mapped',
  scenarios: [
    {
      name: 'rows have the names of the schema, whatever the database calls them',
      steps: [
        orders,
        { call: 'order.find', gives: the('orders') },
        { call: 'order.update', with: ['b', { updatedBy: 'you', from: 'there' }] },
        { row: 'b', of: 'order', has: { updatedBy: 'you', from: 'there', limit: 1 } },
        { call: 'orderLines.insert', with: [{ id: 'l', orderId: 'a', unitPrice: '9.99' }] },
        {
          call: 'orderLines.get',
          with: ['l'],
          gives: { id: 'l', orderId: 'a', unitPrice: '9.99' },
        },
      ],
    },
    {
      name: 'words of SQL are names like any other',
      steps: [
        orders,
        { matching: { group: 'x' }, of: 'order', are: ['a'] },
        { matching: { select: { in: [1, 7] }, from: null }, of: 'order', are: ['b'] },
        { matching: { rowid: { startsWith: 'r' } }, of: 'order', are: ['a'] },
        {
          pages: 'order',
          query: { orderBy: [{ select: 'asc' }, { limit: 'desc' }] },
          sizes: [1, 2],
          are: ['b', 'a'],
        },
        {
          call: 'order.aggregate',
          with: [
            {
              groupBy: ['group'],
              measures: { order: 'count', by: { max: 'select' }, where: { sum: 'limit' } },
              having: { where: { gt: 1 } },
            },
          ],
          gives: [{ group: 'x', order: 1, by: 2, where: 5 }],
        },
        {
          call: 'order.updateMany',
          with: [{ where: { limit: 1 }, set: { limit: { increment: 1 } } }],
          gives: 1,
        },
        { call: 'order.deleteMany', with: [{ where: { group: { gte: 'y' } } }], gives: 1 },
      ],
    },
    {
      name: 'words that SQL has for values are names like any other',
      schema: 'valueNames',
      steps: [
        {
          call: 'nodes.insertMany',
          with: [
            [
              { id: 'a', False: 3, null: 'x' },
              { id: 'b', true: 'a', False: 2, null: 'y' },
              { id: 'c', true: 'a', False: 1, null: 'z' },
              { id: 'd', true: 'b', False: 0 },
            ],
          ],
          as: 'nodes',
        },
        { call: 'nodes.find', gives: the('nodes') },
        { matching: { true: 'a', False: { gt: 1 } }, of: 'nodes', are: ['b'] },
        {
          pages: 'nodes',
          query: { orderBy: { False: 'asc' } },
          sizes: [1],
          are: ['d', 'c', 'b', 'a'],
        },
        {
          call: 'nodes.get',
          with: ['a', { include: { parts: { orderBy: { False: 'asc' }, limit: 1 } } }],
          gives: { id: 'a', true: null, False: 3, null: 'x', parts: [the('nodes.2')] },
        },
        {
          call: 'nodes.find',
          with: [{ select: ['id'], include: { parts: { limit: 1 } } }],
          gives: [
            { id: 'a', parts: [the('nodes.1')] },
            { id: 'b', parts: [the('nodes.3')] },
            { id: 'c', parts: [] },
            { id: 'd', parts: [] },
          ],
        },
        {
          call: 'nodes.aggregate',
          with: [
            {
              where: { true: { isNull: false } },
              groupBy: ['true'],
              measures: { sum: { sum: 'False' } },
              orderBy: { true: 'desc' },
            },
          ],
          gives: [
            { true: 'b', sum: 0 },
            { true: 'a', sum: 3 },
          ],
        },
      ],
    },
    {
      name: 'words that triggers have for rows are names like any other',
      schema: 'triggerNames',
      steps: ['new', 'old', 'added', 'removed'].flatMap(changeOneOfTwo),
    },
    {
      name: 'errors of the database speak of the schema’s names',
      steps: [
        orders,
        {
          call: 'order.insert',
          with: [{ group: 'x' }],
          fails: { code: 'UniqueViolation', collection: 'order', fields: ['group'] },
        },
        { call: 'order.update', with: ['a', { updatedBy: 'me' }] },
        {
          call: 'order.update',
          with: ['b', { from: 'here' }],
          fails: { code: 'UniqueViolation', collection: 'order', fields: ['from', 'updatedBy'] },
        },
        { call: 'order.update', with: ['a', { limit: 2 ** 53 - 1 }] },
        {
          call: 'order.update',
          with: ['a', { limit: { increment: 1 } }],
          fails: { code: 'OutOfRange', collection: 'order', fields: ['limit'] },
        },
      ],
    },
    {
      name: 'the database’s names are no names of fields',
      steps: [
        ...['updated_by', 'Where', 'created_at'].map((name): Step => ({
          call: 'order.find',
          with: [{ where: { [name]: 'x' } }],
          fails: { code: 'UnknownField', fields: [name] },
        })),
        { call: 'collection', with: ['Table'], fails: { code: 'UnknownCollection' } },
        { call: 'collection', with: ['order_lines'], fails: { code: 'UnknownCollection' } },
      ],
    },
    {
      name: 'upserts find mapped names too',
      steps: [
        orders,
        {
          call: 'order.upsert',
          with: [{ on: ['group'], insert: { group: 'x' }, update: { select: { increment: 1 } } }],
        },
        { values: 'select', of: 'order', are: [3, 1] },
      ],
    },
    {
      name: 'references find mapped names too',
      needs: ['foreignKeys'],
      otherwise: [
        { call: 'orderLines.insert', with: [{ orderId: 'nobody', unitPrice: '1' }] },
        orders,
        { call: 'orderLines.insert', with: [{ orderId: 'a', unitPrice: '1' }] },
        { call: 'order.delete', with: ['a'] },
      ],
      steps: [
        orders,
        { call: 'orderLines.insert', with: [{ orderId: 'a', unitPrice: '1' }] },
        {
          call: 'orderLines.insert',
          with: [{ orderId: 'nobody', unitPrice: '1' }],
          fails: { code: 'ForeignKeyViolation', collection: 'orderLines' },
        },
        {
          call: 'order.delete',
          with: ['a'],
          fails: { code: 'ForeignKeyViolation', collection: 'order' },
        },
      ],
    },
  ],
}
