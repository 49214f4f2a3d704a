import type { LiveEvent } from '@wherry/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { settled } from '../support/fake-runtime.ts'
import { connected, reconnect, start, welcome, type Scene } from '../support/script.ts'

const row = (id: string, text = id, rank = 0) => ({ id, text, rank, version: 1 })

/** What a listener was told, and what ends that. */
function listen(scene: Scene, query: object = {}) {
  const events: LiveEvent[] = []
  const live = scene.db.notes.live(query)
  const stop = live.subscribe((event) => events.push(event))
  return { events, stop, take: () => events.splice(0).map(brief) }
}

function brief({ rows, changes, status, error, position }: LiveEvent) {
  const ids = rows.map(({ id }) => id).join('')
  const steps = changes.map(({ type }) => type).join()
  return [status, ids, steps, position ?? (error as { code?: string } | undefined)?.code]
}

/** A client that follows a query, and has its rows. */
async function following(query: object = {}) {
  const scene = await connected()
  const listener = listen(scene, query)
  const { id } = await scene.socket.one()
  await scene.socket.say(
    { type: 'subscribed', id, channel: 'c1' },
    { type: 'snapshot', id, rows: [row('a'), row('b')], offset: '1' },
  )
  listener.take()
  return { scene, id, ...listener }
}

describe('a live query', () => {
  it('is asked for once, and tells the rows when all of them have come', async () => {
    const scene = await connected()
    const { take } = listen(scene, { where: { rank: { gte: 0 } }, orderBy: { text: 'desc' } })
    const { id, ...message } = await scene.socket.one()
    expect(message).toEqual({
      type: 'subscribe',
      collection: 'notes',
      query: { where: { rank: { gte: 0 } }, orderBy: { text: 'desc' } },
    })
    await scene.socket.say(
      { type: 'subscribed', id, channel: 'c1' },
      { type: 'snapshot', id, rows: [row('c'), row('b')] },
    )
    expect(take()).toEqual([])
    await scene.socket.say({ type: 'snapshot', id, rows: [row('a')], offset: '1' })
    expect(take()).toEqual([['live', 'cba', '', '1']])
  })

  it('follows its channel, once for all that comes in a frame', async () => {
    const { scene, events, take } = await following({ orderBy: { rank: 'desc' } })
    await scene.socket.say(
      { type: 'push', channel: 'c1', prev: '1', offset: '2', changes: [['put', row('c', 'c', 5)]] },
      { type: 'push', channel: 'c1', prev: '2', offset: '3', changes: [['remove', ['a']]] },
      { type: 'push', channel: 'other', prev: '3', offset: '4', changes: [['remove', ['b']]] },
    )
    expect(events[0]?.changes).toEqual([
      { type: 'insert', index: 0, row: row('c', 'c', 5) },
      { type: 'remove', index: 1, row: row('a') },
    ])
    expect(take()).toEqual([['live', 'cb', 'insert,remove', '3']])
    await scene.socket.say({
      type: 'push',
      channel: 'c1',
      prev: '3',
      offset: '4',
      changes: [['put', row('b', 'b', 9)]],
    })
    expect(events[0]?.changes).toEqual([
      { type: 'update', from: 1, to: 0, old: row('b'), row: row('b', 'b', 9) },
    ])
    expect(take()).toEqual([['live', 'bc', 'update', '4']])
  })

  it('says nothing when nothing has changed', async () => {
    const { scene, take } = await following()
    await scene.socket.say(
      { type: 'push', channel: 'c1', prev: '1', offset: '2', changes: [['put', row('a')]] },
      { type: 'push', channel: 'c1', prev: '2', offset: '3', changes: [['remove', ['z']]] },
      { type: 'push', channel: 'c1', prev: '3', offset: '4', changes: [] },
      { type: 'push', channel: 'c1', prev: '3', offset: '4', changes: [['put', row('x')]] },
    )
    expect(take()).toEqual([])
    expect(await scene.socket.heard()).toEqual([])
  })

  it('asks again from where it is when it has missed something', async () => {
    const { scene, id, take } = await following()
    await scene.socket.say(
      { type: 'push', channel: 'c1', prev: '5', offset: '6', changes: [['put', row('x')]] },
      { type: 'push', channel: 'c1', prev: '6', offset: '7', changes: [['put', row('y')]] },
    )
    const [end, again] = await scene.socket.heard()
    expect(end).toEqual({ type: 'unsubscribe', id })
    expect(again).toMatchObject({ type: 'subscribe', query: {}, after: '1' })
    expect(again?.id).not.toBe(id)
    await scene.socket.say(
      { type: 'subscribed', id: again!.id!, channel: 'c2' },
      { type: 'missed', id: again!.id!, changes: [['put', row('x')]] },
      { type: 'push', channel: 'c2', prev: '1', offset: '2', changes: [['remove', ['a']]] },
      { type: 'missed', id: again!.id!, changes: [['put', row('y')]], offset: '7' },
    )
    expect(take()).toEqual([['live', 'abxy', 'insert,insert', '7']])
    await scene.socket.say({
      type: 'push',
      channel: 'c2',
      prev: '7',
      offset: '8',
      changes: [['remove', ['a']]],
    })
    expect(take()).toEqual([['live', 'bxy', 'remove', '8']])
  })

  it('tells how the rows of a new snapshot differ from those that it had', async () => {
    const { scene, id, events, take } = await following()
    await scene.socket.say(
      { type: 'reset', id, reason: 'Slow' },
      { type: 'push', channel: 'c1', prev: '1', offset: '2', changes: [['put', row('x')]] },
      { type: 'snapshot', id, rows: [row('b')] },
      { type: 'snapshot', id, rows: [row('c')], offset: '9' },
    )
    expect(events[0]?.changes).toEqual([
      { type: 'remove', index: 0, row: row('a') },
      { type: 'insert', index: 1, row: row('c') },
    ])
    expect(take()).toEqual([['live', 'bc', 'remove,insert', '9']])
    expect(await scene.socket.heard()).toEqual([])
  })

  it('reads keys and values of every kind', async () => {
    const scene = await connected()
    const events: LiveEvent[] = []
    scene.db.all
      .live({ where: { bigint: { gt: 1n } }, orderBy: { bigint: 'desc' } })
      .subscribe((event) => events.push(event))
    const { id, query } = await scene.socket.one()
    expect(query).toEqual({ where: { bigint: { gt: '1' } }, orderBy: { bigint: 'desc' } })
    await scene.socket.say({
      type: 'snapshot',
      id,
      rows: [
        { id: '1', bigint: '9', bytes: '00' },
        { id: '2', bigint: '10', bytes: null },
      ],
      offset: '1',
    })
    expect(events[0]?.rows).toEqual([
      { id: '2', bigint: 10n, bytes: null },
      { id: '1', bigint: 9n, bytes: new Uint8Array(1) },
    ])
  })
})

