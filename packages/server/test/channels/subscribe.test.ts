import { describe, expect, it } from 'vitest'
import { maxChunkLength, type Down, type Up } from '@wherry/core/protocol'
import { memory } from '@wherry/core/memory'
import { WherryError } from '@wherry/core'
import { altered, serve } from '../support/fixture.ts'
import { quiet } from '../support/test-client.ts'

type Subscribe = Extract<Up, { type: 'subscribe' }>

function subscribe(id: number, query: Subscribe['query'] = {}): Subscribe {
  return { type: 'subscribe', id, collection: 'notes', query }
}

describe('a subscription', () => {
  it('is sent its rows, and then every change of them, each from the offset of the one before', async () => {
    const { open, data } = await serve()
    await data.notes.insert({ id: 'a', title: 'one', rank: 1, total: 5n })
    const client = await open()
    client.say(subscribe(1, { where: { rank: { gt: 0 } } }))
    const { channel } = await client.hear('subscribed')
    const snapshot = await client.hear('snapshot')
    expect(snapshot).toMatchObject({ id: 1, rows: [{ id: 'a', total: '5' }] })
    await data.notes.insert({ id: 'b', title: 'two', rank: 2 })
    const first = await client.hear('push')
    expect(first).toMatchObject({ channel, prev: snapshot.offset, changes: [['put', { id: 'b' }]] })
    await data.notes.update('a', { rank: 0 })
    const second = await client.hear('push')
    expect(second).toMatchObject({ channel, prev: first.offset, changes: [['remove', ['a']]] })
    await data.notes.update('a', { title: 'not seen' })
    await data.notes.delete('b')
    const third = await client.hear('push')
    expect(third).toMatchObject({ prev: second.offset, changes: [['remove', ['b']]] })
    expect(client.take()).toEqual([])
  })

  it('to rows with several key fields is told which went by all of them', async () => {
    const { open, data } = await serve()
    await data.seats.insert({ row: 7, place: 'a' })
    const client = await open()
    client.say({ type: 'subscribe', id: 1, collection: 'seats', query: {} })
    await client.hear('snapshot')
    await data.seats.delete({ row: 7, place: 'a' })
    expect(await client.hear('push')).toMatchObject({ changes: [['remove', [7, 'a']]] })
  })

  it('to many rows is sent them in chunks, the last of which has the offset', async () => {
    const { open, data } = await serve()
    const title = 'é'.repeat(10_000)
    const rows = Array.from({ length: 60 }, (_, n) => ({ id: `${n}`.padStart(3, '0'), title }))
    await data.notes.insertMany([...rows, { id: 'x', title: 'x'.repeat(100_000) }])
    const client = await open()
    client.say(subscribe(1))
    await quiet()
    const chunks = client.take().filter((message) => message.type === 'snapshot')
    expect(chunks.length).toBeGreaterThan(1)
    const ids = chunks.flatMap((chunk) => chunk.rows.map((row) => (row as { id: string }).id))
    expect(ids).toEqual([...rows.map(({ id }) => id), 'x'])
    for (const { rows: part } of chunks) {
      expect(JSON.stringify(part).length).toBeLessThanOrEqual(maxChunkLength)
    }
    expect(chunks.map(({ offset }) => typeof offset)).toEqual([
      ...chunks.slice(1).map(() => 'undefined'),
      'string',
    ])
  })

  it('that ends hears no more, and its id is free', async () => {
    const { open, data } = await serve()
    const client = await open()
    client.say(subscribe(1))
    await client.hear('snapshot')
    client.say({ type: 'unsubscribe', id: 1 }, { type: 'unsubscribe', id: 99 })
    await data.notes.insert({ title: 'one' })
    await quiet()
    expect(client.take()).toMatchObject([{ type: 'subscribed' }])
    client.say(subscribe(1))
    expect(await client.hear('snapshot')).toMatchObject({ id: 1, rows: [{ title: 'one' }] })
  })

  it('can end before it has any rows', async () => {
    const { open } = await serve()
    const client = await open()
    client.say(subscribe(1), { type: 'unsubscribe', id: 1 }, subscribe(1, { limit: 1 }))
    await quiet()
    const heard = client.take().map(({ type }) => type)
    expect(heard).toEqual(['subscribed', 'subscribed', 'snapshot'])
  })

  it.each<[string, string, Subscribe['query']]>([
    ['UnknownCollection', 'wings', {}],
    ['UnknownField', 'notes', { where: { wings: 1 } }],
    ['InvalidValue', 'notes', { where: { rank: 'x' } }],
    ['InvalidQuery', 'notes', null],
    ['InvalidQuery', 'notes', { limit: -1 }],
    ['Unsupported', 'notes', { select: ['id'] }],
    ['Unsupported', 'notes', { offset: 1 }],
  ])(
    'that cannot be had is answered with %s, and its id is free',
    async (code, collection, query) => {
      const { open, errors } = await serve()
      const client = await open()
      client.say({ type: 'subscribe', id: 1, collection, query })
      expect(await client.hear('error')).toMatchObject({ id: 1, code })
      client.say(subscribe(1))
      expect(await client.hear('snapshot')).toMatchObject({ id: 1 })
      expect(errors).toEqual([])
    },
  )

  it('ends with its connection', async () => {
    const base = memory()
    let watchers = 0
    const watch: typeof base.log.watch = (onCommit) => {
      watchers++
      const end = base.log.watch(onCommit)
      return () => {
        watchers--
        end()
      }
    }
    const { open } = await serve({ adapter: altered(base, { log: altered(base.log, { watch }) }) })
    const client = await open()
    client.say(subscribe(1), subscribe(2, { limit: 1 }))
    await quiet()
    expect(watchers).toBe(1)
    client.leave()
    expect(watchers).toBe(0)
  })

  it('can be had and ended ten thousand times', async () => {
    const { open } = await serve()
    const client = await open()
    for (let id = 0; id < 10_000; id++) {
      client.say(subscribe(id, { where: { rank: id % 7 } }), { type: 'unsubscribe', id })
    }
    expect(client.closed).toBeUndefined()
    client.take()
    client.say(subscribe(1))
    await client.hear('snapshot')
  })
})

