import { Binary, ObjectId, UUID } from 'mongodb'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ChangeStreamLog } from '../../../src/adapters/mongodb/change-stream-log.ts'
import { openContext } from '../../../src/adapters/mongodb/context.ts'
import { parseOptions } from '../../../src/adapters/mongodb/options.ts'
import type { Change } from '../../../src/contract/change-log.ts'
import { systemRuntime } from '../../../src/lib/runtime.ts'
import { planFind } from '../../../src/query/plan-find.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode } from '../../support/errors.ts'
import { RecordedReplicaSet, type Document } from './recorded-replica-set.ts'

const { definition: schema } = defineSchema({
  notes: collection({ id: t.id(), rank: t.int(), tag: t.text().nullable() }),
  words: collection({ id: t.id(), size: t.bigint() }).table('all_words'),
})
const notes = schema.collections.get('notes')!

/** The events as the manual's "Change Events" shows them. */
const of = (operationType: string, coll: string, rest: Document): Document => ({
  operationType,
  wallTime: new Date(0),
  ns: { db: 'test', coll },
  ...rest,
})
const insert = (coll: string, fullDocument: Document) =>
  of('insert', coll, { documentKey: { _id: fullDocument._id }, fullDocument })
const update = (coll: string, before: Document, updatedFields: Document) =>
  of('update', coll, {
    documentKey: { _id: before._id },
    updateDescription: { updatedFields, removedFields: [], truncatedArrays: [] },
    fullDocument: { ...before, ...updatedFields },
    fullDocumentBeforeChange: before,
  })
const remove = (coll: string, before: Document) =>
  of('delete', coll, { documentKey: { _id: before._id }, fullDocumentBeforeChange: before })

const lsid = { id: new UUID(), uid: new Binary(Buffer.alloc(32, 1)) }
const inTransaction = (txnNumber: bigint, events: Document[]) =>
  events.map((event) => ({ ...event, lsid, txnNumber }))

async function open(replicaSet?: RecordedReplicaSet, urlOptions = '') {
  const server = replicaSet ?? (await RecordedReplicaSet.start())
  const settings = parseOptions({ url: `${server.url}${urlOptions}` })
  const adapterContext = { schema, runtime: systemRuntime, mayCreate: true }
  const context = await openContext(settings, adapterContext, () => {})
  const log = new ChangeStreamLog(context)
  onTestFinished(async () => {
    await log.close()
    await context.client.close()
    await server.close()
  })
  await log.open()
  server.commands.length = 0
  return { server, log, client: context.client }
}

/** A log, and the position before the events that are committed one after another. */
async function withCommits(...commits: Document[][]) {
  const opened = await open()
  const start = await opened.log.head()
  for (const events of commits) opened.server.commit(events)
  return { ...opened, start }
}

const tell = ({ collection: { name }, old, row, actor, mutationId }: Change) => [
  name,
  old && { ...old },
  row && { ...row },
  actor,
  mutationId,
]