describe('when the rows cannot be kept up to date', () => {
  it('says so once, and again when they are', async () => {
    const { scene, take } = await following()
    const stalled = { type: 'stalled', channel: 'c1', code: 'DatabaseUnavailable' } as const
    await scene.socket.say({ ...stalled, message: 'away' })
    await scene.socket.say({ ...stalled, message: 'still away' })
    expect(take()).toEqual([['error', 'ab', '', 'DatabaseUnavailable']])
    await scene.socket.say({ type: 'push', channel: 'c1', prev: '1', offset: '1', changes: [] })
    expect(take()).toEqual([['live', 'ab', '', '1']])
    await scene.socket.say({ ...stalled, channel: 'c2', message: 'not here' })
    expect(take()).toEqual([])
  })

  it('keeps the rows while there is no connection, and goes on from them', async () => {
    const { scene, take } = await following()
    await scene.socket.drop()
    await scene.runtime.advance(100)
    await scene.socket.drop()
    expect(take()).toEqual([['error', 'ab', '', 'NotConnected']])
    await scene.runtime.advance(200)
    await scene.socket.accept()
    const { id, ...again } = await scene.socket.one()
    expect(again).toMatchObject({ type: 'subscribe', after: '1' })
    await scene.socket.say(
      { type: 'subscribed', id, channel: 'c7' },
      { type: 'missed', id, changes: [], offset: '1' },
    )
    expect(take()).toEqual([['live', 'ab', '', '1']])
  })

  it('begins anew when it was interrupted in a snapshot', async () => {
    const { scene, id, take } = await following()
    await scene.socket.say(
      { type: 'reset', id, reason: 'Slow' },
      { type: 'snapshot', id, rows: [row('x')] },
    )
    await reconnect(scene)
    const again = await scene.socket.one()
    expect(again.after).toBe('1')
    await scene.socket.say(
      { type: 'reset', id: again.id, reason: 'PositionLost' },
      { type: 'snapshot', id: again.id, rows: [row('b')], offset: '5' },
    )
    expect(take().at(-1)).toEqual(['live', 'b', 'remove', '5'])
  })

  it('forgets rows of another schema, step by step', async () => {
    const { scene, take } = await following()
    const fields = { id: { kind: 'id' }, text: { kind: 'bigint' } } as const
    const descriptor = { hash: 'other', collections: { notes: { fields, key: ['id'] } } }
    await reconnect(scene, { ...welcome, schema: 'other', descriptor })
    const again = await scene.socket.one()
    expect(again.after).toBeUndefined()
    await scene.socket.say({
      type: 'snapshot',
      id: again.id,
      rows: [{ id: 'a', text: '5' }],
      offset: '5',
    })
    expect(take()).toEqual([
      ['error', 'ab', '', 'NotConnected'],
      ['live', 'a', 'remove,remove,insert', '5'],
    ])
  })

  it('ends by an error that asking again would not change', async () => {
    const scene = await connected()
    const { take } = listen(scene, { limit: -1 })
    const { id } = await scene.socket.one()
    await scene.socket.say({ type: 'error', id, code: 'InvalidQuery', message: 'no' })
    expect(take()).toEqual([['error', '', '', 'InvalidQuery']])
    await reconnect(scene)
    expect(await scene.socket.heard()).toEqual([])
    expect(take()).toEqual([])
    listen(scene, { limit: -1 })
    expect(await scene.socket.heard()).toHaveLength(1)
  })

  it('asks again after an error that may pass', async () => {
    const scene = await connected()
    const { take, stop } = listen(scene)
    const { id } = await scene.socket.one()
    await scene.socket.say({ type: 'error', id, code: 'LockTimeout', message: 'busy' })
    expect(take()).toEqual([['error', '', '', 'LockTimeout']])
    await scene.runtime.advance(200)
    const again = await scene.socket.one()
    await scene.socket.say({ type: 'error', id: again.id, code: 'LockTimeout', message: 'busy' })
    stop()
    await scene.runtime.advance(10_000)
    expect(await scene.socket.heard()).toEqual([])
    expect(take()).toEqual([])
  })

  it('ends with what it cannot read', async () => {
    const { scene, id, take } = await following()
    await scene.socket.say({
      type: 'push',
      channel: 'c1',
      prev: '1',
      offset: '2',
      changes: [['put', { id: 'c', rank: 'x' }]],
    })
    expect(take()).toEqual([['error', 'ab', '', 'CorruptValue']])
    expect(await scene.socket.heard()).toEqual([{ type: 'unsubscribe', id }])
  })

  it('tells what is wrong with a query, later', async () => {
    const scene = await connected()
    const bad = listen(scene, { where: { rank: 'x' } })
    const stopped = listen(scene, { where: { rank: 'y' } })
    stopped.stop()
    const large = listen(scene, { where: { text: 'x'.repeat(61 * 1024) } })
    expect(bad.take()).toEqual([])
    await settled()
    expect(bad.take()).toEqual([['error', '', '', 'InvalidValue']])
    expect(large.take()).toEqual([['error', '', '', 'TooLarge']])
    expect(stopped.take()).toEqual([])
    expect(await scene.socket.heard()).toEqual([])
  })
})

