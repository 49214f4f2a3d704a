import { describe, expect, it } from 'vitest'
import { WherryError } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { altered, serve } from '../support/fixture.ts'
import { quiet } from '../support/test-client.ts'

const kib = 'x'.repeat(1024)
const subscribe = { type: 'subscribe', id: 1, collection: 'notes', query: {} } as const
const request = { type: 'request', collection: 'notes', method: 'get', args: ['big'] } as const

/** One row, rewritten: each change is some 100 KiB. */
async function withBigRow(query: { limit?: number } = {}) {
  const base = memory()
  const state = { isLost: false }
  const read: typeof base.log.read = async (after, upTo) => {
    if (upTo !== undefined && state.isLost) throw new WherryError('PositionLost', 'too long ago')
    return base.log.read(after, upTo)
  }
  const reads = { count: 0 }
  const find: typeof base.find = (plan) => {
    reads.count++
    return base.find(plan)
  }
  const log = altered(base.log, { read })
  const fixture = await serve({ adapter: altered(base, { find, log }) })
  const { data, open } = fixture
  await data.notes.insert({ id: 'big', title: '' })
  const client = await open()
  client.say({ ...subscribe, query })
  await client.hear('snapshot')
  client.take()
  let written = 0
  const rewrite = async (times: number) => {
    for (let n = 0; n < times; n++) {
      await data.notes.update('big', { title: kib.repeat(97) + ++written })
      await quiet()
    }
  }
  return { ...fixture, client, rewrite, state, reads }
}