describe('what a replica set has committed', () => {
  it('is told in its order, with whole rows and with who did it', async () => {
    const [a, b] = [
      { _id: 'a', rank: 1, tag: 'x' },
      { _id: 'b', rank: 2 },
    ]
    const entry = insert('wherry_ledger', { _id: 'm1', actor: 'ann', expiresAt: new Date(0) })
    const byBob = insert('wherry_ledger', { _id: new ObjectId(), actor: 'bob' })
    const word = insert('all_words', { _id: 'w', size: 2n ** 62n })
    const { log, start, server } = await withCommits(
      [insert('notes', a)],
      inTransaction(1n, [entry, insert('notes', b), update('notes', a, { rank: 5 }), word]),
      inTransaction(2n, [byBob, remove('notes', b)]),
      inTransaction(3n, [remove('all_words', { _id: 'w', size: 2n ** 62n })]),
    )
    server.maxBatch = 2
    const { changes, position } = await log.read(start)
    const [first, second] = [
      { id: 'a', rank: 1, tag: 'x' },
      { id: 'b', rank: 2, tag: null },
    ]
    const row = { id: 'w', size: 2n ** 62n }
    expect(changes.map(tell)).toEqual([
      ['notes', null, first, null, null],
      ['notes', null, second, 'ann', 'm1'],
      ['notes', first, { ...first, rank: 5 }, 'ann', 'm1'],
      ['words', null, row, 'ann', 'm1'],
      ['notes', second, null, 'bob', null],
      ['words', row, null, null, null],
    ])
    expect(position).toBe(await log.head())
    expect(await log.read(position)).toEqual({ changes: [], position, isWhole: true })
  })

  it("is nobody in particular's where entries of mutations were restored beside it", async () => {
    const entry = insert('wherry_ledger', { _id: 'm1', actor: 'ann' })
    const { log, start } = await withCommits([entry], [insert('notes', { _id: 'a', rank: 1 })])
    const row = { id: 'a', rank: 1, tag: null }
    const { changes } = await log.read(start)
    expect(changes.map(tell)).toEqual([['notes', null, row, null, null]])
  })

  it('is no lock of a row, which changes nothing of it', async () => {
    const note = { _id: 'a', rank: 1 }
    const lock = update('notes', note, { __wherry_lock: 1 })
    const both = update('notes', note, { __wherry_lock: 2, rank: 2 })
    const { log, start } = await withCommits(inTransaction(1n, [lock]), inTransaction(2n, [both]))
    expect((await log.read(start)).changes.map(({ row }) => row!.rank)).toEqual([2])
  })

  it('is asked for by what the manual says of change streams', async () => {
    const { log, start, server } = await withCommits([insert('notes', { _id: 'a', rank: 1 })])
    const now = server.now
    await log.read(start)
    const [find] = server.commandsOf('find')
    expect(find).toMatchObject({ find: 'wherry_log_state', readConcern: { level: 'majority' } })
    const [aggregate] = server.commandsOf('aggregate')
    expect(aggregate).toMatchObject({
      aggregate: 1,
      readConcern: { level: 'majority', afterClusterTime: now },
    })
    expect(aggregate!.pipeline).toEqual([
      {
        $changeStream: {
          startAtOperationTime: now,
          fullDocumentBeforeChange: 'required',
          fullDocument: 'required',
        },
      },
      {
        $match: {
          $or: [
            { 'ns.coll': { $in: ['notes', 'all_words'] } },
            { 'ns.coll': 'wherry_ledger', operationType: 'insert' },
            { 'to.coll': { $in: ['notes', 'all_words'] } },
            { operationType: { $in: ['dropDatabase', 'invalidate'] } },
          ],
        },
      },
    ])
    expect(server.openCursors).toBe(0)
  })

  it('is asked of the primary and its majority, whatever the URL prefers', async () => {
    const preferences = '?readPreference=secondaryPreferred&readConcernLevel=local'
    const { log, server } = await open(undefined, preferences)
    const { position } = await log.snapshot([notes], (reader) => reader.find(planFind(notes, {})))
    server.commit([insert('notes', { _id: 'a', rank: 1 })])
    await log.read(position)
    const { commands } = server
    expect(commands.filter(({ $readPreference }) => $readPreference !== undefined)).toEqual([])
    const levels = commands.map(({ readConcern }) => (readConcern as Document | undefined)?.level)
    expect(levels.filter(Boolean)).toEqual(['snapshot', 'snapshot', 'majority', 'majority'])
  })

  it('is whole in spite of a connection that is cut meanwhile', async () => {
    const { log, start, server } = await withCommits(
      ...['a', 'b', 'c', 'd'].map((_id) => [insert('notes', { _id, rank: 1 })]),
    )
    server.maxBatch = 2
    server.failNext('getMore', 'cut')
    const { changes } = await log.read(start)
    expect(changes.map(({ row }) => row!.id)).toEqual(['a', 'b', 'c', 'd'])
    expect(server.commandsOf('aggregate')).toHaveLength(2)
  })
})

describe('a position', () => {
  it('lies behind whole transactions, however many events and batches they have', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => insert('notes', { _id: String(i), rank: i }))
    const { log, start, server } = await withCommits(
      many(400),
      inTransaction(1n, many(1_500)),
      many(3),
    )
    server.maxBatch = 100
    const first = await log.read(start)
    expect(first.changes).toHaveLength(1_900)
    const second = await log.read(first.position)
    expect(second.changes).toHaveLength(3)
    expect([start, first.position, second.position]).toEqual(
      [second.position, first.position, start].toSorted(),
    )
  })

  it('ends what is read, even if nothing was', async () => {
    const { log, start, server } = await withCommits([insert('notes', { _id: 'a', rank: 1 })])
    const middle = await log.head()
    server.commit([insert('notes', { _id: 'b', rank: 1 })])
    const idsOf = ({ changes }: { changes: readonly Change[] }) => changes.map(({ row }) => row!.id)
    const upToMiddle = await log.read(start, middle)
    expect([idsOf(upToMiddle), upToMiddle.position]).toEqual([['a'], middle])
    expect(idsOf(await log.read(middle))).toEqual(['b'])
    const before = await log.head()
    server.commit([])
    const after = await log.head()
    expect(await log.read(before, after)).toEqual({ changes: [], position: after, isWhole: true })
  })

  it('tells by itself that there is nothing new', async () => {
    const { log, server } = await open()
    const position = await log.head()
    expect(await log.read(position)).toEqual({ changes: [], position, isWhole: true })
    expect(server.commandsOf('aggregate')).toEqual([])
  })

  it('stands still while others write, and moves on before the oplog leaves it behind', async () => {
    const { log, server } = await open()
    const start = await log.head()
    server.commit([], 9)
    expect(await log.read(start)).toEqual({ changes: [], position: start, isWhole: true })
    server.commit([], 1)
    expect(await log.read(start)).toEqual({
      changes: [],
      position: await log.head(),
      isWhole: true,
    })
  })

  it('is of the moment of which a snapshot reads', async () => {
    const { log, server } = await open()
    server.documents.set('notes', [{ _id: 'a', rank: 1 }])
    const { value, position } = await log.snapshot([notes], (reader) =>
      reader.find(planFind(notes, {})),
    )
    expect(value).toEqual([{ id: 'a', rank: 1, tag: null }])
    expect(position).toBe(await log.head())
    const [state, found] = server.commandsOf('find')
    expect(state).toMatchObject({ find: 'wherry_log_state', readConcern: { level: 'snapshot' } })
    expect(found).toMatchObject({
      find: 'notes',
      readConcern: { level: 'snapshot', atClusterTime: server.now },
    })
  })

  it('is the same for every process, and no other log knows it', async () => {
    const { log, server } = await open()
    const { log: another } = await open(server)
    const position = await another.head()
    expect(position).toBe(await log.head())
    const { log: foreign } = await open()
    expect(await rejectedCode(() => foreign.read(position))).toBe('PositionLost')
    server.documents.set('wherry_log_state', [])
    expect(await rejectedCode(() => log.head())).toBe('SchemaMismatch')
  })
})

