import { describe, expect, it } from 'vitest'
import type { Up } from '@wherry/core/protocol'
import { memory } from '@wherry/core/memory'
import { altered, gate, serve } from '../support/fixture.ts'
import { quiet } from '../support/test-client.ts'

type Mutate = Extract<Up, { type: 'mutate' }>
type Write = Omit<Mutate, 'id'>

let lastMutation = 0
function write(method: Mutate['method'], ...args: Mutate['args'][number][]): Write {
  const mutationId = `m-${++lastMutation}`
  return { type: 'mutate', mutationId, collection: 'notes', method, args }
}

const everything = { type: 'request', collection: 'notes', method: 'find', args: [{}] } as const

describe('a mutation', () => {
  it('of each method is answered with what the method resolves with', async () => {
    const { open } = await serve()
    const client = await open()
    const value = async (call: Write) => ((await client.ask(call)) as { value: unknown }).value
    const row = { id: 'a', title: 'one', rank: 0, total: null, at: null, data: null, version: 1 }
    expect(await value(write('insert', { id: 'a', title: 'one' }))).toEqual(row)
    expect(await value(write('insertMany', [{ id: 'b', title: '' }]))).toMatchObject([{ id: 'b' }])
    expect(await value(write('update', 'a', { total: { increment: '1' } }))).toMatchObject({
      version: 2,
    })
    expect(await value(write('update', 'a', { total: '9' }, { ifVersion: 2 }))).toMatchObject({
      total: '9',
    })
    expect(await value(write('updateMany', { where: {}, set: { rank: 5 } }))).toBe(2)
    const upsert = { on: ['id'], insert: { id: 'c', title: 'c' }, update: { rank: 6 } }
    expect(await value(write('upsert', upsert))).toMatchObject({ id: 'c', rank: 0 })
    expect(await value(write('delete', 'c'))).toBeNull()
    expect(await value(write('deleteMany', { where: { rank: 5 } }))).toBe(2)
  })

  it('that fails is answered with why, and with what became of it', async () => {
    const { open, data } = await serve()
    const client = await open()
    await data.notes.insert({ id: 'a', title: 'one', total: 7n })
    const taken = write('insert', { id: 'a', title: 'two' })
    expect(await client.ask(taken)).toMatchObject({
      code: 'UniqueViolation',
      details: { outcome: 'not-applied', mutationId: taken.mutationId },
    })
    expect(await client.ask(write('update', 'z', { rank: 1 }))).toMatchObject({ code: 'NotFound' })
    expect(await client.ask(write('update', 'a', { wings: 1 }))).toMatchObject({
      code: 'UnknownField',
    })
    expect(await client.ask(write('update', 'a', { rank: 1 }, { ifVersion: 3 }))).toMatchObject({
      code: 'VersionConflict',
      details: { current: { id: 'a', title: 'one', total: '7', version: 1 } },
    })
  })

  it('waits for those before it, and reads that come later wait for it', async () => {
    const { opened, open: release } = gate()
    const base = memory()
    let transactions = 0
    const transaction: typeof base.transaction = async (settings, work) => {
      if (++transactions === 1) await opened
      return base.transaction(settings, work)
    }
    const { open } = await serve({ adapter: altered(base, { transaction }) })
    const [client, other] = [await open(), await open()]
    client.say(
      { ...everything, id: 1 },
      { ...write('insert', { id: 'a', title: 'one' }), id: 2 },
      { ...write('update', 'a', { title: 'two' }), id: 3 },
      { ...everything, id: 4 },
      { ...write('delete', 'a'), id: 5 },
      { ...everything, id: 6 },
    )
    other.say({ ...everything, id: 1 })
    await quiet()
    expect(client.take()).toMatchObject([{ id: 1, value: [] }])
    expect(other.take()).toMatchObject([{ id: 1, value: [] }])
    release()
    await quiet()
    expect(client.take().filter(({ type }) => type !== 'settled')).toMatchObject([
      { id: 2, value: { title: 'one' } },
      { id: 3, value: { title: 'two' } },
      { id: 4, value: [{ title: 'two' }] },
      { id: 5, value: null },
      { id: 6, value: [] },
    ])
  })

  it('that fails does not keep those behind it from being done', async () => {
    const { open } = await serve()
    const client = await open()
    client.say(
      { ...write('delete', 'z'), id: 1 },
      { ...write('insert', { id: 'a', title: 'one' }), id: 2 },
      { ...everything, id: 3 },
    )
    await quiet()
    expect(client.take()).toMatchObject([
      { id: 1, code: 'NotFound' },
      { id: 2, value: { id: 'a' } },
      { id: 3, value: [{ id: 'a' }] },
      { type: 'settled' },
    ])
  })
})

