import { describe, expect, it } from 'vitest'
import { Pool, type Poolable } from '../../../src/adapters/sql/server/pool.ts'
import { FakeRuntime, settled } from '../../support/fake-runtime.ts'
import { rejectionOf } from '../../support/errors.ts'

/** A connection that notes what becomes of it. */
class Fake implements Poolable {
  readonly name: number
  isUsable = true
  end: 'closed' | 'destroyed' | undefined

  constructor(name: number) {
    this.name = name
  }

  async close(): Promise<void> {
    this.#end('closed')
  }

  destroy(): void {
    this.#end('destroyed')
  }

  #end(how: 'closed' | 'destroyed'): void {
    this.isUsable = false
    this.end ??= how
  }
}

interface Attempt {
  readonly opens: () => void
  readonly fails: (error: Error) => void
}

/** A pool whose connections open at once or, where a test wants to say when, by hand. */
function createPool({ max = 3, byHand = false } = {}) {
  const runtime = new FakeRuntime()
  const opened: Fake[] = []
  const attempts: Attempt[] = []
  const open = () => {
    const next = () => {
      const connection = new Fake(opened.length)
      opened.push(connection)
      return connection
    }
    if (!byHand) return Promise.resolve(next())
    return new Promise<Fake>((resolve, reject) => {
      attempts.push({ opens: () => resolve(next()), fails: reject })
    })
  }
  const settings = { max, idleTimeoutMs: 1_000, acquireTimeoutMs: 100 }
  const pool = new Pool(open, settings, runtime)
  const acquire = async () => pool.acquire()
  return { runtime, opened, attempts, pool, acquire }
}

/** The names of the connections in the order in which callers get them. */
function queue(acquire: () => Promise<Fake>, count: number) {
  const served: number[] = []
  const calls = Array.from({ length: count }, async (_each, caller) => {
    const connection = await acquire()
    served.push(caller)
    return connection
  })
  return { served, calls }
}

