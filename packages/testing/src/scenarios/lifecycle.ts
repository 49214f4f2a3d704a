import { anyKind, the } from '../suite/markers.ts'
import type { Behaviour, Step } from '../suite/scenario.ts'

const note: Step = { call: 'notes.insert', with: [{ id: 'a', title: 'x' }], as: 'note' }

/** What an engine does that keeps nothing: it keeps nothing, and says nothing else. */
const forgets: readonly Step[] = [
  note,
  { call: 'close' },
  { open: 'again' },
  { on: 'again', call: 'notes.count', gives: 0 },
]

const everyCall = (fails: { readonly code: 'NotConnected' }): readonly Step[] => [
  { call: 'notes.find', fails },
  { call: 'notes.findOne', fails },
  { call: 'notes.get', with: ['a'], fails },
  { call: 'notes.page', fails },
  { call: 'notes.stream', fails },
  { call: 'notes.count', fails },
  { call: 'notes.aggregate', with: [{ measures: { n: 'count' } }], fails },
  { call: 'notes.insert', with: [{ title: 'x' }], fails },
  { call: 'notes.insertMany', with: [[{ title: 'x' }]], fails },
  { call: 'notes.insertMany', with: [[]], fails },
  { call: 'notes.update', with: ['a', { title: 'x' }], fails },
  { call: 'notes.updateMany', with: [{ where: {}, set: { title: 'x' } }], fails },
  {
    call: 'notes.upsert',
    with: [{ on: ['id'], insert: { title: 'x' }, update: { title: 'y' } }],
    fails,
  },
  { call: 'notes.delete', with: ['a'], fails },
  { call: 'notes.deleteMany', with: [{ where: {} }], fails },
  { transaction: [], fails },
  { call: 'ping', fails },
]

export const lifecycle: Behaviour = {
  name: 'lifecycle',
  schema: 'notes',
  scenarios: [
    {
      name: 'before connect every call says NotConnected',
      connected: false,
      steps: [
        ...everyCall({ code: 'NotConnected' }),
        { call: 'connect', gives: undefined },
        { call: 'notes.find', gives: [] },
      ],
    },
    {
      name: 'after close every call says NotConnected',
      steps: [note, { call: 'close', gives: undefined }, ...everyCall({ code: 'NotConnected' })],
    },
    {
      name: 'close may be called again, at the same time, and before connect',
      connected: false,
      steps: [
        { open: 'never', connect: false },
        { on: 'never', call: 'close', gives: undefined },
        { on: 'never', call: 'close', gives: undefined },
        { call: 'connect' },
        { parallel: [[{ call: 'close' }], [{ call: 'close' }]] },
        { call: 'close', gives: undefined },
      ],
    },
    {
      name: 'a second connect is refused, and the first goes on',
      steps: [
        note,
        { call: 'connect', fails: { code: 'InvalidOptions' } },
        { call: 'notes.get', with: ['a'], gives: the('note') },
        { call: 'close' },
        { call: 'connect', fails: { code: 'InvalidOptions' } },
      ],
    },
    {
      name: 'options of connect that do not exist or cannot be are refused, and may be mended',
      connected: false,
      steps: [
        ...[
          { ensure: 'maybe' },
          { ensure: true },
          { ensure: null },
          { create: true },
          null,
          'create',
        ].map((options): Step => ({
          call: 'connect',
          with: [options],
          fails: { code: 'InvalidOptions' },
        })),
        { call: 'connect', with: [{ ensure: 'create' }] },
        { call: 'ping', gives: undefined },
      ],
    },
    {
      name: 'ping answers, and stats count connections',
      steps: [
        { call: 'ping', gives: undefined },
        {
          call: 'stats',
          gives: {
            total: anyKind('positive'),
            idle: anyKind('number'),
            active: 0,
            waiting: 0,
          },
        },
        { call: 'close' },
        { call: 'stats', gives: { total: 0, idle: 0, active: 0, waiting: 0 } },
      ],
    },
    {
      name: 'close waits for a transaction that is under way, which commits',
      needs: ['transactions', 'durable'],
      otherwise: forgets,
      steps: [
        {
          parallel: [
            [{ transaction: [note, { signal: 'open' }, { call: 'notes.count', gives: 1 }] }],
            [{ await: 'open' }, { call: 'close' }],
          ],
        },
        { open: 'again' },
        { on: 'again', call: 'notes.get', with: ['a'], gives: the('note') },
      ],
    },
    {
      name: 'what was acknowledged is there after close and connect',
      needs: ['durable'],
      otherwise: forgets,
      steps: [
        note,
        {
          call: 'notes.update',
          with: ['a', { title: 'y', tags: ['t'], data: { n: 1 } }],
          as: 'note',
        },
        { call: 'close' },
        { open: 'again' },
        { on: 'again', call: 'notes.get', with: ['a'], gives: the('note') },
        { on: 'again', call: 'notes.update', with: ['a', { title: 'z' }, { ifVersion: 2 }] },
      ],
    },
    {
      name: 'a second service on the same database sees every committed row, both ways',
      needs: ['sharedBetweenProcesses'],
      steps: [
        note,
        { open: 'second' },
        { on: 'second', call: 'notes.get', with: ['a'], gives: the('note') },
        { on: 'second', call: 'notes.insert', with: [{ id: 'b', title: 'y' }], as: 'b' },
        { call: 'notes.get', with: ['b'], gives: the('b') },
        { call: 'notes.delete', with: ['a'] },
        { on: 'second', call: 'notes.count', gives: 1 },
        {
          on: 'second',
          call: 'notes.insert',
          with: [{ id: 'b', title: 'again' }],
          fails: { code: 'UniqueViolation', fields: ['id'] },
        },
        { on: 'second', call: 'close' },
        { call: 'notes.count', gives: 1 },
      ],
    },
    {
      name: 'every scenario has a database of its own',
      steps: [{ call: 'notes.count', gives: 0 }],
    },
    {
      name: 'of two connects at the same time one is refused, and calls meanwhile',
      connected: false,
      steps: [
        {
          parallel: [
            [{ call: 'connect' }],
            [{ call: 'connect', fails: { code: 'InvalidOptions' } }],
            [{ call: 'notes.find', fails: { code: 'NotConnected' } }],
          ],
        },
        note,
      ],
    },
    {
      name: 'a connect that close overtakes fails, and leaves nothing open',
      connected: false,
      steps: [
        {
          parallel: [
            [{ call: 'connect', fails: { code: 'NotConnected' } }],
            [{ call: 'close', gives: undefined }],
          ],
        },
        { call: 'notes.find', fails: { code: 'NotConnected' } },
        { call: 'ping', fails: { code: 'NotConnected' } },
      ],
    },
  ],
}