describe('a mutation that is sent again', () => {
  const add = { ...write('update', 'a', { rank: { increment: 1 } }), mutationId: 'add' }

  it.each(['the same connection', 'another connection'])(
    'on %s is answered as the first time, and not done again',
    async (where) => {
      const { open, data } = await serve()
      await data.notes.insert({ id: 'a', title: 'one' })
      const client = await open()
      const first = await client.ask(add)
      const again = where === 'the same connection' ? client : await open()
      const second = await again.ask(add)
      expect(second).toMatchObject({ type: 'answer', value: { rank: 1, version: 2 } })
      expect({ ...second, id: 0 }).toEqual({ ...first, id: 0 })
      expect(await data.notes.get('a')).toMatchObject({ rank: 1 })
    },
  )

  it('while it is still being done is done once', async () => {
    const { open, data } = await serve()
    await data.notes.insert({ id: 'a', title: 'one' })
    const clients = await Promise.all(Array.from({ length: 8 }, open))
    const answers = await Promise.all(clients.map((client) => client.ask(add)))
    for (const answer of answers) expect(answer).toMatchObject({ value: { rank: 1 } })
    expect(await data.notes.get('a')).toMatchObject({ rank: 1, version: 2 })
  })

  it('is done though its first sender has gone before the answer', async () => {
    const { open, data } = await serve()
    await data.notes.insert({ id: 'a', title: 'one' })
    const client = await open()
    client.say({ ...add, id: 1 }, { ...add, mutationId: 'add-2', id: 2 })
    client.leave()
    const again = await open()
    expect(await again.ask(add)).toMatchObject({ value: { rank: 1 } })
    await quiet()
    expect(await data.notes.get('a')).toMatchObject({ rank: 2 })
  })

  it('is known by its id alone: another call under it is not done, and has the answer of the first', async () => {
    const { open } = await serve()
    const client = await open()
    await client.ask({ ...write('insert', { id: 'a', title: 'one' }), mutationId: 'same' })
    const answer = await client.ask({ ...write('delete', 'a'), mutationId: 'same' })
    expect(answer).toMatchObject({ type: 'answer', value: { id: 'a', title: 'one' } })
    expect(await client.ask(everything)).toMatchObject({ value: [{ id: 'a' }] })
  })
})

describe('settled', () => {
  it('follows the answer, once all that the mutation changed has been pushed', async () => {
    const { open } = await serve()
    const client = await open()
    client.say({ type: 'subscribe', id: 1, collection: 'notes', query: {} })
    await client.hear('snapshot')
    client.take()
    const insert = write('insert', { id: 'a', title: 'one' })
    client.say({ ...insert, id: 2 })
    await quiet()
    expect(client.take()).toMatchObject([
      { type: 'answer', id: 2 },
      { type: 'push', changes: [['put', { id: 'a' }]] },
      { type: 'settled', mutationIds: [insert.mutationId] },
    ])
  })

  it('names the mutations of a turn together', async () => {
    const { open } = await serve()
    const client = await open()
    const writes = [1, 2, 3].map((id) => ({ ...write('insert', { title: `${id}` }), id }))
    client.say(...writes)
    await quiet()
    const named = client.take().flatMap((each) => (each.type === 'settled' ? each.mutationIds : []))
    expect(named).toEqual(writes.map(({ mutationId }) => mutationId))
  })

  it('comes for a mutation that was sent again, and not for one that failed', async () => {
    const { open } = await serve()
    const client = await open()
    const insert = write('insert', { id: 'a', title: 'one' })
    await client.ask(insert)
    await client.hear('settled')
    await client.ask(insert)
    expect(await client.hear('settled')).toMatchObject({ mutationIds: [insert.mutationId] })
    await client.ask(write('insert', { id: 'a', title: 'two' }))
    await quiet()
    expect(client.take()).toEqual([])
  })

  it('waits until a subscription has been told what it missed', async () => {
    const { opened, open: release } = gate()
    const base = memory()
    let isHeld = false
    const read: typeof base.log.read = async (after, upTo) => {
      // The tail reads to the newest entry; who resumes reads up to somewhere.
      if (isHeld && upTo !== undefined) await opened
      return base.log.read(after, upTo)
    }
    const adapter = altered(base, { log: altered(base.log, { read }) })
    const { open, data } = await serve({ adapter })
    const client = await open()
    client.say({ type: 'subscribe', id: 1, collection: 'notes', query: {} })
    const { offset } = await client.hear('snapshot')
    await data.notes.insert({ id: 'a', title: 'missed' })
    await quiet()
    client.take()
    isHeld = true
    client.say({ type: 'subscribe', id: 2, collection: 'notes', query: {}, after: offset })
    client.say({ ...write('insert', { id: 'b', title: 'mine' }), id: 3 })
    await quiet()
    expect(client.take()).toMatchObject([
      { type: 'subscribed', id: 2 },
      { type: 'answer', id: 3 },
      { type: 'push' },
    ])
    release()
    await quiet()
    expect(client.take()).toMatchObject([
      {
        type: 'missed',
        id: 2,
        changes: [
          ['put', { id: 'a' }],
          ['put', { id: 'b' }],
        ],
      },
      { type: 'settled' },
    ])
  })
})
