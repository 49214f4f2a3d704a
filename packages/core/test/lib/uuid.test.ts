import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIdSource } from '../../src/lib/uuid.ts'
import { check } from '../support/check.ts'
import { FakeRuntime } from '../support/fake-runtime.ts'

const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function timeOf(id: string): number {
  return Number.parseInt(id.replace('-', '').slice(0, 12), 16)
}

function expectGrowth(ids: readonly string[]): void {
  const stuck = ids.findIndex((id, index) => index > 0 && id <= ids[index - 1]!)
  expect(ids.slice(Math.max(0, stuck - 1), stuck + 1)).toEqual([])
}

function take(count: number, newId: () => string): string[] {
  return Array.from({ length: count }, newId)
}

describe('createIdSource', () => {
  it('writes UUIDs of version 7 and of the RFC variant, in lowercase', () => {
    for (const id of take(1_000, createIdSource(new FakeRuntime()))) expect(id).toMatch(version7)
  })

  it('puts the milliseconds of the clock first', () => {
    const runtime = new FakeRuntime()
    runtime.nowMs = 0x0123_4567_89ab
    expect(createIdSource(runtime)()).toMatch(/^01234567-89ab-7/)
  })

  it('takes variant and tail from the random source, and every bit of them', () => {
    const runtime = new FakeRuntime()
    runtime.fillRandom = (bytes) => void bytes.fill(0xff)
    expect(createIdSource(runtime)()).toMatch(/-7[0-9a-f]{3}-bfff-ffffffffffff$/)
    runtime.fillRandom = (bytes) => void bytes.fill(0)
    expect(createIdSource(runtime)()).toMatch(/-7000-8000-000000000000$/)
  })

  it('begins each millisecond in the lower half of the counter, so that thousands still fit', () => {
    const runtime = new FakeRuntime()
    const newId = createIdSource(runtime)
    for (let i = 0; i < 500; i++) {
      runtime.nowMs++
      expect(Number.parseInt(newId().slice(15, 18), 16)).toBeLessThan(0x800)
    }
  })

  it('is right from the first millisecond of 1970 on', () => {
    const runtime = new FakeRuntime()
    runtime.nowMs = 0
    const ids = take(3, createIdSource(runtime))
    for (const id of ids) expect(id).toMatch(version7)
    expectGrowth(ids)
  })

  it('grows while the clock stands still, through an overflow of the counter', () => {
    const runtime = new FakeRuntime()
    const ids = take(10_000, createIdSource(runtime))
    expectGrowth(ids)
    expect(timeOf(ids.at(-1)!)).toBeGreaterThan(runtime.nowMs)
    expect(timeOf(ids.at(-1)!)).toBeLessThanOrEqual(runtime.nowMs + 3)
  })

  it('grows when the clock goes back, and follows it again once it has caught up', () => {
    const runtime = new FakeRuntime()
    const newId = createIdSource(runtime)
    const ids = take(2, newId)
    const startMs = runtime.nowMs
    runtime.nowMs = startMs - 3_600_000
    ids.push(...take(5_000, newId))
    runtime.nowMs = startMs + 60_000
    ids.push(newId())
    expectGrowth(ids)
    expect(timeOf(ids.at(-1)!)).toBe(startMs + 60_000)
  })

  it('grows whatever the clock does', () => {
    const jump = fc.oneof(fc.constant(0), fc.integer({ min: -5, max: 5 }), fc.integer())
    const steps = fc.array(fc.tuple(jump, fc.integer({ min: 1, max: 40 })), { maxLength: 30 })
    check(
      fc.property(steps, fc.integer(), (moves, seed) => {
        const runtime = new FakeRuntime(seed)
        const newId = createIdSource(runtime)
        const ids = moves.flatMap(([byMs, count]) => {
          runtime.nowMs = Math.max(0, runtime.nowMs + byMs)
          return take(count, newId)
        })
        expectGrowth(ids)
        for (const id of ids) expect(id).toMatch(version7)
      }),
    )
  })

  it('repeats itself under the same runtime, and only then', () => {
    const idsOf = (seed: number) => take(300, createIdSource(new FakeRuntime(seed)))
    expect(idsOf(7)).toEqual(idsOf(7))
    expect(new Set([...idsOf(7), ...idsOf(8)]).size).toBe(600)
  })
})
