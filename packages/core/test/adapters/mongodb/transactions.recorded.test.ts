import { Long } from 'mongodb'
import { describe, expect, it, onTestFinished } from 'vitest'
import { mongodb } from '../../../src/adapters/mongodb/index.ts'
import { indexName } from '../../../src/adapters/sql/ensure.ts'
import type { Session, TransactionSettings } from '../../../src/contract/adapter.ts'
import { systemRuntime } from '../../../src/lib/runtime.ts'
import { planFind, planGet } from '../../../src/query/plan-find.ts'
import {
  planDelete,
  planDeleteMany,
  planInsert,
  planUpdate,
  planUpdateMany,
  planUpsert,
} from '../../../src/query/plan-write.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { connected } from '../../support/service.ts'
import { RecordedReplicaSet, type Document } from './recorded-replica-set.ts'

const schema = defineSchema({
  notes: collection({ id: t.id(), n: t.int(), tag: t.text().nullable(), version: t.version() }),
  words: collection({ id: t.id(), n: t.int() }).unique('n'),
})
const notes = schema.definition.collections.get('notes')!
const words = schema.definition.collections.get('words')!
const writing = { now: () => 0, newId: () => 'new' }

const settings: TransactionSettings = { isolationLevel: 'repeatable read', timeoutMs: 1_000 }
const transient = (code: number): Document => ({
  code,
  errmsg: 'in the way',
  errorLabels: ['TransientTransactionError'],
})
const unknown = (code: number): Document => ({
  code,
  errmsg: 'nobody knows',
  errorLabels: ['UnknownTransactionCommitResult'],
})
const before = { _id: 'a', n: 1, version: 1 }
const found = { value: before, lastErrorObject: { n: 1, updatedExisting: true } }
const cursorOf = (...firstBatch: Document[]) => ({
  cursor: { id: Long.ZERO, ns: 'test.notes', firstBatch },
})

async function open(urlOptions = '') {
  const server = await RecordedReplicaSet.start()
  const adapter = mongodb({ url: `${server.url}${urlOptions}` })
  onTestFinished(async () => {
    await adapter.close()
    await server.close()
  })
  await adapter.connect({ schema: schema.definition, runtime: systemRuntime, mayCreate: true })
  server.commands.length = 0
  /** The names of the commands so far, which are forgotten, with '!' behind those of a transaction. */
  const told = () =>
    server.commands.splice(0).map((command) => {
      return `${Object.keys(command)[0]}${command.autocommit === false ? '!' : ''}`
    })
  return { server, adapter, told }
}

const insertNote = (session: Session) =>
  session.write([planInsert(notes, [{ id: 'a', n: 1 }], writing)])

