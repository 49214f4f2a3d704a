import { expect, it } from 'vitest'
import { caught } from '../support/caught.ts'
import { connected, type FakeSocket } from '../support/script.ts'

async function answer(socket: FakeSocket, ids: string, next: string | null): Promise<unknown> {
  const { id, args } = await socket.one()
  const rows = Array.from(ids, (each) => ({ id: each }))
  await socket.say({ type: 'answer', id, value: { rows, next }, asOf: 0 })
  return args[0]
}

async function drain(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const row of rows) all.push(row)
  return all
}

it('reads page after page', async () => {
  const { db, socket } = await connected()
  const where = { rank: { gt: 0 } }
  const rows = drain(db.notes.stream({ where, offset: 4, select: ['id'] }, { batchSize: 2 }))
  expect(await answer(socket, 'ab', 'after b')).toEqual({
    where,
    offset: 4,
    select: ['id'],
    limit: 2,
  })
  expect(await answer(socket, 'cd', 'after d')).toEqual({
    where,
    after: 'after b',
    select: ['id'],
    limit: 2,
  })
  expect(await answer(socket, '', null)).toMatchObject({ after: 'after d' })
  expect(await rows).toEqual([{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }])
})

it('reads no more than its limit, from where it shall begin', async () => {
  const { db, socket } = await connected()
  const rows = drain(db.notes.stream({ limit: 3, after: 'here' }, { batchSize: 2 }))
  expect(await answer(socket, 'ab', 'after b')).toEqual({ limit: 2, after: 'here' })
  expect(await answer(socket, 'c', 'after c')).toEqual({ limit: 1, after: 'after b' })
  expect(await rows).toHaveLength(3)
})

it('reads 500 rows at a time, and only while it is read', async () => {
  const { db, socket } = await connected()
  const rows = db.notes.stream()
  expect(await socket.heard()).toEqual([])
  const first = rows[Symbol.asyncIterator]().next()
  expect(await answer(socket, 'ab', 'after b')).toEqual({ limit: 500 })
  expect(await first).toEqual({ value: { id: 'a' }, done: false })
  expect(await socket.heard()).toEqual([])
})

it('refuses options that it has not', async () => {
  const { db } = await connected()
  for (const options of [{ batchSize: 0 }, { batchSize: 1.5 }, { size: 5 }, null, 5]) {
    expect(await caught(drain(db.notes.stream({}, options as never)))).toMatchObject({
      code: 'InvalidOptions',
    })
  }
})

it.each([
  [null, null],
  ['text', 'text'],
  [{ limit: '5' }, { limit: '5' }],
  [{ limit: 2.5 }, { limit: 2.5 }],
  [{ limit: -1 }, { limit: -1 }],
])('leaves it to the server to refuse %o', async (query, sent) => {
  const { db, socket } = await connected()
  const rows = caught(drain(db.notes.stream(query as never)))
  const { id, args } = await socket.one()
  expect(args).toEqual([sent])
  await socket.say({ type: 'error', id, code: 'InvalidQuery', message: 'no' })
  expect(await rows).toMatchObject({ code: 'InvalidQuery' })
})

it.each([{ limit: undefined }, { limit: NaN }, new Map()])('refuses %o itself', async (query) => {
  const { db } = await connected()
  expect(await caught(drain(db.notes.stream(query as never)))).toMatchObject({
    code: 'InvalidQuery',
  })
})
