import { describe, expect, it, vi } from 'vitest'
import { Tail } from '../../src/live/tail.ts'
import { planLive } from '../../src/query/plan-find.ts'
import type { Row } from '../../src/schema/definition.ts'
import { FakeRuntime, settled } from '../support/fake-runtime.ts'
import { failure } from '../support/scripted-adapter.ts'
import { FakeLog, notes } from './fake-log.ts'
import { createFollower } from './follow.ts'

const maxRows = 10_000

function setUp() {
  const log = new FakeLog()
  const runtime = new FakeRuntime()
  const tail = new Tail(log, runtime, maxRows)
  const follow = (query: object = {}) => {
    const follower = createFollower()
    return { ...follower, stop: tail.subscribe(planLive(notes, query), follower.listener) }
  }
  return { log, runtime, tail, follow }
}

/** Whether a promise has resolved by the time that nothing else is left to happen at once. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  void promise.then(() => (done = true))
  for (let turn = 0; turn < 10; turn++) await settled()
  return done
}

describe('delivered()', () => {
  it('resolves at once while nobody listens', async () => {
    const { tail } = setUp()
    await tail.delivered()
  })

  it('resolves when every live query shows what was committed before', async () => {
    const { log, tail, follow } = setUp()
    const [all, few] = [follow(), follow({ where: { rank: { gt: 1 } }, limit: 1 })]
    for (let rank = 0; rank < 20; rank++) {
      log.put(`n${rank % 7}`, rank % 4)
      await tail.delivered()
      expect(all.rows).toHaveLength(log.rows.size)
      expect(few.rows).toEqual(
        [...log.rows.values()]
          .filter((row) => Number(row.rank) > 1)
          .sort(byId)
          .slice(0, 1),
      )
    }
  })

  it('waits for what is committed while a pass is under way', async () => {
    const { log, tail, follow } = setUp()
    const { rows } = follow()
    await tail.delivered()
    let goOn!: () => void
    log.next.read.push(new Promise((resolve) => (goOn = resolve)))
    log.put('a', 1)
    await settled()
    await settled()
    expect(log.next.read).toEqual([])
    log.put('b', 2)
    const delivered = tail.delivered()
    expect(await isDone(delivered)).toBe(false)
    goOn()
    await delivered
    expect(rows).toHaveLength(2)
  })

  it('waits while the database cannot be read, and until it can', async () => {
    const { log, runtime, tail, follow } = setUp()
    const { rows, events } = follow()
    await tail.delivered()
    log.next.read.push(failure('DatabaseUnavailable'))
    log.next.snapshot.push(failure('DatabaseUnavailable'))
    log.put('a', 1)
    const delivered = tail.delivered()
    expect(await isDone(delivered)).toBe(false)
    await runtime.drive(delivered)
    expect(rows).toHaveLength(1)
    expect(events.map(({ status }) => status)).toEqual(['live', 'error', 'live'])
  })

  it('does not wait for a query whose own table is broken', async () => {
    const { log, tail, follow } = setUp()
    log.broken.set(3, failure('CorruptValue'))
    const [works, broken] = [follow(), follow({ limit: 3 })]
    log.put('a', 1)
    await tail.delivered()
    expect(works.rows).toHaveLength(1)
    expect(broken.events.map(({ status }) => status)).toEqual(['error'])
    log.put('b', 1)
    await tail.delivered()
    expect(works.rows).toHaveLength(2)
    tail.stop()
  })

  it('resolves when the tail is stopped, or the last subscriber goes', async () => {
    for (const end of ['stop', 'unsubscribe']) {
      const { log, tail, follow } = setUp()
      const { stop } = follow()
      log.next.snapshot.push(new Promise(() => undefined))
      const delivered = tail.delivered()
      expect(await isDone(delivered)).toBe(false)
      if (end === 'stop') tail.stop()
      else stop()
      await delivered
    }
  })
})

describe('a failure', () => {
  it('is told once, with the rows that were told last, and is over with a live event', async () => {
    const { log, runtime, tail, follow } = setUp()
    const { events, rows } = follow()
    log.put('a', 1)
    await tail.delivered()
    const error = failure('DatabaseUnavailable')
    log.batchSize = 1
    // The second half of what is new cannot be read: nobody is shown the first one.
    log.next.read.push(Promise.resolve(), error)
    log.next.snapshot.push(error, error, error)
    log.put('b', 2)
    log.put('c', 3)
    const delivered = tail.delivered()
    expect(await isDone(delivered)).toBe(false)
    expect(events.at(-1)).toEqual({
      rows: [{ id: 'a', rank: 1 }],
      changes: [],
      status: 'error',
      error,
    })
    await runtime.drive(delivered)
    expect(events.map(({ status }) => status)).toEqual(['live', 'error', 'live'])
    expect(rows).toHaveLength(3)
    tail.stop()
    expect(runtime.pendingTimers).toBe(0)
  })

  it('ends with a live event even where nothing has changed', async () => {
    const { log, runtime, tail, follow } = setUp()
    const { events } = follow()
    await tail.delivered()
    log.next.read.push(failure('LockTimeout'))
    log.wake()
    await runtime.drive(tail.delivered())
    expect(events.map(({ status }) => status)).toEqual(['live', 'error', 'live'])
    expect(events[2]).toMatchObject({ rows: [], changes: [], position: 'log:0' })
  })

  it('is told to who comes while it lasts, before there were any rows', async () => {
    const { log, runtime, tail, follow } = setUp()
    log.put('a', 1)
    log.next.snapshot.push(failure('DatabaseUnavailable'))
    const first = follow()
    await isDone(tail.delivered())
    const second = follow()
    const delivered = tail.delivered()
    expect(await isDone(delivered)).toBe(false)
    await runtime.drive(delivered)
    for (const { events } of [first, second]) {
      expect(events.map(({ status }) => status)).toEqual(['error', 'live'])
    }
  })

  it('of one query leaves the others live, and is tried again by itself', async () => {
    const { log, runtime, tail, follow } = setUp()
    log.broken.set(3, failure('CorruptValue'))
    const [works, broken] = [follow(), follow({ limit: 3 })]
    for (let rank = 0; rank < 5; rank++) {
      log.put('a', rank)
      await tail.delivered()
    }
    expect(works.events).toHaveLength(5)
    expect(broken.events).toHaveLength(1)
    log.broken.clear()
    const asked = log.snapshots
    await runtime.advance(6_000)
    expect(log.snapshots).toBe(asked + 1)
    expect(broken.rows).toEqual(works.rows)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('that lasts is tried again ever less often, and never sooner for commits', async () => {
    const { log, runtime, tail, follow } = setUp()
    runtime.random = () => 0.999
    log.broken.set(maxRows + 1, failure('DatabaseUnavailable'))
    const { events } = follow()
    for (let second = 0; second < 60; second++) {
      log.put('a', second)
      await runtime.advance(1_000)
    }
    expect(log.snapshots).toBeGreaterThan(10)
    expect(log.snapshots).toBeLessThan(20)
    expect(events).toHaveLength(1)
    tail.stop()
    expect(runtime.pendingTimers).toBe(0)
  })

  it('that comes after the end leaves nothing running', async () => {
    const { log, runtime, tail, follow } = setUp()
    const { events } = follow()
    let fail!: (error: Error) => void
    log.next.snapshot.push(new Promise((_, reject) => (fail = reject)))
    await settled()
    tail.stop()
    fail(failure('NotConnected'))
    for (let turn = 0; turn < 5; turn++) await settled()
    expect(events).toEqual([])
    expect(runtime.pendingTimers).toBe(0)
    expect(log.watchers.size).toBe(0)
  })
})

describe('a lost position', () => {
  it('makes the windows ask anew, and says only what has changed', async () => {
    const { log, tail, follow } = setUp()
    const { events } = follow()
    log.put('a', 1)
    await tail.delivered()
    log.next.read.push(failure('PositionLost'))
    log.put('b', 2)
    await tail.delivered()
    expect(events.map(({ status, changes }) => [status, changes.length])).toEqual([
      ['live', 0],
      ['live', 1],
    ])
  })
})

describe('a pass', () => {
  it('reads on through changes that concern nobody', async () => {
    const { log, tail, follow } = setUp()
    const { rows } = follow()
    await tail.delivered()
    log.batchSize = 1
    const read = log.read.bind(log)
    // As a log does whose entries are of collections that the schema does not have.
    vi.spyOn(log, 'read').mockImplementation(async (after, upTo) => {
      const batch = await read(after, upTo)
      return { ...batch, changes: batch.changes.filter(({ row }) => row?.rank !== 0) }
    })
    for (let n = 0; n < 5; n++) log.put(`n${n}`, 0)
    log.put('a', 1)
    await tail.delivered()
    expect(rows).toEqual([{ id: 'a', rank: 1 }])
  })

  it('tells what it has read, though more is committed while it reads, without end', async () => {
    const { log, tail, follow } = setUp()
    const { events } = follow()
    await tail.delivered()
    const read = log.read.bind(log)
    let reads = 0
    vi.spyOn(log, 'read').mockImplementation(async (after, upTo) => {
      const batch = await read(after, upTo)
      if (++reads < 50) log.put('a', reads)
      return batch
    })
    const told = new Promise<void>((resolve) => {
      tail.subscribe(planLive(notes), ({ rows }) => rows[0]?.rank === 2 && resolve())
    })
    log.put('a', 0)
    await told
    expect(reads).toBeLessThan(10)
    expect(events.length).toBeGreaterThan(2)
    tail.stop()
  })

  it('tells commits of one turn in one event, and a transaction never by halves', async () => {
    const { log, tail, follow } = setUp()
    const { events } = follow()
    await tail.delivered()
    log.batchSize = 2
    for (let n = 0; n < 9; n++) log.put(`n${n}`, n)
    await tail.delivered()
    expect(events.map(({ changes }) => changes.length)).toEqual([0, 9])
  })
})

describe('a listener', () => {
  it('may end itself, others, and everything, and nobody ended is told any more', async () => {
    const { log, tail, follow } = setUp()
    const told: string[] = []
    const stops: (() => void)[] = []
    for (const name of ['a', 'b', 'c']) {
      stops.push(
        tail.subscribe(planLive(notes), ({ changes }) => {
          told.push(name)
          if (name === 'a') stops[1]!()
          if (changes.length > 0) tail.stop()
        }),
      )
    }
    await tail.delivered()
    expect(told).toEqual(['a', 'c'])
    log.put('a', 1)
    await tail.delivered()
    await isDone(tail.delivered())
    expect(told).toEqual(['a', 'c', 'a'])
    for (const stop of stops) stop()
    const { rows } = follow()
    await tail.delivered()
    expect(rows).toHaveLength(1)
  })

  it('may subscribe, to the same and to others, and gets the rows as they are then', async () => {
    const { log, tail } = setUp()
    const inner = [createFollower(), createFollower()]
    let isFirst = true
    log.put('a', 1)
    tail.subscribe(planLive(notes), () => {
      if (!isFirst) return
      isFirst = false
      tail.subscribe(planLive(notes), inner[0]!.listener)
      tail.subscribe(planLive(notes, { limit: 5 }), inner[1]!.listener)
    })
    await tail.delivered()
    await tail.delivered()
    log.put('b', 2)
    await tail.delivered()
    for (const { events, rows } of inner) {
      expect(rows).toHaveLength(2)
      expect(events).toHaveLength(2)
    }
  })

  it('is told of each event once, though it subscribes twice to the same', async () => {
    const { log, tail, follow } = setUp()
    const [one, two] = [follow(), follow()]
    log.put('a', 1)
    await tail.delivered()
    expect(log.snapshots).toBe(1)
    expect([one.events.length, two.events.length]).toEqual([1, 1])
    expect(one.events[0]!.rows).toBe(two.events[0]!.rows)
  })

  it('that comes while another query is asked anew gets its rows from then', async () => {
    const { log, tail, follow } = setUp()
    let goOn!: () => void
    log.next.snapshot.push(new Promise((resolve) => (goOn = resolve)))
    const first = follow()
    await settled()
    const second = follow({ limit: 2 })
    log.put('a', 1)
    goOn()
    await tail.delivered()
    expect([first.rows, second.rows]).toEqual([[{ id: 'a', rank: 1 }], [{ id: 'a', rank: 1 }]])
  })
})

function byId(a: Row, b: Row): number {
  return String(a.id) < String(b.id) ? -1 : 1
}
