import type { LiveEvent } from '@wherry/core'
import type { Json } from '@wherry/core/schema'
import { expect, it } from 'vitest'
import { connected } from '../support/script.ts'

it('A live query that includes asks for it by its kinds, and tells its rows whole when they change', async () => {
  const scene = await connected()
  const told: LiveEvent[] = []
  const include = { marks: { where: { at: { gt: new Date(5) } } } }
  scene.db.all
    .live({ include, orderBy: { text: 'asc' } })
    .subscribe((event) => void told.push(event))
  const { id, query } = await scene.socket.one()
  expect(query).toEqual({
    include: { marks: { where: { at: { gt: '1970-01-01T00:00:00.005Z' } } } },
    orderBy: { text: 'asc' },
  })
  const row = (text: string, ...marks: Json[]) => ({ id: text, text, bigint: '9', marks })
  const mark = { id: 'm', of: 'b', at: '2026-01-01T00:00:00.000Z' }
  const push = { type: 'push', channel: 'c1' } as const
  await scene.socket.say(
    { type: 'subscribed', id, channel: 'c1' },
    { type: 'snapshot', id, rows: [row('b'), row('a')], offset: '1' },
  )
  await scene.socket.say({ ...push, prev: '1', offset: '2', changes: [['put', row('b', mark)]] })
  await scene.socket.say({ ...push, prev: '2', offset: '3', changes: [['put', row('b', mark)]] })
  expect(told).toHaveLength(2)
  const without = { id: 'b', text: 'b', bigint: 9n, marks: [] }
  const withMark = { ...without, marks: [{ ...mark, at: new Date('2026-01-01') }] }
  expect(told[0]!.rows.map(({ id: key }) => key)).toEqual(['a', 'b'])
  expect(told[1]!.rows[1]).toEqual(withMark)
  expect(told[1]!.changes).toEqual([
    { type: 'update', from: 1, to: 1, old: without, row: withMark },
  ])
})