describe('a transaction of a replica set', () => {
  it('begins with its first command, of one moment, and is committed by a majority', async () => {
    const { server, adapter } = await open()
    await adapter.transaction(settings, async (session) => {
      await session.find(planFind(notes))
      await insertNote(session)
    })
    const [find, insert, commit] = server.commands as [Document, Document, Document]
    expect(find).toMatchObject({
      find: 'notes',
      startTransaction: true,
      autocommit: false,
      readConcern: { level: 'snapshot' },
    })
    const { lsid, txnNumber } = find
    const same = { lsid, txnNumber, autocommit: false }
    expect(insert).toMatchObject({ insert: 'notes', ...same, documents: [{ _id: 'a', n: 1 }] })
    expect(commit).toMatchObject({
      commitTransaction: 1,
      ...same,
      writeConcern: { w: 'majority', j: true },
    })
    for (const later of [insert, commit]) {
      expect(later).not.toHaveProperty('startTransaction')
      expect(later).not.toHaveProperty('readConcern')
    }
    expect(insert).not.toHaveProperty('writeConcern')
    expect(server.commands).toHaveLength(3)
  })

  it('has the write concern of the URL, if it names one', async () => {
    const { server, adapter } = await open('?w=1')
    await adapter.transaction(settings, insertNote)
    expect(server.commands.at(-1)).toMatchObject({ commitTransaction: 1, writeConcern: { w: 1 } })
  })

  it('is aborted where something fails in it, and where it was given up', async () => {
    const { server, adapter, told } = await open()
    const thrown = adapter.transaction(settings, async (session) => {
      await insertNote(session)
      throw new Error('no')
    })
    await expect(thrown).rejects.toThrow('no')
    expect(told()).toEqual(['insert!', 'abortTransaction!'])
    const keyPattern = { _id: 1 }
    const writeErrors = [{ index: 0, code: 11_000, errmsg: 'duplicate', keyPattern }]
    server.answerNext('insert', { n: 0, writeErrors })
    const error = await rejectionOf(() => adapter.transaction(settings, insertNote))
    expect(error).toMatchObject({ code: 'UniqueViolation', details: { fields: ['id'] } })
    expect(told()).toEqual(['insert!', 'abortTransaction!'])
    server.answerNext('abortTransaction', { code: 251, errmsg: 'it is over already' })
    const again = adapter.transaction(settings, async (session) => {
      await insertNote(session)
      throw new Error('no')
    })
    await expect(again).rejects.toThrow('no')
  })

  it('sends nothing where nothing was asked in it', async () => {
    const { adapter, told } = await open()
    expect(await adapter.transaction(settings, async () => 5)).toBe(5)
    expect(told()).toEqual([])
  })

  it('is none that could be serializable, but whatever is less', async () => {
    const { adapter, told } = await open()
    const at = (isolationLevel: TransactionSettings['isolationLevel']) =>
      adapter.transaction({ ...settings, isolationLevel }, insertNote)
    const error = await rejectionOf(() => at('serializable'))
    expect(error).toMatchObject({ code: 'Unsupported', details: { outcome: 'not-applied' } })
    expect(told()).toEqual([])
    await at('read committed')
    expect(told()).toEqual(['insert!', 'commitTransaction!'])
    expect(adapter.capabilities).toMatchObject({ transactions: true, serializable: false })
  })

  it('locks what it reads for an update, by a field that no schema has', async () => {
    const { server, adapter } = await open()
    server.documents.set('notes', [before])
    const rows = await adapter.transaction(settings, async (session) => [
      ...(await session.find(planGet(notes, 'a', { forUpdate: true }))),
      ...(await session.find(planGet(notes, 'a', { forUpdate: true, select: ['n'] }))),
    ])
    expect(rows).toEqual([{ id: 'a', n: 1, tag: null, version: 1 }, { n: 1 }])
    const locks = server.commandsOf('update')
    expect(locks).toHaveLength(2)
    for (const lock of locks) {
      expect(lock).toMatchObject({
        update: 'notes',
        autocommit: false,
        updates: [{ q: { _id: { $in: ['a'] } }, u: { $inc: { __wherry_lock: 1 } }, multi: true }],
      })
    }
  })

  it('locks nothing where nothing was found', async () => {
    const { adapter, told } = await open()
    const find = planGet(notes, 'a', { forUpdate: true })
    expect(await adapter.transaction(settings, (session) => session.find(find))).toEqual([])
    expect(told()).toEqual(['find!', 'commitTransaction!'])
  })

  it('is SerializationFailure where another one was in the way', async () => {
    const { server, adapter, told } = await open()
    server.answerNext('insert', transient(112))
    const details = { outcome: 'not-applied' }
    expect(await rejectionOf(() => adapter.transaction(settings, insertNote))).toMatchObject({
      code: 'SerializationFailure',
      retryable: true,
      details,
    })
    expect(told()).toEqual(['insert!', 'abortTransaction!'])
    server.answerNext('commitTransaction', transient(251))
    expect(await rejectedCode(() => adapter.transaction(settings, insertNote))).toBe(
      'SerializationFailure',
    )
  })

  it('is run again as a whole by the service, which asks for no more than there is', async () => {
    const server = await RecordedReplicaSet.start()
    onTestFinished(() => server.close())
    server.answerNext('listCollections', cursorOf({ name: 'notes', type: 'collection' }))
    const data = await connected(schema, mongodb({ url: server.url }), { ensure: 'off' })
    server.commands.length = 0
    server.answerNext('insert', transient(112), { n: 1 }, { n: 1 })
    server.answerNext('commitTransaction', transient(251))
    const runs: string[] = []
    const result = await data.transaction(async (tx) => {
      runs.push(`run ${runs.length}`)
      await tx.notes.insert({ id: 'a', n: 1 })
      return runs.length
    })
    expect(result).toBe(3)
    const names = server.commands.map((command) => Object.keys(command)[0])
    const end = 'commitTransaction'
    expect(names).toEqual(['insert', 'abortTransaction', 'insert', end, 'insert', end])
    expect(new Set(server.commands.map(({ txnNumber }) => txnNumber)).size).toBe(3)
  })

  it('asks again for a commit that was not answered, which happens once', async () => {
    const { server, adapter } = await open()
    server.answerNext('commitTransaction', unknown(91), 'cut')
    await adapter.transaction(settings, insertNote)
    const commits = server.commandsOf('commitTransaction')
    expect(commits).toHaveLength(3)
    expect(new Set(commits.map(({ txnNumber }) => txnNumber)).size).toBe(1)
    expect(server.commandsOf('abortTransaction')).toEqual([])
  })

  it('is UnknownOutcome where no commit is answered', async () => {
    const { server, adapter } = await open()
    server.answerNext('commitTransaction', ...Array.from({ length: 20 }, () => unknown(50)))
    const error = await rejectionOf(() => adapter.transaction(settings, insertNote))
    expect(error).toMatchObject({ code: 'UnknownOutcome', details: { outcome: 'unknown' } })
  })
})

