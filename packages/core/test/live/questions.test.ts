import { describe, expect, it } from 'vitest'
import { Tail } from '../../src/live/tail.ts'
import { planAggregate } from '../../src/query/plan-aggregate.ts'
import { planLive } from '../../src/query/plan-find.ts'
import { FakeRuntime, settled } from '../support/fake-runtime.ts'
import { failure } from '../support/scripted-adapter.ts'
import { FakeLog, notes } from './fake-log.ts'
import { createFollower } from './follow.ts'

const total = { measures: { total: { sum: 'rank' } } }

function setUp() {
  const log = new FakeLog()
  const runtime = new FakeRuntime()
  const tail = new Tail(log, runtime, 10_000)
  const measure = (query: object = total) => {
    const told: unknown[] = []
    const plan = planAggregate(notes, query)
    const stop = tail.subscribe(plan, ({ rows, status, error }) => {
      told.push(status === 'live' ? rows : (error as { code: string }).code)
    })
    return { told, stop }
  }
  return { log, runtime, tail, measure }
}

const rankUp = (limit: number) => ({ ...total, where: { rank: { gte: limit } } })

async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await settled()
}

describe('what the changes do not tell', () => {
  it('is asked for once, however many listen to the same', async () => {
    const { log, runtime, measure } = setUp()
    log.put('a', 1)
    const all = Array.from({ length: 1_000 }, () => measure())
    await quiet()
    expect(log.snapshots).toBe(1)
    log.put('b', 2)
    await runtime.advance(100)
    expect(log.snapshots).toBe(2)
    for (const { told } of all) expect(told).toEqual([[{ total: 1 }], [{ total: 3 }]])
  })

  it('is asked for in one snapshot by those that a change touches', async () => {
    const { log, runtime, measure } = setUp()
    const all = Array.from({ length: 10 }, (_, n) => measure(rankUp(n)))
    await quiet()
    expect(log.snapshots).toBe(1)
    await runtime.advance(100)
    log.put('a', 4)
    await quiet()
    expect(log.snapshots).toBe(2)
    expect(all.map(({ told }) => told.length)).toEqual([2, 2, 2, 2, 2, 1, 1, 1, 1, 1])
  })

  it('is asked for at once, and then not again before the query has rested', async () => {
    const { log, runtime, tail, measure } = setUp()
    const { told } = measure()
    await runtime.advance(100)
    log.put('a', 1)
    await quiet()
    expect(told).toEqual([[{ total: null }], [{ total: 1 }]])
    for (let rank = 2; rank < 9; rank++) {
      log.put('a', rank)
      await quiet()
    }
    expect(log.snapshots).toBe(2)
    let isDelivered = false
    void tail.delivered().then(() => (isDelivered = true))
    await runtime.advance(19)
    expect([told.length, isDelivered]).toEqual([2, false])
    await runtime.advance(1)
    expect(told.at(-1)).toEqual([{ total: 8 }])
    expect([log.snapshots, isDelivered]).toEqual([3, true])
  })

  it('is rested from for twice as long as it took', async () => {
    const { log, runtime, measure } = setUp()
    let answer = () => {}
    log.answering = new Promise((resolve) => (answer = resolve))
    const { told } = measure()
    await runtime.advance(100)
    answer()
    await quiet()
    expect(told).toEqual([[{ total: null }]])
    log.put('a', 1)
    await runtime.advance(199)
    expect(told).toHaveLength(1)
    await runtime.advance(1)
    expect(told).toEqual([[{ total: null }], [{ total: 1 }]])
  })

  it('keeps nobody waiting for what was committed after he asked', async () => {
    const { log, runtime, tail, measure } = setUp()
    measure()
    measure(rankUp(0))
    await runtime.advance(100)
    let delivered = 0
    // Something is always committed while one of them rests.
    for (let rank = 0; rank < 20; rank++) {
      log.put('a', rank)
      void tail.delivered().then(() => delivered++)
      await runtime.advance(15)
    }
    expect(delivered).toBeGreaterThan(15)
  })

  it('fails alone where the others of its snapshot do not', async () => {
    const { log, runtime, tail, measure } = setUp()
    log.broken.set(3, failure('CorruptValue'))
    const follower = createFollower()
    tail.subscribe(planLive(notes, { limit: 3 }), follower.listener)
    const { told } = measure()
    await quiet()
    expect(told).toEqual([[{ total: null }]])
    expect(follower.events).toMatchObject([{ status: 'error' }])
    log.broken.clear()
    await runtime.advance(6_000)
    expect(follower.events).toMatchObject([{ status: 'error' }, { status: 'live' }])
  })

  it('is not asked for one by one when the database is away', async () => {
    const { log, measure } = setUp()
    log.next.snapshot.push(failure('DatabaseUnavailable'))
    const all = [measure(), measure(rankUp(1)), measure(rankUp(2))]
    await quiet()
    expect(log.snapshots).toBe(1)
    for (const { told } of all) expect(told).toEqual(['DatabaseUnavailable'])
  })

  it('is counted on where it is a count', async () => {
    const { log, measure } = setUp()
    const { told } = measure({ measures: { n: 'count' }, where: { rank: { gt: 1 } } })
    await quiet()
    for (const rank of [1, 2, 3]) {
      log.put('a', rank)
      await quiet()
    }
    log.put('b', 2)
    log.put('a', 0)
    log.put('b', 0)
    await quiet()
    expect(told).toEqual([[{ n: 0 }], [{ n: 1 }], [{ n: 0 }]])
    expect(log.snapshots).toBe(1)
  })

  it('leaves nothing behind when its last listener goes', async () => {
    const { log, runtime, measure } = setUp()
    const { stop } = measure()
    await quiet()
    log.put('a', 1)
    await quiet()
    expect(runtime.pendingTimers).toBe(1)
    stop()
    expect([runtime.pendingTimers, log.watchers.size]).toEqual([0, 0])
  })
})