describe('a pool', () => {
  it('opens as many connections as are wanted at once, up to its maximum', async () => {
    const { pool, acquire, opened } = createPool()
    const [a, b] = [await acquire(), await acquire()]
    expect(a).not.toBe(b)
    expect(pool.stats()).toEqual({ total: 2, idle: 0, active: 2, waiting: 0 })
    await acquire()
    const waiting = acquire()
    await settled()
    expect(pool.stats()).toEqual({ total: 3, idle: 0, active: 3, waiting: 1 })
    pool.release(b)
    expect(await waiting).toBe(b)
    expect(opened).toHaveLength(3)
  })

  it('gives the one that was used last', async () => {
    const { pool, acquire } = createPool()
    const [a, b, c] = [await acquire(), await acquire(), await acquire()]
    for (const connection of [b, a, c]) pool.release(connection)
    expect([await acquire(), await acquire(), await acquire()]).toEqual([c, a, b])
  })

  it('serves who waits in the order of their coming', async () => {
    const { pool, acquire } = createPool({ max: 1 })
    const first = await acquire()
    const { served, calls } = queue(acquire, 5)
    pool.release(first)
    for (const call of calls) pool.release(await call)
    expect(served).toEqual([0, 1, 2, 3, 4])
    expect(pool.stats()).toEqual({ total: 1, idle: 1, active: 0, waiting: 0 })
  })

  it('says after the time-out that all are at work, and goes on without who left', async () => {
    const { pool, acquire, runtime } = createPool({ max: 1 })
    const first = await acquire()
    const refused = rejectionOf(acquire)
    await runtime.advance(50)
    const patient = acquire()
    await runtime.advance(50)
    expect(await refused).toMatchObject({
      code: 'DatabaseUnavailable',
      message: expect.stringMatching(/within 100 ms \(1 of 1 are at work\)/),
      details: { outcome: 'not-applied' },
    })
    pool.release(first)
    expect(await patient).toBe(first)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('tells a failure to open to one caller each, and tries anew for the next', async () => {
    const { pool, acquire, attempts } = createPool({ max: 2, byHand: true })
    const calls = [acquire(), acquire(), acquire()]
    const refusals = calls.slice(0, 2).map((call) => expect(call).rejects.toThrow(/refused [01]/))
    await settled()
    expect(attempts).toHaveLength(2)
    attempts[0]!.fails(new Error('refused 0'))
    attempts[1]!.fails(new Error('refused 1'))
    await Promise.all(refusals)
    await settled()
    expect(attempts).toHaveLength(3)
    attempts[2]!.opens()
    expect((await calls[2]!).isUsable).toBe(true)
    expect(pool.stats()).toEqual({ total: 1, idle: 0, active: 1, waiting: 0 })
  })

  it('says at once that no connection can be opened, although others are at work', async () => {
    const { acquire, attempts } = createPool({ max: 3, byHand: true })
    const first = acquire()
    attempts[0]!.opens()
    await first
    const refused = expect(acquire()).rejects.toThrow('too many clients')
    attempts[1]!.fails(new Error('too many clients'))
    await refused
  })

  it('keeps a connection that comes when nobody waits any more', async () => {
    const { pool, acquire, attempts, runtime } = createPool({ byHand: true })
    const late = rejectionOf(acquire)
    await runtime.advance(100)
    expect(await late).toMatchObject({
      code: 'DatabaseUnavailable',
      message: expect.stringMatching(/did not accept a connection within 100 ms/),
    })
    attempts[0]!.opens()
    await settled()
    expect(pool.stats()).toEqual({ total: 1, idle: 1, active: 0, waiting: 0 })
  })

  it('replaces a connection that broke, idle or at work', async () => {
    const { pool, acquire, opened } = createPool({ max: 1 })
    const first = await acquire()
    const waiting = acquire()
    first.isUsable = false
    pool.release(first)
    const second = await waiting
    expect(second).not.toBe(first)
    expect(first.end).toBe('destroyed')
    pool.release(second)
    second.isUsable = false
    expect(await acquire()).toBe(opened[2])
    expect(pool.stats()).toEqual({ total: 1, idle: 0, active: 1, waiting: 0 })
  })

  it('closes who was idle too long, and lets the others be', async () => {
    const { pool, acquire, runtime } = createPool()
    const [a, b] = [await acquire(), await acquire()]
    pool.release(a)
    await runtime.advance(600)
    pool.release(b)
    await runtime.advance(400)
    expect([a.end, b.end]).toEqual(['closed', undefined])
    expect(await acquire()).toBe(b)
    await runtime.advance(10_000)
    expect(b.end).toBe(undefined)
    expect(runtime.pendingTimers).toBe(0)
  })
})

describe('a pool that is closed', () => {
  it('waits for who is at work, closes who is idle, and refuses who waits or comes', async () => {
    const { pool, acquire, runtime } = createPool({ max: 2 })
    const [a, b] = [await acquire(), await acquire()]
    pool.release(b)
    await acquire()
    const waiting = rejectionOf(acquire)
    const closing = pool.close(5_000)
    expect((await waiting).code).toBe('NotConnected')
    expect((await rejectionOf(acquire)).code).toBe('NotConnected')
    await runtime.advance(4_999)
    pool.release(a)
    pool.release(b)
    await closing
    expect([a.end, b.end]).toEqual(['destroyed', 'destroyed'])
    expect(pool.stats()).toEqual({ total: 0, idle: 0, active: 0, waiting: 0 })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('ends who is still at work after the grace', async () => {
    const { pool, acquire, runtime } = createPool()
    const [a, b] = [await acquire(), await acquire()]
    pool.release(b)
    const closing = pool.close(5_000)
    await runtime.advance(5_000)
    await closing
    expect([a.end, b.end]).toEqual(['destroyed', 'closed'])
    pool.release(a)
    expect(pool.stats()).toEqual({ total: 0, idle: 0, active: 0, waiting: 0 })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('waits for what is being opened, so that nothing of it is left', async () => {
    const { pool, acquire, attempts, opened, runtime } = createPool({ byHand: true })
    const refused = [rejectionOf(acquire), rejectionOf(acquire)]
    let isClosed = false
    const closing = pool.close(5_000).then(() => (isClosed = true))
    expect((await refused[0]!).code).toBe('NotConnected')
    expect((await refused[1]!).code).toBe('NotConnected')
    attempts[0]!.opens()
    await settled()
    expect(isClosed).toBe(false)
    attempts[1]!.fails(new Error('refused'))
    await closing
    expect(opened[0]!.end).toBe('destroyed')
    expect(pool.stats()).toEqual({ total: 0, idle: 0, active: 0, waiting: 0 })
    expect(runtime.pendingTimers).toBe(0)
  })
})