describe('a position is lost', () => {
  it.each([
    ['no position', () => 'x'],
    ["a number of another engine's log", (start: string) => `${start.split(':')[0]}:17`],
    ['a time to come', (start: string) => `${start.split(':')[0]}:ffffffff00000001`],
  ])('that is %s', async (_, change) => {
    const { log, start } = await withCommits([insert('notes', { _id: 'a', rank: 1 })])
    expect(await rejectedCode(() => log.read(change(start)))).toBe('PositionLost')
    expect(await rejectedCode(() => log.read(start, change(start)))).toBe('PositionLost')
  })

  it('behind the end of what is to be read', async () => {
    const { log, start } = await withCommits([insert('notes', { _id: 'a', rank: 1 })])
    const head = await log.head()
    expect(await rejectedCode(() => log.read(head, start))).toBe('PositionLost')
  })

  it.each([
    [47, 'NoMatchingDocument'],
    [136, 'CappedPositionLost'],
    [280, 'ChangeStreamFatalError'],
    [286, 'ChangeStreamHistoryLost'],
    [10_334, 'BSONObjectTooLarge'],
  ])('when the server says %d, %s', async (code, codeName) => {
    const { log, start, server } = await withCommits([insert('notes', { _id: 'a', rank: 1 })])
    for (const command of ['aggregate', 'getMore']) {
      server.failNext(command, { code, codeName, errmsg: 'no' })
      expect(await rejectedCode(() => log.read(start))).toBe('PositionLost')
    }
    expect((await log.read(start)).changes).toHaveLength(1)
  })

  const note = { _id: 'a', rank: 1 }
  it.each([
    ['a collection is dropped', of('drop', 'notes', {})],
    ['a collection is renamed', of('rename', 'notes', { to: { db: 'test', coll: 'x' } })],
    ['another one takes its name', of('rename', 'x', { to: { db: 'test', coll: 'notes' } })],
    ['the database is dropped', { operationType: 'dropDatabase', ns: { db: 'test' } }],
    ['the stream is invalid', { operationType: 'invalidate' }],
    ['no row before is kept', { ...update('notes', note, {}), fullDocumentBeforeChange: null }],
    ['no row after is kept', { ...update('notes', note, {}), fullDocument: undefined }],
    ['a stranger has written no row', insert('notes', { _id: 'a', rank: 'first' })],
  ])('when %s', async (_, event) => {
    const { log, start } = await withCommits([event])
    expect(await rejectedCode(() => log.read(start))).toBe('PositionLost')
    expect((await log.read(await log.head())).changes).toEqual([])
  })

  it('for no other reason', async () => {
    const { log, start, server } = await withCommits([insert('notes', { _id: 'a', rank: 1 })])
    server.failNext('aggregate', { code: 13, codeName: 'Unauthorized', errmsg: 'no' })
    await expect(log.read(start)).rejects.toMatchObject({ codeName: 'Unauthorized' })
  })
})

describe('who watches', () => {
  it('is woken by a commit, and the stream is closed when nobody does any more', async () => {
    const { log, server, client } = await open()
    const woken = new Promise<void>((resolve) => {
      const end = log.watch(() => {
        end()
        resolve()
      })
    })
    await expect.poll(() => server.commandsOf('getMore')).toHaveLength(1)
    server.commit([insert('notes', { _id: 'a', rank: 1 })])
    await woken
    await expect.poll(() => server.openCursors).toBe(0)
    await client.close()
  })

  it('is told nothing more once the log is closed, which waits for no event', async () => {
    const { log, server, client } = await open()
    let wakes = 0
    log.watch(() => wakes++)
    await expect.poll(() => server.commandsOf('getMore')).toHaveLength(1)
    await log.close()
    await client.close()
    expect(wakes).toBe(0)
  })
})