describe('a mutation on a replica set', () => {
  const mutation = { id: 'm1', actor: 'ann' }
  const insertOnce = (session: Session) => insertNote(session).then(() => 'done')

  it('is recorded first in its transaction, and its result last', async () => {
    const { server, adapter, told } = await open()
    const entry = { _id: 'm1', actor: 'ann', expiresAt: expect.any(Date) as Date }
    expect(await adapter.transaction({ ...settings, mutation }, insertOnce)).toBe('done')
    const [find, insert, , update] = server.commands
    expect(find).toMatchObject({ find: 'wherry_ledger', filter: { _id: { $eq: 'm1' } } })
    expect(insert).toMatchObject({ insert: 'wherry_ledger', documents: [entry] })
    const set = { $set: { result: '"done"' } }
    expect(update).toMatchObject({ update: 'wherry_ledger', updates: [{ u: set }] })
    expect(told()).toEqual(['find!', 'insert!', 'insert!', 'update!', 'commitTransaction!'])
  })

  it('without an id is recorded for its actor, who stands in the log', async () => {
    const { server, adapter, told } = await open()
    await adapter.transaction({ ...settings, mutation: { id: null, actor: 'ann' } }, insertOnce)
    expect(server.commands[0]).toMatchObject({
      insert: 'wherry_ledger',
      documents: [{ actor: 'ann' }],
    })
    expect(told()).toEqual(['insert!', 'insert!', 'commitTransaction!'])
  })

  it('that has happened is answered from its record, to its actor alone', async () => {
    const { server, adapter, told } = await open()
    server.documents.set('wherry_ledger', [{ _id: 'm1', actor: 'ann', result: '{"a":1}' }])
    expect(await adapter.transaction({ ...settings, mutation }, insertOnce)).toEqual({ a: 1 })
    const other = { id: 'm1', actor: 'eve' }
    const taken = () => adapter.transaction({ ...settings, mutation: other }, insertOnce)
    expect(await rejectedCode(taken)).toBe('MutationIdTaken')
    expect(told()).toEqual(['find!', 'commitTransaction!', 'find!', 'abortTransaction!'])
  })

  it('waits for another one of the same id that is not over', async () => {
    const { server, adapter, told } = await open()
    server.answerNext('insert', ...Array.from({ length: 8 }, () => transient(112)))
    let runs = 0
    const work = (session: Session) => {
      runs++
      return insertOnce(session)
    }
    expect(await adapter.transaction({ ...settings, mutation }, work)).toBe('done')
    expect(runs).toBe(1)
    const waits = Array.from({ length: 8 }, () => ['find!', 'insert!', 'abortTransaction!'])
    const whole = ['find!', 'insert!', 'insert!', 'update!', 'commitTransaction!']
    expect(told()).toEqual([...waits.flat(), ...whole])
  })
})

