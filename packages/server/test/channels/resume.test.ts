import { describe, expect, it } from 'vitest'
import { memory } from '@wherry/core/memory'
import type { Up } from '@wherry/core/protocol'
import { altered, gate, serve } from '../support/fixture.ts'
import { quiet, type TestClient } from '../support/test-client.ts'

type Query = Extract<Up, { type: 'subscribe' }>['query']

function resume(
  client: TestClient,
  id: number,
  after: string | undefined,
  query: Query = {},
): void {
  client.say({ type: 'subscribe', id, collection: 'notes', query, after })
}

/** A client that had rows, and went. */
async function withPast(query: Query = {}) {
  const base = memory()
  const hold = gate()
  const state = { isHeld: false, failure: undefined as Error | undefined, reads: 0 }
  const read: typeof base.log.read = async (after, upTo) => {
    if (upTo !== undefined) state.reads++
    if (upTo !== undefined && state.failure !== undefined) throw state.failure
    if (upTo !== undefined && state.isHeld) await hold.opened
    return base.log.read(after, upTo)
  }
  const fixture = await serve({ adapter: altered(base, { log: altered(base.log, { read }) }) })
  const { data, open } = fixture
  await data.notes.insertMany(['a', 'b', 'c'].map((id) => ({ id, title: id, rank: 1 })))
  const client = await open()
  client.say({ type: 'subscribe', id: 1, collection: 'notes', query })
  const { offset } = await client.hear('snapshot')
  client.leave()
  return { ...fixture, offset: offset!, state, release: hold.open }
}

describe('a subscription that goes on from an offset', () => {
  it('is told what it missed, each row once, as it is now', async () => {
    const { data, open, offset } = await withPast({ where: { rank: 1 } })
    await data.notes.update('a', { title: 'first' })
    await data.notes.update('a', { title: 'second' })
    await data.notes.update('b', { rank: 2 })
    await data.notes.insert({ id: 'd', title: 'd', rank: 2 })
    await data.notes.insert({ id: 'e', title: 'e', rank: 1 })
    await data.notes.delete('e')
    const client = await open()
    resume(client, 7, offset, { where: { rank: 1 } })
    const { channel } = await client.hear('subscribed')
    const missed = await client.hear('missed')
    const changes = missed.changes.map(([what, value]) => [
      what,
      what === 'put' ? (value as { title: string }).title : value,
    ])
    expect(changes).toEqual([
      ['put', 'second'],
      ['remove', ['b']],
      ['remove', ['e']],
    ])
    await data.notes.delete('c')
    expect(await client.hear('push')).toMatchObject({ channel, prev: missed.offset })
  })

  it('is told nothing where it missed nothing', async () => {
    const { open, offset } = await withPast()
    const client = await open()
    resume(client, 7, offset)
    expect(await client.hear('missed')).toEqual({ type: 'missed', id: 7, changes: [], offset })
  })

  it('is told nothing where only others have changed', async () => {
    const { data, open, offset } = await withPast({ where: { rank: 1 } })
    await data.seats.insert({ row: 1, place: 'a' })
    const client = await open()
    resume(client, 7, offset, { where: { rank: 1 } })
    expect(await client.hear('missed')).toMatchObject({ changes: [] })
  })

  it('goes on though its offset is newer than that of the channel, whose rows are the same', async () => {
    const { data, open } = await withPast()
    const other = await open()
    resume(other, 1, undefined, { where: { rank: 2 } })
    await other.hear('snapshot')
    await data.notes.insert({ id: 'd', title: 'd', rank: 1 })
    await quiet()
    // Another server, or this one before, has shown these rows as of a later moment.
    const client = await open()
    resume(client, 1, undefined)
    const { offset } = await client.hear('snapshot')
    resume(client, 2, offset, { where: { rank: 2 } })
    const missed = await client.hear('missed')
    expect(missed).toMatchObject({ id: 2, changes: [] })
    await data.notes.insert({ id: 'e', title: 'e', rank: 2 })
    await quiet()
    const channel = client.take().find((each) => each.type === 'subscribed' && each.id === 2)
    expect(channel).toBeDefined()
    expect(other.take().find(({ type }) => type === 'push')).toMatchObject({ prev: missed.offset })
  })

  it('is sent what it missed in chunks', async () => {
    const { data, open, offset } = await withPast()
    const title = 'x'.repeat(90_000)
    await data.notes.insertMany(['k', 'l', 'm', 'n'].map((id) => ({ id, title })))
    const client = await open()
    resume(client, 7, offset)
    await quiet()
    const parts = client.take().filter((each) => each.type === 'missed')
    expect(parts.map(({ changes, offset: end }) => [changes.length, typeof end])).toEqual([
      [2, 'undefined'],
      [2, 'string'],
    ])
  })

  it('is told what happens meanwhile with what it missed, and others at once', async () => {
    const { data, open, offset, state, release } = await withPast()
    const other = await open()
    resume(other, 1, undefined)
    await other.hear('snapshot')
    await data.notes.insert({ id: 'd', title: 'd' })
    await other.hear('push')
    const client = await open()
    state.isHeld = true
    resume(client, 7, offset)
    await client.hear('subscribed')
    await data.notes.delete('a')
    const push = await other.hear('push')
    await quiet()
    expect(client.take()).toEqual([])
    release()
    expect(await client.hear('missed')).toMatchObject({
      changes: [
        ['put', { id: 'd' }],
        ['remove', ['a']],
      ],
      offset: push.offset,
    })
    await data.notes.delete('b')
    expect(await client.hear('push')).toEqual(await other.hear('push'))
  })

  it('beside another to the same channel: neither is told anything twice', async () => {
    const { data, open, offset, state, release } = await withPast()
    const client = await open()
    resume(client, 1, undefined)
    await client.hear('snapshot')
    await data.notes.insert({ id: 'd', title: 'd' })
    const first = await client.hear('push')
    state.isHeld = true
    resume(client, 2, offset)
    await data.notes.delete('a')
    const second = await client.hear('push')
    expect(second.prev).toBe(first.offset)
    release()
    expect(await client.hear('missed')).toMatchObject({ id: 2, offset: second.offset })
    await data.notes.delete('b')
    expect(await client.hear('push')).toMatchObject({ prev: second.offset })
    expect(client.take().filter(({ type }) => type === 'push')).toEqual([])
  })

  it('can be ended while that is read', async () => {
    const { data, open, offset, state, release } = await withPast()
    await data.notes.delete('a')
    const client = await open()
    state.isHeld = true
    resume(client, 7, offset)
    await client.hear('subscribed')
    client.say({ type: 'unsubscribe', id: 7 })
    release()
    await quiet()
    expect(client.take()).toEqual([])
  })
})

