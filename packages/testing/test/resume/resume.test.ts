import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@wherry/client'
import { createDataService, type Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { sqlite } from '@wherry/core/sqlite'
import { createGateway } from '@wherry/server'
import { createClock, createPair } from '@wherry/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Wire } from '../../src/wire.ts'
import { schema, World, type Data } from './world.ts'

const seeds = [1, 2, 3].map((n) => Number(process.env.WHERRY_SEED ?? 20_261_129) + n)

async function openOn(adapter: Adapter): Promise<Data> {
  const data = createDataService({ schema, databases: [adapter] })
  await data.connect()
  return data
}

async function sqliteFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wherry-resume-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'test.db')
}

describe('a client whose connection is cut, held and moved', () => {
  it.each(seeds)(
    'shows what is in the database, by steps without gap or repeat (seed %i)',
    async (seed) => {
      const file = await sqliteFile()
      const open = () => openOn(sqlite({ file, synchronous: 'normal' }))
      const world = await World.create(open, 2, seed)
      for (let round = 0; round < 5; round++) {
        await world.run(80)
        await world.settle()
      }
      for (const [trouble, times] of Object.entries(world.troubles)) {
        expect([trouble, times > 0]).toEqual([trouble, true])
      }
      for (const { steps } of world.seen) expect(steps).toBeGreaterThan(20)
      await world.close()
    },
  )
})

describe('a client that was away for an hour', () => {
  /** A client with its rows, who hears nothing any more; and what it is told from then on. */
  async function withAway(query: { limit?: number } = {}) {
    const clock = createClock()
    const { runtime } = clock
    const frames: string[] = []
    const tap = (direction: 'up' | 'down', frame: string) => {
      if (direction === 'down') frames.push(frame)
      return 'deliver' as const
    }
    const data: Data = createDataService({ schema, databases: [memory()], runtime })
    await data.connect()
    await data.notes.insert({ id: 'a', n: 0, text: '' })
    const pair = createPair({ data, runtime, tap })
    const told: { id: string; n: number }[][] = []
    pair.client.notes.live(query).subscribe(({ rows }) => void told.push([...rows]))
    await clock.advance(100)
    pair.reachable = false
    pair.cut()
    frames.length = 0
    const comeBack = async () => {
      await clock.advance(3_600_000)
      pair.reachable = true
      await clock.advance(20_000)
    }
    onTestFinished(async () => {
      await pair.close()
      await data.close()
    })
    return { data, frames, told, comeBack }
  }

  it('is told what it missed, as what it came to', async () => {
    const { data, frames, told, comeBack } = await withAway()
    for (let n = 1; n <= 60; n++) await data.notes.update('a', { n })
    await data.notes.insert({ id: 'b', n: 7, text: '' })
    await comeBack()
    expect(frames.join()).not.toContain('"type":"snapshot"')
    expect(
      frames
        .join()
        .match(/"missed"[^]*?\]\]/)![0]
        .match(/"put"/g),
    ).toHaveLength(2)
    expect(told.at(-1)).toMatchObject([
      { id: 'a', n: 60 },
      { id: 'b', n: 7 },
    ])
  })

  it('is told why it gets all rows, where it follows a window', async () => {
    const { data, frames, told, comeBack } = await withAway({ limit: 1 })
    await data.notes.update('a', { n: 1 })
    await comeBack()
    expect(frames.join()).toContain('"reason":"Windowed"')
    expect(told.at(-1)).toMatchObject([{ id: 'a', n: 1 }])
  })

  it('is told why it gets all rows, where more happened than the log tells', async () => {
    const { data, frames, told, comeBack } = await withAway()
    const rows = Array.from({ length: 2_000 }, (_, n) => ({ id: `${n}`, n, text: '' }))
    await data.notes.insertMany(rows)
    for (let times = 0; times < 5; times++) {
      await data.notes.updateMany({ where: {}, set: { n: { increment: 1 } } })
    }
    await comeBack()
    expect(frames.join()).toContain('"reason":"PositionLost"')
    expect(told.at(-1)).toHaveLength(2_001)
    expect(told.at(-1)!.find(({ id }) => id === '7')).toMatchObject({ n: 12 })
  })
})

it('a client whose server has another database when it is back is told why it gets all rows', async () => {
  const reasons: string[] = []
  const tap = (direction: 'up' | 'down', frame: string) => {
    if (direction === 'down') reasons.push(...(frame.match(/"reason":"\w+"/g) ?? []))
    return 'deliver' as const
  }
  const datas = [await openOn(memory()), await openOn(memory())]
  const gateways = datas.map((data) => createGateway({ data, policies: 'open' }))
  const wires = gateways.map((gateway) => new Wire(gateway, tap))
  await datas[0]!.notes.insertMany(['a', 'b'].map((id) => ({ id, n: 1, text: 'before' })))
  await datas[1]!.notes.insertMany(['b', 'c'].map((id) => ({ id, n: 2, text: 'after' })))
  let at = 0
  const client = createClient<typeof schema>({
    url: 'ws://restarts',
    reconnect: { baseMs: 1 },
    socket: () => wires[at]!.connect(),
  })
  const told: string[] = []
  const shown = (text: string) =>
    new Promise<void>((resolve) => {
      client.notes.live().subscribe(({ rows }) => {
        told.push(rows.map(({ id, n }) => id + n).join())
        if (rows.some((row) => row.text === text)) resolve()
      })
    })
  await shown('before')
  at = 1
  await gateways[0]!.stop()
  await shown('after')
  expect(reasons).toEqual(['"reason":"PositionLost"'])
  // Never a mixture of both.
  expect(new Set(told)).toEqual(new Set(['a1,b1', 'b2,c2']))
  await client.close()
  await gateways[1]!.stop()
  for (const data of datas) await data.close()
})
