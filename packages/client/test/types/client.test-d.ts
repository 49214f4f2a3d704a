import { createClient, metaOf, type Client, type ClientStatus, type Socket } from '@wherry/client'
import type { Listening, Mutation } from '@wherry/core'
import { expectTypeOf, test } from 'vitest'
import type { AppSchema } from '../support/schema.ts'

const db = createClient<AppSchema>({ url: 'ws://server' })

interface Note {
  id: string
  text: string
  rank: number
  version: number
}

test('collections have the types of the schema', async () => {
  expectTypeOf(await db.notes.find()).toEqualTypeOf<Note[]>()
  expectTypeOf(await db.notes.findOne({ select: ['id'] })).toEqualTypeOf<{ id: string } | null>()
  expectTypeOf(db.notes.insert({ text: 'a' })).toEqualTypeOf<Mutation<Note>>()
  expectTypeOf(db.notes.delete('1')).toEqualTypeOf<Mutation<void>>()
  expectTypeOf(await db.all.aggregate({ measures: { n: { sum: 'bigint' } } })).toEqualTypeOf<
    { n: bigint | null }[]
  >()
  expectTypeOf(db.collection('notes')).toEqualTypeOf(db.notes)
  db.notes.live({ where: { rank: 1 } }).subscribe(({ rows, status }) => {
    expectTypeOf(rows).toEqualTypeOf<readonly Note[]>()
    expectTypeOf(status).toEqualTypeOf<'live' | 'error'>()
  })
  expectTypeOf(metaOf(db.notes.find())?.source).toEqualTypeOf<string | undefined>()
})

test('what the schema has not is refused', () => {
  // @ts-expect-error there is no such collection
  void db.others
  // @ts-expect-error there is no such field
  void db.notes.find({ where: { other: 1 } })
  // @ts-expect-error a number is no text
  void db.notes.insert({ text: 5 })
  // @ts-expect-error there is no auth yet
  createClient({ url: 'ws://server', token: 'x' })
  // @ts-expect-error transactions are the service's
  void db.transaction
})

test('a status has what its state has', () => {
  const status: ClientStatus = db.status()
  if (status.state === 'connected') expectTypeOf(status.since).toEqualTypeOf<Date>()
  if (status.state === 'waiting') expectTypeOf(status.retryAt).toEqualTypeOf<Date>()
  // @ts-expect-error not every state has one
  void status.since
})

test('events have types', () => {
  expectTypeOf(db.on('disconnected', ({ code }) => void code)).toEqualTypeOf<() => void>()
  // @ts-expect-error there is no such event
  db.on('open', () => {})
  const listening = db.on('notes:updated', (note, { old, position }) => {
    expectTypeOf(note).toEqualTypeOf<Note>()
    expectTypeOf(old).toEqualTypeOf<Note | null>()
    expectTypeOf(position).toEqualTypeOf<string>()
  })
  expectTypeOf(listening).toEqualTypeOf<Listening>()
  db.on('notes:created', () => {}, { where: { rank: { gt: 1 } }, since: 'log:1' })
  db.on('all:gap', ({ of }) => expectTypeOf(of).toEqualTypeOf<string>())
  // @ts-expect-error there is no such collection
  db.on('others:created', () => {})
  // @ts-expect-error there is no such change
  db.on('notes:inserted', () => {})
  // @ts-expect-error there is no such field
  db.on('notes:created', () => {}, { where: { other: 1 } })
})

test('a WebSocket of the ws library is a socket', async () => {
  const { WebSocket } = await import('ws')
  expectTypeOf(new WebSocket('ws://server')).toExtend<Socket>()
  expectTypeOf(db).toEqualTypeOf<Client<AppSchema>>()
})