describe('subscribers', () => {
  it('who ask the same share one subscription, and the late are told the present rows', async () => {
    const query = { where: { rank: 1, text: 'a' } }
    const { scene, id, take } = await following(query)
    const late = listen(scene, { where: { text: 'a', rank: 1 } })
    expect(late.take()).toEqual([])
    await settled()
    expect(late.take()).toEqual([['live', 'ab', '', '1']])
    expect(take()).toEqual([])
    const push = { type: 'push', channel: 'c1', prev: '1', offset: '2' } as const
    await scene.socket.say({ ...push, changes: [['remove', ['a']]] })
    expect(take()).toEqual([['live', 'b', 'remove', '2']])
    expect(late.take()).toEqual([['live', 'b', 'remove', '2']])
    expect(await scene.socket.heard()).toEqual([])
    late.stop()
    late.stop()
    expect(await scene.socket.heard()).toEqual([])
    scene.db.notes.live(query).subscribe(() => {})()
    expect(await scene.socket.heard()).toEqual([])
    expect(id).toBeGreaterThan(0)
  })

  it('end the subscription when the last is gone', async () => {
    const { scene, id, stop, take } = await following()
    await scene.socket.say({
      type: 'push',
      channel: 'c1',
      prev: '1',
      offset: '2',
      changes: [['remove', ['a']]],
    })
    take()
    scene.socket.emit('message', {
      data: '[{"type":"push","channel":"c1","prev":"2","offset":"3","changes":[["remove",["b"]]]}]',
    })
    stop()
    stop()
    expect(await scene.socket.heard()).toEqual([{ type: 'unsubscribe', id }])
    expect(take()).toEqual([])
    await reconnect(scene)
    expect(await scene.socket.heard()).toEqual([])
  })

  it('who come before there is a connection wait for it, and share too', async () => {
    const scene = start()
    const query = { where: { rank: 1 } }
    const first = listen(scene, query)
    const second = listen(scene, query)
    query.where.rank = 2
    const other = listen(scene, query)
    const gone = listen(scene, query)
    gone.stop()
    await scene.socket.drop()
    const away = [['error', '', '', 'NotConnected']]
    expect([first.take(), second.take(), other.take(), gone.take()]).toEqual([away, away, away, []])
    await scene.runtime.advance(200)
    await scene.socket.accept()
    const asked = await scene.socket.heard()
    expect(asked).toMatchObject([
      { query: { where: { rank: 1 } } },
      { query: { where: { rank: 2 } } },
    ])
    const id = asked[0]!.id!
    await scene.socket.say({ type: 'snapshot', id, rows: [row('a')], offset: '1' })
    expect(first.take()).toEqual([['live', 'a', 'insert', '1']])
    expect(second.take()).toEqual([['live', 'a', 'insert', '1']])
    first.stop()
    expect(await scene.socket.heard()).toEqual([])
    second.stop()
    expect(await scene.socket.heard()).toEqual([{ type: 'unsubscribe', id }])
  })

  it('are told on their own: one that throws disturbs no other', async () => {
    const failures: unknown[] = []
    const note = (reason: unknown) => void failures.push(reason)
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note)
    onTestFinished(() => {
      process.off('unhandledRejection', note)
      for (const each of others) process.on('unhandledRejection', each)
    })
    const scene = await connected()
    scene.db.notes.live().subscribe(() => {
      throw new Error('a fault of the listener')
    })
    const { take } = listen(scene)
    const { id } = await scene.socket.one()
    await scene.socket.say({ type: 'snapshot', id, rows: [row('a')], offset: '1' })
    await settled()
    expect(take()).toEqual([['live', 'a', '', '1']])
    expect(failures).toEqual([new Error('a fault of the listener')])
  })

  it('keep the rows that they were given as they were', async () => {
    const { scene, events } = await following()
    const push = { type: 'push', channel: 'c1' } as const
    await scene.socket.say({ ...push, prev: '1', offset: '2', changes: [['remove', ['a']]] })
    const held = events[0]!.rows
    await scene.socket.say({ ...push, prev: '2', offset: '3', changes: [['remove', ['b']]] })
    expect(held).toEqual([row('b')])
  })

  it('are told nothing when the client closes, and of a refusal', async () => {
    const closed = await following()
    await closed.scene.db.close()
    await settled()
    expect(closed.take()).toEqual([])
    const late = listen(closed.scene)
    await settled()
    expect(late.take()).toEqual([['error', '', '', 'NotConnected']])

    const refused = await following()
    await refused.scene.socket.drop(4400, 'BadFrame')
    await settled()
    expect(refused.take()).toEqual([['error', 'ab', '', 'ConnectionRefused']])
  })
})