describe('a channel', () => {
  it('is shared by all who ask the same, however they write it, and all are sent the same bytes', async () => {
    const { open, data } = await serve()
    const clients = [await open(), await open(), await open()]
    const [one, two, three] = clients as [
      (typeof clients)[0],
      (typeof clients)[0],
      (typeof clients)[0],
    ]
    one.say(subscribe(1, { where: { rank: 1, title: 'x' } }))
    two.say(subscribe(2, { where: { AND: [{ title: { eq: 'x' } }, { rank: { eq: 1 } }] } }))
    three.say(subscribe(3, { where: { rank: 2 } }))
    await quiet()
    const channels = clients.map((client) => (client.take()[0] as { channel: string }).channel)
    expect(channels[1]).toBe(channels[0])
    expect(channels[2]).not.toBe(channels[0])
    for (const client of clients) client.frames.length = 0
    await data.notes.insert({ title: 'x', rank: 1 })
    await data.notes.insert({ title: 'x', rank: 1 })
    await quiet()
    expect(one.frames.length).toBeGreaterThan(0)
    expect(two.frames).toEqual(one.frames)
    expect(three.frames).toEqual([])
  })

  it('asks the database once, and has the rows ready for those who come later', async () => {
    const base = memory()
    let snapshots = 0
    const snapshot: typeof base.log.snapshot = (collections, read) => {
      snapshots++
      return base.log.snapshot(collections, read)
    }
    const { open, data } = await serve({
      adapter: altered(base, { log: altered(base.log, { snapshot }) }),
    })
    const clients = [await open(), await open()]
    for (const client of clients) client.say(subscribe(1))
    await quiet()
    await data.notes.insert({ id: 'a', title: 'one' })
    await quiet()
    const late = await open()
    late.say(subscribe(1))
    expect(await late.hear('snapshot')).toMatchObject({ rows: [{ id: 'a' }] })
    expect(snapshots).toBe(1)
  })

  it('says things once to a session that has subscribed to it twice', async () => {
    const { open, data } = await serve()
    const client = await open()
    client.say(subscribe(1), subscribe(2))
    await quiet()
    const [one, two] = client.take() as [Down & { channel: string }, Down & { channel: string }]
    expect(two.channel).toBe(one.channel)
    await data.notes.insert({ id: 'a', title: 'one' })
    await quiet()
    expect(client.take()).toMatchObject([{ type: 'push', channel: one.channel }])
    client.say({ type: 'unsubscribe', id: 1 })
    await data.notes.delete('a')
    await quiet()
    expect(client.take()).toMatchObject([{ type: 'push', changes: [['remove', ['a']]] }])
  })

  it('closes with its last subscriber; who comes then has another', async () => {
    const { open } = await serve()
    const [client, other] = [await open(), await open()]
    client.say(subscribe(1))
    const first = await client.hear('subscribed')
    other.say(subscribe(1))
    expect(await other.hear('subscribed')).toEqual(first)
    client.leave()
    other.say({ type: 'unsubscribe', id: 1 }, subscribe(2))
    expect((await other.hear('subscribed')).channel).not.toBe(first.channel)
  })
})

