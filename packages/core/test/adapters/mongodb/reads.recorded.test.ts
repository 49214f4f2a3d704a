import { Long } from 'mongodb'
import { describe, expect, it, onTestFinished } from 'vitest'
import { mongodb } from '../../../src/adapters/mongodb/index.ts'
import { systemRuntime } from '../../../src/lib/runtime.ts'
import { planFind } from '../../../src/query/plan-find.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode } from '../../support/errors.ts'
import { RecordedReplicaSet, type Document } from './recorded-replica-set.ts'

const schema = defineSchema({ notes: collection({ id: t.id(), n: t.int() }) })
const notes = schema.definition.collections.get('notes')!
const rows = [1, 2, 3].map((n) => ({ id: `${n}`, n }))
const documents = rows.map(({ id, n }) => ({ _id: id, n }))

const batch = (name: string, found: readonly Document[], id = Long.ZERO) => ({
  cursor: { id, ns: 'test.notes', [name]: found },
})

async function open() {
  const server = await RecordedReplicaSet.start()
  const adapter = mongodb({ url: server.url })
  onTestFinished(async () => {
    await adapter.close()
    await server.close()
  })
  await adapter.connect({ schema: schema.definition, runtime: systemRuntime, mayCreate: true })
  server.commands.length = 0
  return { server, find: (query: object) => adapter.find(planFind(notes, query)) }
}

const namesOf = ({ commands }: RecordedReplicaSet) => commands.map((each) => Object.keys(each)[0])

describe('a short read', () => {
  it('is one command, of which the server keeps no cursor', async () => {
    const { server, find } = await open()
    server.answerNext('find', batch('firstBatch', documents))
    expect(await find({ where: { n: { gt: 0 } }, limit: 3 })).toEqual(rows)
    expect(namesOf(server)).toEqual(['find'])
    expect(server.commands[0]).toMatchObject({
      filter: { n: { $gt: 0 } },
      sort: { _id: 1 },
      limit: 3,
      batchSize: 4,
      maxTimeMS: 30_000,
      readConcern: { level: 'majority' },
    })
  })

  it('is read by a cursor where a batch has no room for it', async () => {
    const { server, find } = await open()
    const [first, ...others] = documents
    const more = () => batch('firstBatch', [first!], Long.fromNumber(7))
    server.answerNext('find', more(), more())
    server.answerNext('killCursors', { code: 13, errmsg: 'not allowed' })
    server.answerNext('getMore', batch('nextBatch', others))
    expect(await find({ limit: 3 })).toEqual(rows)
    expect(namesOf(server)).toEqual(['find', 'killCursors', 'find', 'getMore'])
    expect(server.commandsOf('killCursors')).toMatchObject([
      { killCursors: 'notes', cursors: [7n] },
    ])
  })

  it('is asked for again where the connection was lost', async () => {
    const { server, find } = await open()
    server.answerNext('find', 'cut', batch('firstBatch', documents))
    expect(await find({ limit: 3 })).toEqual(rows)
    expect(namesOf(server)).toEqual(['find', 'find'])
  })

  it.each([6, 7, 89, 91, 134, 189, 262, 9001, 10_107, 11_600, 11_602, 13_435, 13_436])(
    'is asked for again where the server says %i, which passes',
    async (code) => {
      const { server, find } = await open()
      server.answerNext('find', { code, errmsg: 'not now' }, batch('firstBatch', documents))
      expect(await find({ limit: 3 })).toEqual(rows)
      expect(namesOf(server)).toEqual(['find', 'find'])
    },
  )

  it('is not asked for again where the server refused it', async () => {
    const { server, find } = await open()
    server.answerNext('find', { code: 50, errmsg: 'operation exceeded time limit' })
    expect(await rejectedCode(() => find({ limit: 3 }))).toBe('Timeout')
    expect(namesOf(server)).toEqual(['find'])
  })
})

describe('a read of any length', () => {
  it('is a cursor of large batches', async () => {
    const { server, find } = await open()
    server.answerNext('find', batch('firstBatch', documents))
    expect(await find({})).toEqual(rows)
    expect(server.commands).toMatchObject([{ find: 'notes', batchSize: 1_000 }])
    expect(server.commands[0]).not.toHaveProperty('limit')
  })
})
