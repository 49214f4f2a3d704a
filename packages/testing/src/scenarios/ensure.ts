import { anyKind, the } from '../suite/markers.ts'
import { startTime, type Behaviour, type Step } from '../suite/scenario.ts'

const later = new Date(Date.parse(startTime) + 5_000)
const needs = ['sharedBetweenProcesses'] as const

const item: Step = {
  call: 'items.insert',
  with: [{ id: 'a', name: 'ladder', amount: 2, note: null }],
  as: 'item',
}

const mismatch = (...names: string[]) => ({ code: 'SchemaMismatch' as const, names })

export const ensure: Behaviour = {
  name: 'ensure',
  schema: 'first',
  scenarios: [
    {
      name: "'create' makes what is missing, and finds nothing to do the second time",
      needs,
      steps: [
        item,
        { open: 'second', connect: { ensure: 'create' } },
        { open: 'third', connect: {} },
        { on: 'third', call: 'items.get', with: ['a'], gives: the('item') },
        { on: 'second', call: 'items.count', gives: 1 },
      ],
    },
    {
      name: "'verify' and 'off' work on a database that fits",
      needs,
      steps: [
        item,
        { open: 'verifying', connect: { ensure: 'verify' } },
        { on: 'verifying', call: 'items.get', with: ['a'], gives: the('item') },
        { open: 'trusting', connect: { ensure: 'off' } },
        { on: 'trusting', call: 'items.update', with: ['a', { amount: 3 }] },
        { row: 'a', of: 'items', has: { amount: 3 } },
      ],
    },
    {
      name: 'fields that may be null or have a default are added, and rows that are there get it',
      needs,
      steps: [
        item,
        { advanceMs: 1_000 },
        { open: 'wider', schema: 'wider' },
        {
          on: 'wider',
          call: 'items.get',
          with: ['a'],
          gives: {
            id: 'a',
            name: 'ladder',
            amount: 2,
            note: null,
            color: null,
            level: 3,
            price: '1.50',
            flag: true,
            flags: ['it’s', 'new'],
            config: { quote: "it's" },
            since: new Date('2020-01-01T00:00:00.000Z'),
            createdAt: anyKind('time'),
            updatedAt: anyKind('time'),
            version: 1,
          },
        },
        { on: 'wider', call: 'items.update', with: ['a', { color: 'red' }], as: 'changed' },
        { check: the('changed.version'), gives: 2 },
        {
          on: 'wider',
          call: 'items.insert',
          with: [{ id: 'b', name: 'rope', amount: 1 }],
          as: 'b',
        },
        { check: the('b.level'), gives: 3 },
      ],
    },
    {
      name: 'collections are added beside those that are there',
      needs,
      steps: [
        item,
        { open: 'wider', schema: 'wider' },
        { on: 'wider', call: 'extras.insert', with: [{ id: 'x', itemId: 'a' }] },
        { on: 'wider', call: 'extras.get', with: ['x'], gives: { id: 'x', itemId: 'a' } },
      ],
    },
    {
      name: 'references are added to what is there',
      needs: [...needs, 'foreignKeys'],
      otherwise: [
        { open: 'wider', schema: 'wider' },
        { on: 'wider', call: 'extras.insert', with: [{ itemId: 'nobody' }] },
      ],
      steps: [
        item,
        { open: 'wider', schema: 'wider' },
        { on: 'wider', call: 'extras.insert', with: [{ itemId: 'a' }] },
        {
          on: 'wider',
          call: 'extras.insert',
          with: [{ itemId: 'nobody' }],
          fails: { code: 'ForeignKeyViolation', collection: 'extras' },
        },
      ],
    },
    {
      name: 'a service that knows less works on beside one that knows more',
      needs,
      steps: [
        item,
        { open: 'wider', schema: 'wider' },
        { call: 'items.insert', with: [{ id: 'b', name: 'rope', amount: 1 }] },
        { call: 'items.update', with: ['a', { amount: 5 }] },
        {
          on: 'wider',
          call: 'items.find',
          with: [{ select: ['id', 'amount', 'color'] }],
          gives: [
            { id: 'a', amount: 5, color: null },
            { id: 'b', amount: 1, color: null },
          ],
        },
      ],
    },
    {
      name: 'what a service that knows less leaves out has its default',
      needs,
      steps: [
        { open: 'wider', schema: 'wider' },
        { call: 'items.insert', with: [{ id: 'b', name: 'rope', amount: 1 }] },
        {
          on: 'wider',
          call: 'items.get',
          with: ['b', { select: ['level', 'version', 'createdAt'] }],
          gives: { level: 3, version: 1, createdAt: anyKind('time') },
        },
      ],
    },
    {
      name: "'verify' refuses a database that lacks something, lists it all, and adds nothing",
      needs,
      steps: [
        item,
        {
          open: 'wider',
          schema: 'wider',
          connect: { ensure: 'verify' },
          fails: mismatch('items', 'color', 'level', 'version', 'extras'),
        },
        {
          open: 'again',
          schema: 'wider',
          connect: { ensure: 'verify' },
          fails: mismatch('color'),
        },
        { row: 'a', of: 'items', has: { amount: 2 } },
      ],
    },
    {
      name: "a missing unique index is a mismatch for 'verify', and made by 'create'",
      needs,
      steps: [
        item,
        {
          open: 'unique',
          schema: 'withUnique',
          connect: { ensure: 'verify' },
          fails: mismatch('name'),
        },
        { open: 'unique', schema: 'withUnique' },
        {
          on: 'unique',
          call: 'items.insert',
          with: [{ name: 'ladder', amount: 1 }],
          fails: { code: 'UniqueViolation', collection: 'items', fields: ['name'] },
        },
        {
          on: 'unique',
          call: 'items.upsert',
          with: [{ on: ['name'], insert: { name: 'ladder', amount: 1 }, update: { amount: 9 } }],
        },
        { row: 'a', of: 'items', has: { amount: 9 } },
      ],
    },
    {
      name: 'a unique index that the rows violate is not made, and the error says which',
      needs,
      steps: [
        {
          call: 'items.insertMany',
          with: [[1, 2].map((amount) => ({ name: 'same', amount }))],
        },
        {
          open: 'unique',
          schema: 'withUnique',
          fails: { code: 'SchemaMismatch', names: ['name', 'items'] },
        },
        { call: 'items.count', gives: 2 },
        { call: 'items.insert', with: [{ name: 'same', amount: 3 }] },
      ],
    },
    {
      name: 'a field that rows cannot get is never added',
      needs,
      steps: [
        item,
        { open: 'required', schema: 'withRequired', fails: mismatch('items', 'owner') },
        { open: 'made', schema: 'withMadeDefault', fails: mismatch('items', 'owner') },
        { call: 'items.get', with: ['a'], gives: the('item') },
      ],
    },
    {
      name: 'what is there is never changed, even if the schema wants it otherwise',
      needs,
      steps: [
        item,
        { open: 'kind', schema: 'withOtherKind', fails: mismatch('items', 'amount') },
        { open: 'never null', schema: 'withoutNull', fails: mismatch('items', 'note') },
        { open: 'may be null', schema: 'withNull', fails: mismatch('items', 'amount') },
        { open: 'key', schema: 'withOtherKey', fails: mismatch('items') },
        { call: 'items.get', with: ['a'], gives: the('item') },
        { call: 'items.update', with: ['a', { note: 'x' }] },
        { call: 'items.update', with: ['a', { note: null }] },
      ],
    },
    {
      name: 'a column that may stay empty is no mismatch for a schema without it',
      needs,
      steps: [
        { call: 'items.insert', with: [{ id: 'a', name: 'x', amount: 1, note: 'kept' }] },
        { open: 'older', schema: 'withoutNote', connect: { ensure: 'verify' } },
        { on: 'older', call: 'items.get', with: ['a'], gives: { id: 'a', name: 'x', amount: 1 } },
        { on: 'older', call: 'items.update', with: ['a', { amount: 2 }] },
        { on: 'older', call: 'items.insert', with: [{ id: 'b', name: 'y', amount: 1 }] },
        { values: 'note', of: 'items', are: ['kept', null] },
      ],
    },
    {
      name: 'a column that every row needs is a mismatch for a schema without it',
      needs,
      steps: [item, { open: 'older', schema: 'withoutAmount', fails: mismatch('amount') }],
    },
    {
      name: "'off' does not look, and what fits works",
      needs,
      steps: [
        item,
        { open: 'wider', schema: 'wider', connect: { ensure: 'off' } },
        {
          on: 'wider',
          call: 'items.find',
          with: [{ select: ['name'] }],
          gives: [{ name: 'ladder' }],
        },
      ],
    },
    {
      name: "with 'off' what does not fit shows when it is used",
      needs,
      steps: [
        item,
        { open: 'wider', schema: 'wider', connect: { ensure: 'off' } },
        {
          on: 'wider',
          call: 'items.find',
          with: [{ select: ['color'] }],
          fails: { code: 'SchemaMismatch' },
        },
        {
          on: 'wider',
          call: 'items.insert',
          with: [{ name: 'rope', amount: 1 }],
          fails: { code: 'SchemaMismatch' },
        },
        { on: 'wider', call: 'extras.find', fails: { code: 'SchemaMismatch' } },
        {
          on: 'wider',
          call: 'extras.insert',
          with: [{ itemId: 'a' }],
          fails: { code: 'SchemaMismatch' },
        },
      ],
    },
    {
      name: 'two services that create at the same time both succeed',
      needs,
      connected: false,
      steps: [
        { parallel: [[{ call: 'connect' }], [{ open: 'second' }], [{ open: 'third' }]] },
        item,
        { on: 'third', call: 'items.get', with: ['a'], gives: the('item') },
      ],
    },
    {
      name: 'a connect that failed leaves nothing open, and may be tried again',
      needs,
      steps: [
        { open: 'wider', schema: 'wider', connect: { ensure: 'verify' }, fails: mismatch('color') },
        { on: 'wider', call: 'items.find', fails: { code: 'NotConnected' } },
        { on: 'wider', call: 'connect', with: [{ ensure: 'create' }] },
        { on: 'wider', call: 'items.count', gives: 0 },
      ],
    },
    {
      name: 'collections whose names and fields look alike keep their own indexes',
      schema: 'alikeIndexes',
      steps: [
        { call: 'a.insert', with: [{ b: 1, c: 2 }] },
        { call: 'a_b.insert', with: [{ c: 2 }] },
        { call: 'a.count', with: [{ where: { b: 1, c: 2 } }], gives: 1 },
        { call: 'a_b.count', with: [{ where: { c: 2 } }], gives: 1 },
      ],
    },
    {
      name: 'times that are added are those of the moment when they were added',
      needs,
      steps: [
        item,
        { advanceMs: 5_000 },
        { open: 'wider', schema: 'wider' },
        {
          on: 'wider',
          call: 'items.get',
          with: ['a', { select: ['createdAt', 'updatedAt'] }],
          gives: { createdAt: later, updatedAt: later },
        },
      ],
    },
    {
      name: "an index that only makes things faster is no mismatch for 'verify'",
      needs,
      steps: [
        item,
        { open: 'indexed', schema: 'withIndex', connect: { ensure: 'verify' } },
        { open: 'indexing', schema: 'withIndex', connect: { ensure: 'create' } },
        { on: 'indexing', call: 'items.count', with: [{ where: { amount: 2 } }], gives: 1 },
      ],
    },
  ],
}
