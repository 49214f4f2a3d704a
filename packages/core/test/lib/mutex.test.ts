import { describe, expect, it } from 'vitest'
import { Mutex } from '../../src/lib/mutex.ts'
import { FakeRuntime } from '../support/fake-runtime.ts'
import { rejectionOf } from '../support/errors.ts'

function startWaiting(mutex: Mutex, runtime: FakeRuntime, timeoutMs = 100) {
  const entered: number[] = []
  const refused: number[] = []
  const wait = (name: number) =>
    mutex.acquire(runtime, timeoutMs).then(
      () => entered.push(name),
      () => refused.push(name),
    )
  return { entered, refused, waits: [1, 2, 3].map(wait) }
}

describe('Mutex', () => {
  it('lets the first one in at once, without a timer', async () => {
    const runtime = new FakeRuntime()
    const mutex = new Mutex()
    await mutex.acquire(runtime, 100)
    expect(mutex.held).toBe(true)
    expect(runtime.delaysMs).toEqual([])
  })

  it('lets the others in one by one, in the order of their arrival', async () => {
    const runtime = new FakeRuntime()
    const mutex = new Mutex()
    await mutex.acquire(runtime, 100)
    const { entered } = startWaiting(mutex, runtime)
    for (const so of [[], [1], [1, 2], [1, 2, 3]]) {
      expect(entered).toEqual(so)
      expect(mutex.waiting).toBe(3 - so.length)
      mutex.release()
      await runtime.advance(0)
    }
    expect(mutex.held).toBe(false)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('lets nobody overtake those who wait', async () => {
    const runtime = new FakeRuntime()
    const mutex = new Mutex()
    await mutex.acquire(runtime, 100)
    const { entered } = startWaiting(mutex, runtime)
    mutex.release()
    expect(mutex.tryAcquire()).toBe(false)
    await runtime.advance(0)
    expect(entered).toEqual([1])
  })

  it('refuses with LockTimeout who has waited too long, and not before', async () => {
    const runtime = new FakeRuntime()
    const mutex = new Mutex()
    await mutex.acquire(runtime, 100)
    const { entered, refused } = startWaiting(mutex, runtime)
    await runtime.advance(99)
    expect(refused).toEqual([])
    await runtime.advance(1)
    expect(refused).toEqual([1, 2, 3])
    expect(mutex.waiting).toBe(0)
    mutex.release()
    await runtime.advance(0)
    expect(entered).toEqual([])
    expect(mutex.held).toBe(false)
  })

  it('says how long it waited, that nothing was applied and that trying again may help', async () => {
    const runtime = new FakeRuntime()
    const mutex = new Mutex()
    expect(mutex.tryAcquire()).toBe(true)
    const error = await rejectionOf(() => runtime.drive(mutex.acquire(runtime, 250)))
    expect(error).toMatchObject({ code: 'LockTimeout', details: { outcome: 'not-applied' } })
    expect(error.retryable).toBe(true)
    expect(error.message).toContain('250 ms')
  })

  it('passes over those who gave up, to the next who did not', async () => {
    const runtime = new FakeRuntime()
    const mutex = new Mutex()
    await mutex.acquire(runtime, 100)
    const impatient = startWaiting(mutex, runtime, 10)
    const patient = startWaiting(mutex, runtime, 1_000)
    await runtime.advance(10)
    mutex.release()
    await runtime.advance(0)
    expect(impatient).toMatchObject({ entered: [], refused: [1, 2, 3] })
    expect(patient.entered).toEqual([1])
  })

  it('does not refuse later who was let in', async () => {
    const runtime = new FakeRuntime()
    const mutex = new Mutex()
    await mutex.acquire(runtime, 100)
    const { entered, refused, waits } = startWaiting(mutex, runtime)
    for (let i = 0; i < 3; i++) mutex.release()
    await runtime.advance(1_000)
    await Promise.all(waits)
    expect(entered).toEqual([1, 2, 3])
    expect(refused).toEqual([])
  })
})
