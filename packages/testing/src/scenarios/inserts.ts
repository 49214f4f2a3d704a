import { anyKind, length, the } from '../suite/markers.ts'
import { startTime, type Behaviour } from '../suite/scenario.ts'

const start = new Date(startTime)

export const inserts: Behaviour = {
  name: 'inserts',
  schema: 'notes',
  scenarios: [
    {
      name: 'a row comes back whole, with what the service fills in',
      steps: [
        {
          call: 'notes.insert',
          with: [{ title: 'first' }],
          as: 'note',
          gives: {
            id: anyKind('id'),
            title: 'first',
            body: null,
            rank: null,
            done: false,
            tags: null,
            data: null,
            createdAt: start,
            updatedAt: start,
            version: 1,
          },
        },
        { call: 'notes.get', with: [the('note.id')], gives: the('note') },
        { call: 'notes.count', gives: 1 },
      ],
    },
    {
      name: 'undefined is the same as absent',
      steps: [
        {
          call: 'notes.insert',
          with: [{ id: undefined, title: 'x', body: undefined, done: undefined }],
          as: 'note',
        },
        { check: the('note.id'), gives: anyKind('id') },
        {
          call: 'notes.findOne',
          with: [{ select: ['body', 'done'] }],
          gives: { body: null, done: false },
        },
      ],
    },
    {
      name: 'the empty text is kept, and is not null',
      steps: [
        { call: 'notes.insert', with: [{ id: 'a', title: '', body: '' }] },
        { row: 'a', of: 'notes', has: { title: '', body: '' } },
        { call: 'notes.count', with: [{ where: { body: null } }], gives: 0 },
      ],
    },
    {
      name: 'defaults fill what is absent, and null stays null',
      schema: 'defaults',
      steps: [
        {
          call: 'settings.insert',
          with: [{ id: 'a' }],
          gives: {
            id: 'a',
            size: 10,
            label: 'none',
            ratio: '0.50',
            since: '2020-02-29',
            flags: ['new'],
            config: { theme: 'dark', sizes: [1, 2] },
            rank: 1,
            even: null,
            code: null,
          },
        },
        { call: 'settings.insert', with: [{ id: 'b', label: null, size: 0, flags: [] }] },
        { row: 'b', of: 'settings', has: { label: null, size: 0, flags: [] } },
      ],
    },
    {
      name: 'a default that is an object is a new one for each row',
      schema: 'defaults',
      steps: [
        { call: 'settings.insert', with: [{ id: 'a' }], as: 'first' },
        { alter: 'first.config.theme', to: 'changed' },
        { alter: 'first.flags.0', to: 'changed' },
        { call: 'settings.insert', with: [{ id: 'b' }], as: 'second' },
        { check: the('second.config.theme'), gives: 'dark' },
        { check: the('second.flags'), gives: ['new'] },
        { row: 'a', of: 'settings', has: { flags: ['new'] } },
      ],
    },
    {
      name: "what the host's own check refuses is not inserted",
      schema: 'defaults',
      steps: [
        {
          call: 'settings.insert',
          with: [{ even: 3 }],
          fails: { code: 'InvalidValue', fields: ['even'] },
        },
        { call: 'settings.insert', with: [{ id: 'a', even: 4 }] },
        {
          call: 'settings.update',
          with: ['a', { even: 5 }],
          fails: { code: 'InvalidValue', fields: ['even'] },
        },
        { row: 'a', of: 'settings', has: { even: 4 } },
      ],
    },
    {
      name: 'ids that are given are kept, up to 191 characters',
      steps: [
        { call: 'notes.insert', with: [{ id: '🦊'.repeat(191), title: 'x' }], as: 'note' },
        { check: the('note.id'), gives: '🦊'.repeat(191) },
        {
          call: 'notes.get',
          with: ['🦊'.repeat(191), { select: ['title'] }],
          gives: { title: 'x' },
        },
        {
          call: 'notes.insert',
          with: [{ id: 'x'.repeat(192), title: 'x' }],
          fails: { code: 'InvalidValue', fields: ['id'] },
        },
        {
          call: 'notes.insert',
          with: [{ id: '', title: 'x' }],
          fails: { code: 'InvalidValue', fields: ['id'] },
        },
      ],
    },
    {
      name: 'ids that are made grow in the order of the inserts',
      steps: [
        {
          call: 'notes.insertMany',
          with: [['c', 'a', 'd', 'b'].map((title) => ({ title }))],
          as: 'rows',
        },
        { values: 'title', of: 'notes', are: ['c', 'a', 'd', 'b'] },
      ],
    },
    {
      name: 'createdAt may be given, for rows that are older than their database',
      steps: [
        {
          call: 'notes.insert',
          with: [{ id: 'a', title: 'x', createdAt: new Date('1999-12-31T23:59:59.999Z') }],
        },
        {
          row: 'a',
          of: 'notes',
          has: { createdAt: new Date('1999-12-31T23:59:59.999Z'), updatedAt: start },
        },
      ],
    },
    {
      name: 'updatedAt and version cannot be given',
      steps: [
        {
          call: 'notes.insert',
          with: [{ title: 'x', updatedAt: new Date(0) }],
          fails: { code: 'InvalidValue', fields: ['updatedAt'] },
        },
        {
          call: 'notes.insert',
          with: [{ title: 'x', version: 1 }],
          fails: { code: 'InvalidValue', fields: ['version'] },
        },
        { call: 'notes.count', gives: 0 },
      ],
    },
    {
      name: 'a required field that is missing, null or undefined is refused',
      schema: 'required',
      steps: [{}, { text: null }, { text: undefined }].map((change) => ({
        call: 'facts.insert' as const,
        with: [{ int: 1, boolean: true, timestamp: start, json: 1, array: [], ...change }],
        fails: { code: 'InvalidValue' as const, fields: ['text'] },
      })),
    },
    {
      name: 'many rows are inserted in order and come back whole',
      steps: [
        {
          call: 'notes.insertMany',
          with: [
            [
              { id: 'b', title: 'B' },
              { id: 'a', title: 'A', rank: 7 },
            ],
          ],
          as: 'rows',
        },
        { check: the('rows.0.title'), gives: 'B' },
        { check: the('rows.1.rank'), gives: 7 },
        { check: the('rows.1.createdAt'), gives: start },
        { check: the('rows.1.version'), gives: 1 },
        { call: 'notes.find', as: 'found' },
        { check: [the('found.1'), the('found.0')], gives: the('rows') },
      ],
    },
    {
      name: 'no rows at all are inserted without a word',
      steps: [
        { call: 'notes.insertMany', with: [[]], gives: [] },
        { call: 'notes.count', gives: 0 },
      ],
    },
    {
      name: 'seven thousand rows are inserted at once',
      steps: [
        {
          call: 'notes.insertMany',
          with: [Array.from({ length: 7_000 }, (_, rank) => ({ title: `note ${rank}`, rank }))],
          gives: length(7_000),
        },
        { call: 'notes.count', gives: 7_000 },
        { call: 'notes.count', with: [{ where: { rank: { gte: 6_990 } } }], gives: 10 },
      ],
    },
    {
      name: 'a row that the schema refuses keeps all of the others out',
      steps: [
        {
          call: 'notes.insertMany',
          with: [[{ title: 'good' }, { title: 5 }, { title: 'good' }]],
          fails: { code: 'InvalidValue', fields: ['title'] },
        },
        { call: 'notes.count', gives: 0 },
      ],
    },
    {
      name: 'a row that the database refuses keeps all of the others out',
      steps: [
        { call: 'notes.insert', with: [{ id: 'c', title: 'there before' }] },
        {
          call: 'notes.insertMany',
          with: [['a', 'b', 'c', 'd'].map((id) => ({ id, title: 'new' }))],
          fails: { code: 'UniqueViolation', collection: 'notes', fields: ['id'] },
        },
        { values: 'title', of: 'notes', are: ['there before'] },
      ],
    },
    {
      name: 'the same key twice in one call is refused as a whole',
      steps: [
        {
          call: 'notes.insertMany',
          with: [['a', 'b', 'a'].map((id) => ({ id, title: 'new' }))],
          fails: { code: 'UniqueViolation', collection: 'notes', fields: ['id'] },
        },
        { call: 'notes.count', gives: 0 },
      ],
    },
    {
      name: 'what is inserted shares nothing with what was given',
      steps: [
        {
          let: 'given',
          be: { id: 'a', title: 'x', tags: ['t'], data: { list: [1, { deep: true }] } },
        },
        { call: 'notes.insert', with: [the('given')], as: 'returned' },
        { alter: 'given.tags.0', to: 'changed' },
        { alter: 'given.data.list.1.deep', to: 'changed' },
        { alter: 'returned.data.list.0', to: 'changed' },
        { alter: 'returned.createdAt', to: 'changed' },
        {
          row: 'a',
          of: 'notes',
          has: { tags: ['t'], data: { list: [1, { deep: true }] }, createdAt: start },
        },
      ],
    },
    {
      name: 'what is read shares nothing with what is stored',
      steps: [
        { call: 'notes.insert', with: [{ id: 'a', title: 'x', tags: ['t'], data: { list: [1] } }] },
        { call: 'notes.find', as: 'rows' },
        { alter: 'rows.0.data.list.0', to: 'changed' },
        { alter: 'rows.0.tags.0', to: 'changed' },
        { alter: 'rows.0.title', to: 'changed' },
        { row: 'a', of: 'notes', has: { title: 'x', tags: ['t'], data: { list: [1] } } },
      ],
    },
    {
      name: "what the host's own check makes of a value is what is stored",
      schema: 'defaults',
      steps: [
        { call: 'settings.insert', with: [{ id: 'a', code: ' x ' }], as: 'row' },
        { check: the('row.code'), gives: 'x' },
        { call: 'settings.insertMany', with: [[{ id: 'b', code: '\tx' }]] },
        { call: 'settings.update', with: ['a', { code: 'y ' }] },
        { values: 'code', of: 'settings', are: ['y', 'x'] },
        { matching: { code: 'x' }, of: 'settings', are: ['b'] },
        { matching: { code: ' x' }, of: 'settings', are: [] },
        { matching: { code: { in: [' ', 'y'] } }, of: 'settings', are: ['a'] },
      ],
    },
  ],
}