describe('a subscription that cannot go on from its offset is sent all rows', () => {
  it('where it has a limit', async () => {
    const { data, open, offset } = await withPast({ limit: 2 })
    await data.notes.delete('a')
    const client = await open()
    resume(client, 7, offset, { limit: 2 })
    expect(await client.hear('reset')).toEqual({ type: 'reset', id: 7, reason: 'Windowed' })
    expect(await client.hear('snapshot')).toMatchObject({ rows: [{ id: 'b' }, { id: 'c' }] })
  })

  it.each(['', 'x', 'x:1', ':1', '__proto__:1', 'x'.repeat(4_096)])(
    'where the log does not know it: %j',
    async (after) => {
      const { open, errors } = await withPast()
      const client = await open()
      resume(client, 7, after)
      expect(await client.hear('reset')).toMatchObject({ reason: 'PositionLost' })
      expect(await client.hear('snapshot')).toMatchObject({ rows: [{}, {}, {}] })
      expect(errors).toEqual([])
    },
  )

  it.each(['999', '1e3', '-1', '1.5', 'NaN', '9'.repeat(30)])(
    'where it is no place of the log: %j',
    async (place) => {
      const { open, offset } = await withPast()
      const client = await open()
      resume(client, 7, `${offset.split(':')[0]}:${place}`)
      expect(await client.hear('reset')).toMatchObject({ reason: 'PositionLost' })
      await client.hear('snapshot')
    },
  )

  it('where more was missed than the rows are worth', async () => {
    const { data, open, offset } = await withPast({ where: { rank: 1 } })
    for (let batch = 0; batch < 11; batch++) await data.notes.insertMany(thousand(batch))
    const client = await open()
    resume(client, 7, offset, { where: { rank: 1 } })
    expect(await client.hear('reset')).toMatchObject({ reason: 'PositionLost' })
  })

  it('where the log cannot be read; onError hears why', async () => {
    const { data, open, offset, state, errors } = await withPast()
    await data.notes.delete('a')
    const client = await open()
    state.failure = new Error('the disk is away')
    resume(client, 7, offset)
    expect(await client.hear('reset')).toMatchObject({ reason: 'PositionLost' })
    expect(await client.hear('snapshot')).toMatchObject({ rows: [{ id: 'b' }, { id: 'c' }] })
    expect(errors).toEqual([state.failure])
  })
})

function thousand(batch: number) {
  return Array.from({ length: 1_000 }, (_, n) => ({ id: `${batch}-${n}`, title: '' }))
}

describe('many who come back at once', () => {
  it('and ask the same have the log read once for all of them', async () => {
    const { data, open, offset, state } = await withPast()
    await data.notes.delete('a')
    const clients = await Promise.all(Array.from({ length: 50 }, open))
    for (const client of clients) resume(client, 7, offset)
    for (const client of clients) {
      expect(await client.hear('missed')).toMatchObject({ changes: [['remove', ['a']]] })
    }
    expect(state.reads).toBe(1)
  })

  it('and ask different things have it read by four at a time', async () => {
    const { data, open, offset, state, release } = await withPast()
    await data.notes.delete('a')
    const clients = await Promise.all(Array.from({ length: 20 }, open))
    state.isHeld = true
    clients.forEach((client, rank) => resume(client, 7, offset, { where: { rank } }))
    for (const client of clients) await client.hear('subscribed')
    await quiet()
    expect(state.reads).toBe(4)
    release()
    for (const client of clients) await client.hear('missed')
    expect(state.reads).toBe(20)
  })
})
