import { expectTypeOf, test } from 'vitest'
import type { Mutation } from '../../src/service/types.ts'
import type { RowOf } from '../../src/schema/index.ts'
import { data, type AppSchema } from './schema.ts'

type Emotion = RowOf<AppSchema, 'emotions'>
const least = { userId: 'u', kind: 'sad', level: 1, day: '2026-01-31', tags: ['a'] } as const

test('writes yield what was written', () => {
  expectTypeOf(data.emotions.insert(least)).toEqualTypeOf<Mutation<Emotion>>()
  expectTypeOf(data.emotions.insertMany([least])).toEqualTypeOf<Mutation<Emotion[]>>()
  expectTypeOf(data.emotions.update('i', { level: 1 })).toEqualTypeOf<Mutation<Emotion>>()
  expectTypeOf(data.emotions.updateMany({ where: {}, set: { level: 1 } })).toEqualTypeOf<
    Mutation<number>
  >()
  expectTypeOf(
    data.users.upsert({ on: ['email'], insert: { email: 'e' }, update: { age: 1 } }),
  ).toEqualTypeOf<Mutation<RowOf<AppSchema, 'users'>>>()
  expectTypeOf(data.emotions.delete('i', { ifVersion: 3 })).toEqualTypeOf<Mutation<void>>()
  expectTypeOf(data.emotions.deleteMany({ where: { level: 1 } })).toEqualTypeOf<Mutation<number>>()
})

test('a mutation is a promise with an id', async () => {
  const mutation = data.emotions.insert(least)
  expectTypeOf(mutation).toExtend<Promise<Emotion>>()
  expectTypeOf(mutation.id).toEqualTypeOf<string>()
  expectTypeOf(await mutation.queued).toEqualTypeOf<boolean>()
  expectTypeOf(await mutation).toEqualTypeOf<Emotion>()
})

test('undefined is an absent value', async () => {
  await data.emotions.insert({ ...least, note: undefined, ratio: undefined, id: undefined })
  await data.emotions.update('i', { note: undefined, level: 1 })
  // @ts-expect-error what is required is not absent
  await data.emotions.insert({ ...least, level: undefined })
})

test('wrong inserts are refused', async () => {
  // @ts-expect-error userId is missing
  await data.emotions.insert({ kind: 'sad', level: 1, day: '2026-01-31', tags: [] })
  // @ts-expect-error not one of the values
  await data.emotions.insert({ ...least, kind: 'sadd' })
  // @ts-expect-error a text is no number
  await data.emotions.insert({ ...least, level: '1' })
  // @ts-expect-error there is no such field
  await data.emotions.insert({ ...least, levl: 1 })
  // @ts-expect-error the service counts versions
  await data.emotions.insert({ ...least, version: 1 })
  // @ts-expect-error what cannot be null
  await data.emotions.insert({ ...least, level: null })
  // @ts-expect-error an increment needs a row that is there
  await data.emotions.insert({ ...least, level: { increment: 1 } })
  // @ts-expect-error not what the schema of the JSON accepts
  await data.emotions.insert({ ...least, data: { source: 1 } })
  // @ts-expect-error one of them is wrong
  await data.emotions.insertMany([least, { ...least, level: '1' }])
})

test('wrong updates are refused', async () => {
  // @ts-expect-error the key never changes
  await data.emotions.update('i', { id: 'j' })
  // @ts-expect-error nor any part of it
  await data.members.update({ teamId: 't', rank: 1 }, { rank: 2 })
  // @ts-expect-error the service writes it
  await data.emotions.update('i', { updatedAt: new Date(0) })
  // @ts-expect-error it was created once
  await data.emotions.update('i', { createdAt: new Date(0) })
  // @ts-expect-error texts do not add up
  await data.emotions.update('i', { note: { increment: 1 } })
  // @ts-expect-error the type of the field
  await data.emotions.update('i', { confidence: { increment: 1 } })
  // @ts-expect-error what it would come to could not be checked
  await data.members.update({ teamId: 'u', rank: 1 }, { share: { increment: '0.50' } })
  // @ts-expect-error there is no such operation
  await data.emotions.update('i', { level: { decrement: 1 } })
  // @ts-expect-error misspelt
  await data.emotions.update('i', { level: 1 }, { version: 3 })
  // @ts-expect-error pages have no version
  await data.pages.update('s', { body: 'b' }, { ifVersion: 3 })
  // @ts-expect-error nor have users
  await data.users.delete('u', { ifVersion: 3 })
  // @ts-expect-error misspelt
  await data.emotions.updateMany({ where: { level: 1 }, set: { levl: 1 } })
  // @ts-expect-error misspelt
  await data.emotions.updateMany({ where: { levl: 1 }, set: { level: 1 } })
  // @ts-expect-error every row is {}, spelled out
  await data.emotions.updateMany({ set: { level: 1 } })
  // @ts-expect-error every row is {}, spelled out
  await data.emotions.deleteMany({})
  // @ts-expect-error there is no such field
  await data.users.upsert({ on: ['mail'], insert: { email: 'e' }, update: { age: 1 } })
  // @ts-expect-error many rows may have the same value there
  await data.users.upsert({ on: ['age'], insert: { email: 'e' }, update: { age: 1 } })
  // @ts-expect-error misspelt
  await data.users.upsert({ on: ['email'], insert: { emial: 'e' }, update: { age: 1 } })
})

test('a transaction has the collections and nothing of the service', async () => {
  const result = await data.transaction(
    async (tx) => {
      const row = await tx.emotions.get('i', { forUpdate: true })
      await tx.users.update(row.userId, { age: { increment: 1 } })
      await tx.transaction(async (inner) => inner.pages.insert({ slug: 's', body: 'b' }))
      // @ts-expect-error only a service connects
      tx.connect
      // @ts-expect-error options are the outer transaction's
      await tx.transaction(async () => 1, { maxRetries: 1 })
      return row.level
    },
    { maxRetries: 3, isolationLevel: 'serializable', timeoutMs: 5000 },
  )
  expectTypeOf(result).toEqualTypeOf<number>()
  // @ts-expect-error there is no such level
  await data.transaction(async () => 1, { isolationLevel: 'chaos' })
})

test('the service connects, answers and closes', async () => {
  await data.connect({ ensure: 'verify' })
  await data.ping()
  expectTypeOf(data.stats().waiting).toEqualTypeOf<number>()
  await data.close()
  // @ts-expect-error there is no such mode
  await data.connect({ ensure: 'drop' })
})