describe('a write on a replica set', () => {
  it('of one row is a command of its own, acknowledged by a majority', async () => {
    const { server, adapter, told } = await open()
    const set = { n: { increment: 1 } }
    server.answerNext('findAndModify', found, found, found)
    const insertPlan = planInsert(notes, [{ id: 'a', n: 1 }], writing)
    await adapter.write([insertPlan])
    await adapter.write([planUpdate(notes, 'a', set, 1, writing)])
    await adapter.write([planUpdateMany(notes, { where: { id: 'a', n: 1 }, set }, writing)])
    await adapter.write([planDelete(notes, 'a', undefined)])
    const upsert = { on: ['id'], insert: { id: 'a', n: 1 }, update: set }
    await adapter.write([planUpsert(notes, upsert, writing)])
    for (const command of server.commands.filter((each) => !('find' in each))) {
      expect(command).toMatchObject({ writeConcern: { w: 'majority', j: true }, maxTimeMS: 30_000 })
      expect(command).not.toHaveProperty('startTransaction')
    }
    const one = 'findAndModify'
    expect(told()).toEqual(['insert', one, one, one, 'find', 'insert'])
  })

  it('of several rows is a transaction', async () => {
    const { server, adapter, told } = await open()
    const rows = [{ id: 'a', n: 1 }, { id: 'b', n: 2 }] // prettier-ignore
    await adapter.write([planInsert(notes, rows, writing)])
    expect(told()).toEqual(['insert!', 'commitTransaction!'])
    server.documents.set('notes', [before])
    const where = { n: 1 }
    const set = { n: { increment: 1 } }
    await adapter.write([planUpdateMany(notes, { where, set }, writing)])
    expect(told()).toEqual(['find!', 'update!', 'commitTransaction!'])
    const plans = [planInsert(words, [rows[0]], writing), planDelete(words, 'b', undefined)]
    await adapter.write(plans)
    expect(told()).toEqual(['insert!', 'findAndModify!', 'commitTransaction!'])
  })

  it('of all rows of a filter says so itself, where nothing has to be read first', async () => {
    const { server, adapter, told } = await open()
    const where = { n: { gte: 1 }, id: { in: ['a', 'b'] } }
    const filter = { n: { $gte: 1 }, _id: { $in: ['a', 'b'] } }
    server.answerNext('update', { n: 7, nModified: 3 })
    server.answerNext('delete', { n: 5 })
    const update = planUpdateMany(words, { where, set: { n: 9 } }, writing)
    expect(await adapter.write([update, planDeleteMany(words, { where })])).toMatchObject([
      { count: 7 },
      { count: 5 },
    ])
    const [first, second] = server.commands
    const change = { q: filter, u: { $set: { n: 9 } }, multi: true }
    expect(first).toMatchObject({ update: 'words', updates: [change] })
    expect(second).toMatchObject({ delete: 'words', deletes: [{ q: filter, limit: 0 }] })
    expect(told()).toEqual(['update!', 'delete!', 'commitTransaction!'])
  })

  it('names the row and the fields of a duplicate, of which the server says too little', async () => {
    const { server, adapter, told } = await open()
    const refused = { code: 11_000, errmsg: 'E11000 duplicate', keyPattern: { n: 1 } }
    const insert = (...numbers: number[]) => {
      server.answerNext('insert', { n: 1, writeErrors: [{ index: 1, ...refused }] })
      const rows = numbers.map((n, at) => ({ id: `${at}`, n }))
      return rejectionOf(() => adapter.write([planInsert(words, rows, writing)]))
    }
    const expected = {
      code: 'UniqueViolation',
      details: { fields: ['n'], row: 1, outcome: 'not-applied' },
    }
    expect(await insert(1, 1)).toMatchObject(expected)
    expect(told()).toEqual(['insert!', 'abortTransaction!'])
    server.answerNext('find', cursorOf(), cursorOf({ _id: 'c', n: 2 }))
    expect(await insert(1, 2)).toMatchObject(expected)
    expect(told()).toEqual(['insert!', 'find', 'find', 'abortTransaction!'])
    const index = indexName(words, words.indexes[0]!)
    refused.errmsg = `E11000 duplicate key error collection: test.words index: ${index} dup key: { n: 3 }`
    expect(await insert(1, 3)).toMatchObject(expected)
    expect(told()).toEqual(['insert!', 'abortTransaction!'])
    server.answerNext('findAndModify', refused)
    const update = () => adapter.write([planUpdate(words, 'a', { n: 1 }, undefined, writing)])
    expect(await rejectionOf(update)).toMatchObject({ details: { fields: ['n'] } })
  })

  it('that others were in the way of is made again, a few times', async () => {
    const { server, adapter, told } = await open()
    const rows = [{ id: 'a', n: 1 }, { id: 'b', n: 2 }] // prettier-ignore
    const write = () => adapter.write([planInsert(notes, rows, writing)])
    server.answerNext('insert', transient(112), 'cut')
    await write()
    const inVain = ['insert!', 'abortTransaction!']
    expect(told()).toEqual([...inVain, ...inVain, 'insert!', 'commitTransaction!'])
    server.answerNext('insert', ...Array.from({ length: 20 }, () => transient(112)))
    expect(await rejectedCode(write)).toBe('SerializationFailure')
  })

  it('of which the connection was lost is UnknownOutcome, and not sent again', async () => {
    const { server, adapter, told } = await open()
    server.answerNext('insert', 'cut')
    const insertPlan = planInsert(notes, [{ id: 'a', n: 1 }], writing)
    const error = await rejectionOf(() => adapter.write([insertPlan]))
    expect(error).toMatchObject({ code: 'UnknownOutcome', details: { outcome: 'unknown' } })
    expect(told()).toEqual(['insert'])
  })

  it('that a majority did not acknowledge is UnknownOutcome', async () => {
    const { server, adapter } = await open()
    const writeConcernError = { code: 64, errmsg: 'waiting for replication timed out' }
    server.answerNext('insert', { n: 1, writeConcernError })
    const insertPlan = planInsert(notes, [{ id: 'a', n: 1 }], writing)
    expect(await rejectedCode(() => adapter.write([insertPlan]))).toBe('UnknownOutcome')
  })

  it('is read for with what a majority has', async () => {
    const { server, adapter } = await open()
    server.answerNext('find', cursorOf(before))
    await adapter.find(planFind(notes, { limit: 5 }))
    expect(server.commands[0]).toMatchObject({
      find: 'notes',
      readConcern: { level: 'majority' },
      limit: 5,
      sort: { _id: 1 },
    })
  })
})
