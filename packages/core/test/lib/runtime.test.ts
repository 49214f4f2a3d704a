import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, sleep, systemRuntime } from '../../src/lib/runtime.ts'
import { check } from '../support/check.ts'
import { FakeRuntime } from '../support/fake-runtime.ts'

describe('backoffMs', () => {
  it('stays within [0, min(cap, base * 2^attempt)), whatever chance says', () => {
    const attempt = fc.nat({ max: 5_000 })
    const bound = fc.double({ min: 0.001, max: 1e6, noNaN: true })
    check(
      fc.property(attempt, bound, bound, fc.integer(), (n, baseMs, capMs, seed) => {
        const delayMs = backoffMs(new FakeRuntime(seed), n, baseMs, capMs)
        expect(delayMs).toBeGreaterThanOrEqual(0)
        expect(delayMs).toBeLessThan(Math.min(capMs, baseMs * 2 ** n))
      }),
    )
  })

  it('uses the whole of that range', () => {
    const runtime = new FakeRuntime()
    const delaysMs = Array.from({ length: 1_000 }, () => backoffMs(runtime, 3, 10, 1_000))
    expect(Math.min(...delaysMs)).toBeLessThan(2)
    expect(Math.max(...delaysMs)).toBeGreaterThan(78)
  })

  it('doubles with each attempt until the cap', () => {
    const runtime = new FakeRuntime()
    runtime.random = () => 0.5
    const delaysMs = [0, 1, 2, 3, 4].map((attempt) => backoffMs(runtime, attempt, 10, 100))
    expect(delaysMs).toEqual([5, 10, 20, 40, 50])
  })
})

describe('sleep', () => {
  it('lasts as long as it was told, by the runtime it was given', async () => {
    const runtime = new FakeRuntime()
    let awake = false
    void sleep(runtime, 50).then(() => (awake = true))
    await runtime.advance(49)
    expect(awake).toBe(false)
    await runtime.advance(1)
    expect(awake).toBe(true)
    expect(runtime.pendingTimers).toBe(0)
  })
})

describe('systemRuntime', () => {
  it('tells the time of the host', () => {
    const beforeMs = Date.now()
    expect(systemRuntime.now()).toBeGreaterThanOrEqual(beforeMs)
    expect(systemRuntime.now()).toBeLessThanOrEqual(Date.now())
    const startMs = systemRuntime.monotonic()
    expect(systemRuntime.monotonic()).toBeGreaterThanOrEqual(startMs)
  })

  it('fires timers, but not those that were cleared', async () => {
    const fired: string[] = []
    const timer = systemRuntime.setTimeout(() => fired.push('cleared'), 0)
    systemRuntime.clearTimeout(timer)
    await sleep(systemRuntime, 1)
    expect(fired).toEqual([])
  })

  it('draws numbers in [0, 1) and fills arrays', () => {
    const random = systemRuntime.random()
    expect(random).toBeGreaterThanOrEqual(0)
    expect(random).toBeLessThan(1)
    const bytes = new Uint8Array(64)
    systemRuntime.fillRandom(bytes)
    expect(bytes.some((byte) => byte !== 0)).toBe(true)
  })
})
