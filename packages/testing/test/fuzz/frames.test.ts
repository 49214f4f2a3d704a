import { describe, expect, it } from 'vitest'
import type { Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { runFrames } from '../../src/fuzz/index.ts'

/** A memory adapter that does something else on one kind of query, which comes up now and then. */
function planted(find: (right: Adapter) => Adapter['find']): readonly (() => Adapter)[] {
  const plant = () => {
    const right = memory()
    const wrong = find(right)
    return new Proxy(right, {
      get(target, name) {
        const member: unknown = target[name as keyof Adapter]
        if (name !== 'find')
          return typeof member === 'function' ? (member.bind(target) as unknown) : member
        return (plan: Parameters<Adapter['find']>[0]) =>
          plan.limit === 3 ? wrong(plan) : right.find(plan)
      },
    })
  }
  return [plant]
}

const everyObject = Object.prototype as object

describe('the fuzz of frames', () => {
  it('finds nothing wrong with the gateway', async () => {
    // How long frames take is for the command to say: other tests keep this machine busy.
    const report = await runFrames({ frames: 3_000, seed: 1, now: () => 0 })
    expect(report).toMatchObject({ frames: 3_000, crashes: 0, failures: [] })
  })

  it('reaches answers, errors and the ends that a frame can bring about', async () => {
    const { endings } = await runFrames({ frames: 3_000, seed: 2 })
    const closes = [4400, 4401, 4403, 4404, 4405].map((code) => `closed with ${code}`)
    const errors = ['InvalidQuery', 'InvalidValue', 'NotFound', 'UnknownField', 'UniqueViolation']
    const messages = ['answer', 'missed', 'pong', 'push', 'reset', 'settled', 'snapshot', 'welcome']
    for (const ending of [...closes, ...errors, ...messages]) {
      expect(endings.get(ending), ending).toBeGreaterThan(0)
    }
  })

  it('draws the same for the same seed', async () => {
    const [one, two] = [
      await runFrames({ frames: 500, seed: 9 }),
      await runFrames({ frames: 500, seed: 9 }),
    ]
    expect(timeless(one.endings)).toEqual(timeless(two.endings))
  })

  it.each<[string, (right: Adapter) => Adapter['find'], RegExp]>([
    [
      'a failure that nobody expected',
      () => async () => Promise.reject(new Error('planted')),
      /internal error|planted/,
    ],
    [
      'a call that is never answered',
      () => () => new Promise(() => undefined),
      /nothing came of the call/,
    ],
    [
      'an error that nobody waits for',
      (right) => (plan) => {
        void Promise.reject(new Error('stray'))
        return right.find(plan)
      },
      /stray/,
    ],
    [
      'a prototype that changes',
      (right) => (plan) => {
        Object.defineProperty(everyObject, 'polluted', { configurable: true, value: 1 })
        return right.find(plan)
      },
      /a prototype has changed/,
    ],
  ])('finds %s', async (_, find, message) => {
    const { crashes, failures } = await runFrames({
      frames: 1_000,
      seed: 1,
      adapters: planted(find),
    })
    Reflect.deleteProperty(everyObject, 'polluted')
    expect(crashes).toBeGreaterThan(0)
    expect(String(failures[0]?.error)).toMatch(message)
  })

  it('finds what is slow every time, and the frame that was', async () => {
    const report = await runSlowly((clock) => (clock.ms += 60))
    expect(report).toMatchObject({ crashes: 0 })
    expect(report.over50ms).toBeGreaterThan(0)
    expect(report.slowest).toBeGreaterThan(50)
    expect(report.failures[0]!.frame).toContain('"limit":3')
  })

  it('does not count what was slow once', async () => {
    let times = 0
    const report = await runSlowly((clock) => (clock.ms += times++ === 0 ? 60 : 0))
    expect(times).toBeGreaterThan(1)
    expect(report).toMatchObject({ crashes: 0, over50ms: 0, slowest: 0 })
  })
})

/** By a clock that stands still but for what a query on it takes, which comes up now and then. */
function runSlowly(take: (clock: { ms: number }) => void) {
  const clock = { ms: 0 }
  const adapters = planted((right) => (plan) => {
    take(clock)
    return right.find(plan)
  })
  return runFrames({ frames: 400, seed: 1, now: () => clock.ms, adapters })
}

/** What comes of a frame by itself: when what is live is told, and how much of it at once, is a matter of time. */
function timeless(endings: ReadonlyMap<string, number>): Map<string, number> {
  const live = new Set(['push', 'snapshot', 'missed', 'reset', 'stalled'])
  return new Map(Array.from(endings).filter(([ending]) => !live.has(ending)))
}
