import { expectTypeOf, test } from 'vitest'
import type { FindQuery } from '../../src/service/query-types.ts'
import { data, type AppSchema } from './schema.ts'

test('select leaves the named fields', async () => {
  const rows = await data.emotions.find({ select: ['id', 'note'] })
  expectTypeOf(rows).toEqualTypeOf<{ id: string; note: string | null }[]>()
  const row = await data.emotions.findOne({ select: ['kind'] })
  expectTypeOf(row).toEqualTypeOf<{ kind: 'happy' | 'sad' | 'calm' } | null>()
  const got = await data.emotions.get('id', { select: ['level'], forUpdate: true })
  expectTypeOf(got).toEqualTypeOf<{ level: number }>()
  const page = await data.emotions.page({ select: ['day'], limit: 10 })
  expectTypeOf(page).toEqualTypeOf<{
    readonly rows: { day: string }[]
    readonly next: string | null
  }>()
  for await (const one of data.emotions.stream({ select: ['tags'] }, { batchSize: 10 })) {
    expectTypeOf(one).toEqualTypeOf<{ tags: string[] }>()
  }
})

test('one of two selections yields one of two rows', async () => {
  const short = ['id'] as const
  const long = ['id', 'email'] as const
  const [row] = await data.users.find({ select: Math.max(1, 2) > 1 ? short : long })
  expectTypeOf(row).toEqualTypeOf<{ id: string } | { id: string; email: string } | undefined>()
})

test('a selection that the types do not know makes every field optional', async () => {
  const query: FindQuery<AppSchema, 'users'> = { where: { age: { gt: 3 } }, limit: 5 }
  const [row] = await data.users.find(query)
  expectTypeOf(row?.email).toEqualTypeOf<string | undefined>()
  const names = ['id', 'email'] as ('id' | 'email')[]
  const [some] = await data.users.find({ select: names })
  expectTypeOf(some).toEqualTypeOf<{ id?: string; email?: string } | undefined>()
})

test('orders are one term or several', async () => {
  await data.emotions.find({ orderBy: { createdAt: 'desc' } })
  await data.emotions.find({ orderBy: [{ kind: 'asc' }, { level: 'desc' }] })
  // @ts-expect-error there is no such field
  await data.emotions.find({ orderBy: { created: 'desc' } })
  // @ts-expect-error nor here
  await data.emotions.find({ orderBy: [{ kind: 'asc' }, { levl: 'desc' }] })
  // @ts-expect-error there is no such direction
  await data.emotions.find({ orderBy: { createdAt: 'down' } })
  // @ts-expect-error arrays have no order
  await data.emotions.find({ orderBy: { tags: 'asc' } })
  // @ts-expect-error bytes have none that engines share
  await data.emotions.find({ orderBy: { photo: 'asc' } })
  // @ts-expect-error JSON has none
  await data.emotions.find({ orderBy: { data: 'asc' } })
})

test('what a query does not have is refused at every depth', async () => {
  // @ts-expect-error misspelt
  await data.emotions.find({ limt: 1 })
  // @ts-expect-error misspelt beside what is right
  await data.emotions.find({ where: { userId: 'u' }, ordrBy: { createdAt: 'desc' } })
  // @ts-expect-error there is no such field
  await data.emotions.find({ select: ['id', 'nte'] })
  // @ts-expect-error only queries of many rows have a limit
  await data.emotions.findOne({ limit: 1 })
  // @ts-expect-error a cursor is a text
  await data.emotions.find({ after: 1 })
  // @ts-expect-error there is no such relation
  await data.emotions.find({ include: { usr: true } })
  // @ts-expect-error get has no filter
  await data.emotions.get('id', { where: {} })
  // @ts-expect-error there is no such collection
  await data.emotion.find({})
})

test('keys fit the collection', async () => {
  await data.members.get({ teamId: 't', rank: 1 })
  // @ts-expect-error an id is a text
  await data.users.get(1)
  // @ts-expect-error the key has two fields
  await data.members.get('t')
  // @ts-expect-error and both are needed
  await data.members.get({ teamId: 't' })
})