describe('a client that does not read', () => {
  it('is pushed no more once the system has 256 KiB of it, and then told what it came to', async () => {
    const { client, data, rewrite } = await withBigRow()
    client.isReading = false
    await rewrite(40)
    await data.notes.insertMany([{ id: 'more', title: '' }])
    await data.notes.delete('more')
    await quiet()
    expect(client.unsent).toBeGreaterThan(256 * 1024)
    expect(client.unsent).toBeLessThan(384 * 1024)
    const pushes = client.take()
    expect(pushes).toHaveLength(3)
    client.read()
    const missed = await client.hear('missed')
    const row = { ...(await data.notes.get('big')), at: null }
    expect(missed).toMatchObject({
      id: 1,
      changes: [
        ['put', row],
        ['remove', ['more']],
      ],
    })
    await rewrite(1)
    expect(await client.hear('push')).toMatchObject({ prev: missed.offset })
    expect(client.take()).toEqual([])
  })

  it('of a window is sent all rows when it has read what it had', async () => {
    const { client, data, rewrite } = await withBigRow({ limit: 1 })
    client.isReading = false
    await rewrite(10)
    client.take()
    client.read()
    expect(await client.hear('reset')).toEqual({ type: 'reset', id: 1, reason: 'Slow' })
    const { rows, offset } = await client.hear('snapshot')
    expect(rows).toEqual([{ ...(await data.notes.get('big')), at: null }])
    await rewrite(1)
    expect(await client.hear('push')).toMatchObject({ prev: offset })
  })

  it('is sent all rows where the log does not tell any more what it missed', async () => {
    const { client, rewrite, state } = await withBigRow()
    client.isReading = false
    await rewrite(10)
    client.take()
    state.isLost = true
    client.read()
    expect(await client.hear('reset')).toEqual({ type: 'reset', id: 1, reason: 'PositionLost' })
    expect((await client.hear('snapshot')).rows).toHaveLength(1)
  })

  it('costs nothing more however much happens', async () => {
    const { client, rewrite } = await withBigRow()
    client.isReading = false
    await rewrite(10)
    const { unsent } = client
    await rewrite(100)
    expect(client.unsent).toBe(unsent)
    expect(client.closed).toBeUndefined()
  })

  it('is closed with 4409 for what it asked for in one turn, too', async () => {
    const { client, rewrite, runtime } = await withBigRow()
    await rewrite(1)
    client.isReading = false
    for (let id = 10; id < 20; id++) client.say({ ...request, id })
    await quiet()
    await runtime.advance(10_000)
    expect(client.closed).toBeUndefined()
    await runtime.advance(1_000)
    expect(client.closed).toEqual({ code: 4409, reason: 'TooSlow' })
  })

  it('is not closed for what it asked for in one turn while it reads, if slowly', async () => {
    const { client, rewrite, runtime } = await withBigRow()
    await rewrite(1)
    client.isReading = false
    for (let id = 10; id < 30; id++) client.say({ ...request, id })
    await quiet()
    for (let reads = 0; reads < 20; reads++) {
      await runtime.advance(9_000)
      client.say({ type: 'ping' })
      client.readOnce()
      await quiet()
    }
    expect(client.closed).toBeUndefined()
    expect(client.take().filter(({ type }) => type === 'answer')).toHaveLength(20)
  })

  it('and asks for more in one turn than a text may hold ends nothing but its connection', async () => {
    const { client, data, runtime, open } = await withBigRow()
    await data.notes.update('big', { data: { long: kib.repeat(1_000) } })
    client.isReading = false
    for (let id = 10; id < 610; id++) client.say({ ...request, id })
    await quiet()
    await runtime.advance(1_000)
    expect(client.closed).toEqual({ code: 4409, reason: 'TooSlow' })
    const honest = await open()
    expect(await honest.ask({ ...request, method: 'count', args: [] })).toMatchObject({ value: 1 })
  })

  it('is answered what it asks for meanwhile as it reads, and before costs nothing', async () => {
    const { client, rewrite, runtime, reads } = await withBigRow()
    client.isReading = false
    await rewrite(20)
    const before = reads.count
    const ids = Array.from({ length: 50 }, (_, n) => 10 + n)
    for (const id of ids) client.say({ ...request, id })
    await quiet()
    await runtime.advance(60_000)
    expect(reads.count).toBe(before)
    client.take()
    client.read()
    for (const id of ids) expect(await client.hear('answer')).toMatchObject({ id })
  })

  it('is begun to be answered no further than there is room', async () => {
    const { client, rewrite, reads } = await withBigRow()
    client.isReading = false
    await rewrite(20)
    const before = reads.count
    for (let id = 10; id < 60; id++) client.say({ ...request, id })
    // It reads what is there, and stalls again.
    client.readOnce()
    await quiet()
    expect(client.unsent).toBeLessThan(512 * 1024)
    expect(reads.count).toBeGreaterThan(before)
    expect(reads.count).toBeLessThan(before + 6)
  })

  it('does not keep the gateway from stopping, though it has asked for something', async () => {
    const { client, rewrite, gateway, runtime } = await withBigRow()
    client.isReading = false
    await rewrite(20)
    client.say({ ...request, id: 10 })
    const stopped = gateway.stop()
    await quiet()
    expect(client.closed).toEqual({ code: 1001, reason: 'GoingAway' })
    await runtime.drive(stopped)
  })

  it('keeps nobody else waiting', async () => {
    const { client, open, rewrite } = await withBigRow()
    const other = await open()
    other.say(subscribe)
    await other.hear('snapshot')
    client.isReading = false
    await rewrite(40)
    expect(other.take().filter(({ type }) => type === 'push')).toHaveLength(40)
  })

  it('may have a snapshot of any size under way', async () => {
    const { data, open } = await serve()
    const rows = Array.from({ length: 100 }, (_, n) => ({ id: `${n}`, title: kib.repeat(90) }))
    await data.notes.insertMany(rows)
    const client = await open()
    client.isReading = false
    client.say(subscribe)
    await quiet()
    expect(client.closed).toBeUndefined()
    expect(client.heard.some((each) => each.type === 'snapshot' && each.offset)).toBe(false)
    client.read()
    await quiet()
    const sent = client.take().filter((each) => each.type === 'snapshot')
    expect(sent.flatMap((each) => each.rows)).toHaveLength(100)
  })

  it('is told what settled when its rows are whole again', async () => {
    const { client, rewrite } = await withBigRow()
    client.isReading = false
    await rewrite(30)
    const mutation = { id: 9, mutationId: 'm', collection: 'notes', method: 'update' } as const
    client.say({ type: 'mutate', ...mutation, args: ['big', { title: 'mine' }] })
    await quiet()
    client.take()
    client.read()
    await quiet()
    expect(client.take()).toMatchObject([
      { type: 'answer', id: 9 },
      { type: 'missed', changes: [['put', { title: 'mine' }]] },
      { type: 'settled', mutationIds: ['m'] },
    ])
  })
})
