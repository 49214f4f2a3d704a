import { describe, expect, it } from 'vitest'
import { connected, reconnect } from '../support/script.ts'

describe('a live count or aggregate', () => {
  const told: unknown[] = []
  const note = (event: { status: string; value?: unknown; error?: unknown }) => {
    told.push(event.status === 'live' ? event.value : [event.value, event.error])
  }

  it('asks for an aggregate, and tells its value whenever that is another', async () => {
    told.length = 0
    const scene = await connected()
    const stop = scene.db.notes.liveCount({ where: { rank: { gt: 1 } } }).subscribe(note)
    const { id, ...message } = await scene.socket.one()
    expect(message).toEqual({
      type: 'subscribe',
      collection: 'notes',
      method: 'aggregate',
      query: { where: { rank: { gt: 1 } }, measures: { count: 'count' } },
    })
    const push = { type: 'push', channel: 'c1' } as const
    await scene.socket.say(
      { type: 'subscribed', id, channel: 'c1' },
      { type: 'snapshot', id, rows: [{ count: 2 }], offset: '1' },
    )
    await scene.socket.say({ ...push, prev: '1', offset: '2', changes: [['all', [{ count: 3 }]]] })
    await scene.socket.say({ ...push, prev: '2', offset: '3', changes: [['all', [{ count: 3 }]]] })
    await scene.socket.say({ type: 'stalled', channel: 'c1', code: 'Internal', message: 'no' })
    expect(told).toMatchObject([2, 3, [3, { code: 'Internal' }]])
    stop()
    expect(await scene.socket.heard()).toEqual([{ type: 'unsubscribe', id }])
  })

  it('reads groups and measures by their kinds, and goes on from what it has', async () => {
    told.length = 0
    const scene = await connected()
    scene.db.all
      .liveAggregate({ groupBy: ['decimal'], measures: { last: { max: 'timestamp' } } })
      .subscribe(note)
    const { id } = await scene.socket.one()
    const first = { decimal: '1.00', last: '2026-01-01T00:00:00.000Z' }
    const second = { decimal: null, last: null }
    await scene.socket.say(
      { type: 'subscribed', id, channel: 'c1' },
      { type: 'snapshot', id, rows: [first] },
      { type: 'snapshot', id, rows: [second], offset: '1' },
    )
    expect(told).toEqual([[{ decimal: '1.00', last: new Date('2026-01-01') }, second]])
    await reconnect(scene)
    const again = await scene.socket.one()
    expect(again).toMatchObject({ method: 'aggregate', after: '1' })
    await scene.socket.say(
      { type: 'reset', id: again.id, reason: 'Windowed' },
      { type: 'snapshot', id: again.id, rows: [second], offset: '2' },
    )
    expect(told.at(-1)).toEqual([second])
  })

  it('refuses at once a count of what cannot be counted', async () => {
    const { db } = await connected()
    const query = { limit: 1 } as object
    expect(() => db.notes.liveCount(query)).toThrow(/A count has no "limit"/)
  })
})
