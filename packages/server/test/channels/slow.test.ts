import { describe, expect, it } from 'vitest'
import { serve } from '../support/fixture.ts'
import { quiet } from '../support/test-client.ts'

const kib = 'x'.repeat(1024)
const subscribe = { type: 'subscribe', id: 1, collection: 'notes', query: {} } as const
const request = { type: 'request', collection: 'notes', method: 'get', args: ['big'] } as const

/** One row, rewritten: each change is some 100 KiB. */
async function withBigRow() {
  const fixture = await serve()
  const { data, open } = fixture
  await data.notes.insert({ id: 'big', title: '' })
  const client = await open()
  client.say(subscribe)
  await client.hear('snapshot')
  client.take()
  let written = 0
  const rewrite = async (times: number) => {
    for (let n = 0; n < times; n++) {
      await data.notes.update('big', { title: kib.repeat(97) + ++written })
      await quiet()
    }
  }
  return { ...fixture, client, rewrite }
}

describe('a client that does not read', () => {
  it('is pushed no more once it has 1 MiB unread beyond what the system has taken', async () => {
    const { client, data, rewrite, runtime } = await withBigRow()
    client.isReading = false
    await rewrite(40)
    const taken = client.frames.reduce((sum, frame) => sum + frame.length, 0)
    expect(taken).toBeGreaterThan(1024 * 1024)
    expect(taken).toBeLessThan(1.2 * 1024 * 1024)
    expect(client.closed).toBeUndefined()
    await runtime.advance(5_000)
    expect(client.heard.some(({ type }) => type === 'reset')).toBe(false)
    client.read()
    await quiet()
    const unread = client.take().length
    expect(unread).toBeGreaterThan(19)
    expect(unread).toBeLessThan(25)
    await runtime.advance(1_000)
    expect(await client.hear('reset')).toEqual({ type: 'reset', id: 1, reason: 'Slow' })
    const { rows, offset } = await client.hear('snapshot')
    expect(rows).toEqual([{ ...(await data.notes.get('big')), at: null }])
    await rewrite(1)
    expect(await client.hear('push')).toMatchObject({ prev: offset })
  })

  it('is closed with 4409 for what it asked for in one turn, too', async () => {
    const { client, rewrite, runtime } = await withBigRow()
    await rewrite(1)
    client.isReading = false
    for (let id = 10; id < 110; id++) client.say({ ...request, id })
    await quiet()
    await runtime.advance(1_000)
    expect(client.closed).toBeUndefined()
    await runtime.advance(1_000)
    expect(client.closed).toEqual({ code: 4409, reason: 'TooSlow' })
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

  it('is closed with 4409 once it has 4 MiB unread and takes nothing', async () => {
    const { client, rewrite, data, runtime } = await withBigRow()
    client.isReading = false
    await rewrite(20)
    for (let id = 10; id < 40; id++) {
      client.say({ ...request, id })
      await quiet()
    }
    expect(client.closed).toBeUndefined()
    for (let id = 40; id < 60; id++) client.say({ ...request, id })
    await quiet()
    await runtime.advance(1_000)
    expect(client.closed).toBeUndefined()
    await runtime.advance(1_000)
    expect(client.closed).toEqual({ code: 4409, reason: 'TooSlow' })
    await data.notes.update('big', { rank: 1 })
    client.read()
    await quiet()
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
    const { client, rewrite, runtime } = await withBigRow()
    client.isReading = false
    await rewrite(30)
    const mutation = { id: 9, mutationId: 'm', collection: 'notes', method: 'update' } as const
    client.say({ type: 'mutate', ...mutation, args: ['big', { title: 'mine' }] })
    await quiet()
    client.read()
    await quiet()
    expect(client.take().at(-1)).toMatchObject({ type: 'answer', id: 9 })
    await runtime.advance(1_000)
    await quiet()
    expect(client.take()).toMatchObject([
      { type: 'reset' },
      { type: 'snapshot', rows: [{ title: 'mine' }] },
      { type: 'settled', mutationIds: ['m'] },
    ])
  })
})
