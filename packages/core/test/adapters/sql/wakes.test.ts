import { describe, expect, it } from 'vitest'
import { Wakes } from '../../../src/adapters/sql/server/wakes.ts'
import { FakeRuntime } from '../../support/fake-runtime.ts'

const pauses = { shortestMs: 10, longestMs: 500 }

function createWakes() {
  const runtime = new FakeRuntime()
  return { runtime, wakes: new Wakes(() => runtime, pauses) }
}

/** A watcher that notes when it was woken. */
function watcher(runtime: FakeRuntime) {
  const wokenMs: number[] = []
  return { wokenMs, onCommit: () => void wokenMs.push(runtime.monotonic()) }
}

describe('wakes', () => {
  it('come less and less often while nothing happens, but not less often than they may', async () => {
    const { runtime, wakes } = createWakes()
    const { wokenMs, onCommit } = watcher(runtime)
    wakes.watch(onCommit)
    await runtime.advance(2_200)
    expect(wokenMs).toEqual([0, 10, 30, 70, 150, 310, 630, 1_130, 1_630, 2_130])
  })

  it('come at once with news, and soon again after it', async () => {
    const { runtime, wakes } = createWakes()
    const { wokenMs, onCommit } = watcher(runtime)
    wakes.watch(onCommit)
    await runtime.advance(1_200)
    wokenMs.length = 0
    wakes.wake()
    expect(wokenMs).toEqual([1_200])
    await runtime.advance(40)
    expect(wokenMs).toEqual([1_200, 1_210, 1_230])
  })

  it('come soon after a reader has found something, though not by that alone', async () => {
    const { runtime, wakes } = createWakes()
    const { wokenMs, onCommit } = watcher(runtime)
    wakes.watch(onCommit)
    await runtime.advance(1_200)
    wokenMs.length = 0
    wakes.found()
    expect(wokenMs).toEqual([])
    await runtime.advance(10)
    expect(wokenMs).toEqual([1_210])
  })

  it('come often for as long as a reader is alert, though nothing happens', async () => {
    const { runtime, wakes } = createWakes()
    const { wokenMs, onCommit } = watcher(runtime)
    wakes.watch(onCommit)
    await runtime.advance(1_200)
    wokenMs.length = 0
    wakes.alert(30)
    await runtime.advance(100)
    expect(wokenMs).toEqual([1_210, 1_220, 1_230, 1_250, 1_290])
  })

  it('reach everybody who watches, and nobody who has left', async () => {
    const { runtime, wakes } = createWakes()
    const [one, two] = [watcher(runtime), watcher(runtime)]
    const endOne = wakes.watch(one.onCommit)
    const endTwo = wakes.watch(two.onCommit)
    wakes.wake()
    endOne()
    wakes.wake()
    expect([one.wokenMs, two.wokenMs]).toEqual([
      [0, 0],
      [0, 0],
    ])
    endTwo()
    expect(wakes.isWatched).toBe(false)
    expect(runtime.pendingTimers).toBe(0)
    wakes.wake()
    wakes.found()
    expect(runtime.pendingTimers).toBe(0)
    expect(two.wokenMs).toHaveLength(2)
  })

  it('end when they are closed, and whoever leaves after that has left already', async () => {
    const { runtime, wakes } = createWakes()
    const { wokenMs, onCommit } = watcher(runtime)
    const end = wakes.watch(onCommit)
    wakes.close()
    wakes.wake()
    end()
    await runtime.advance(1_000)
    expect(wokenMs).toEqual([0])
    expect(wakes.isWatched).toBe(false)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('begin anew for who comes after all have left', async () => {
    const { runtime, wakes } = createWakes()
    wakes.watch(() => undefined)()
    await runtime.advance(1_000)
    const { wokenMs, onCommit } = watcher(runtime)
    wakes.watch(onCommit)
    await runtime.advance(30)
    expect(wokenMs).toEqual([1_000, 1_010, 1_030])
  })
})