describe('while the database cannot be read', () => {
  async function withBrokenLog() {
    const base = memory()
    const state = { isBroken: false }
    const broken = new WherryError('DatabaseUnavailable', 'the disk is away')
    const log = altered(base.log, {
      snapshot: async (collections, read) => {
        if (state.isBroken) throw broken
        return base.log.snapshot(collections, read)
      },
      read: async (after, upTo) => {
        if (state.isBroken) throw broken
        return base.log.read(after, upTo)
      },
    })
    return { ...(await serve({ adapter: altered(base, { log }) })), state }
  }

  it('a subscription is told that it stalls, and goes on when it is back', async () => {
    const { open, data, runtime, state } = await withBrokenLog()
    const client = await open()
    client.say(subscribe(1))
    const { channel } = await client.hear('subscribed')
    const { offset } = await client.hear('snapshot')
    state.isBroken = true
    await data.notes.insert({ id: 'a', title: 'one' })
    const stalled = await client.hear('stalled')
    expect(stalled).toMatchObject({ channel, code: 'DatabaseUnavailable' })
    expect(stalled.message).not.toContain('disk')
    state.isBroken = false
    await runtime.advance(10_000)
    await quiet()
    const pushes = client.take().filter(({ type }) => type === 'push')
    expect(pushes).toMatchObject([{ prev: offset, changes: [['put', { id: 'a' }]] }])
  })

  it('goes on with an empty push where nothing had changed', async () => {
    const { open, data, runtime, state } = await withBrokenLog()
    const client = await open()
    client.say(subscribe(1, { where: { rank: 1 } }))
    await client.hear('snapshot')
    state.isBroken = true
    await data.notes.insert({ rank: 2, title: 'of no concern' })
    await client.hear('stalled')
    state.isBroken = false
    await runtime.advance(10_000)
    await quiet()
    expect(client.take().filter(({ type }) => type === 'push')).toMatchObject([{ changes: [] }])
  })

  it('who subscribes is told so, and sent the rows when it is back', async () => {
    const { open, data, runtime, state } = await withBrokenLog()
    await data.notes.insert({ id: 'a', title: 'one' })
    const client = await open()
    state.isBroken = true
    client.say(subscribe(1))
    const { channel } = await client.hear('subscribed')
    expect(await client.hear('stalled')).toMatchObject({ channel })
    state.isBroken = false
    await runtime.advance(10_000)
    expect(await client.hear('snapshot')).toMatchObject({ id: 1, rows: [{ id: 'a' }] })
  })
})
