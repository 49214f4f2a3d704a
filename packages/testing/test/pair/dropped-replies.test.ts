import { createDataService, isWherryError } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { sqlite } from '@wherry/core/sqlite'
import { createClock, createPair, type Fate } from '@wherry/testing'
import { describe, expect, it } from 'vitest'

const schema = defineSchema({
  effects: collection({ id: t.id(), mutation: t.int() }),
  counters: collection({ id: t.id(), n: t.int(), version: t.version() }),
})

const count = 1_000
const seed = 20_260_131

const engines = { memory: () => memory(), sqlite: () => sqlite({ file: ':memory:' }) }

describe.each(Object.entries(engines))('over a wire that breaks, on %s', (_, engine) => {
  it(`each of ${count} mutations is applied once (seed ${seed})`, async () => {
    const clock = createClock({ seed })
    const { runtime } = clock
    const data = createDataService({ schema, databases: [engine()], runtime })
    await data.connect()
    await data.counters.insert({ id: 'c', n: 0 })
    const lost = { requests: 0, replies: 0 }
    const tap = (direction: 'up' | 'down', frame: string): Fate => {
      // The welcome passes, so that there is something to lose.
      const isCall = direction === 'up' ? frame.includes('mutate') : frame.includes('answer')
      if (!isCall || runtime.random() > 0.3) return 'deliver'
      lost[direction === 'up' ? 'requests' : 'replies']++
      return 'cut'
    }
    const pair = createPair({ data, runtime, tap })

    const write = async (mutation: number) => {
      await pair.client.effects.insert({ mutation })
      await pair.client.counters.update('c', { n: { increment: 1 } })
    }
    const progress = { isDone: false }
    const writeAll = async () => {
      for (let next = 0; next < count / 2; next++) await write(next)
    }
    const all = writeAll().finally(() => (progress.isDone = true))
    // Awaited below; until then its failure is no unhandled one.
    all.catch(() => undefined)
    while (!progress.isDone) await clock.advance(20_000)
    await all

    expect(lost.requests).toBeGreaterThan(100)
    expect(lost.replies).toBeGreaterThan(100)
    const groups = await data.effects.aggregate({
      groupBy: ['mutation'],
      measures: { n: 'count' },
      having: { n: { ne: 1 } },
    })
    expect(groups).toEqual([])
    expect(await data.effects.count()).toBe(count / 2)
    expect(await data.counters.get('c')).toMatchObject({ n: count / 2, version: count / 2 + 1 })
    await pair.close()
    await data.close()
  })

  it('a client that gives up says of what it sent that it does not know', async () => {
    const clock = createClock()
    const { runtime } = clock
    const data = createDataService({ schema, databases: [engine()], runtime })
    await data.connect()
    const tap = (_direction: string, frame: string): Fate =>
      frame.includes('answer') ? 'drop' : 'deliver'
    const pair = createPair({ data, runtime, tap })
    const insert = pair.client.effects.insert({ mutation: 1 })
    const failed = insert.then(
      () => undefined,
      (error: unknown) => error,
    )
    await clock.advance(30_000)
    const error = await failed
    expect(isWherryError(error) && { code: error.code, ...error.details }).toMatchObject({
      code: 'UnknownOutcome',
      outcome: 'unknown',
      mutationId: insert.id,
    })
    expect(await data.effects.count()).toBe(1)
    await pair.close()
    await data.close()
  })
})
