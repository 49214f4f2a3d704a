import { describe, expect, it, onTestFinished } from 'vitest'
import { follow } from '../../bench/latency/follow.ts'
import { pace, percentile, Stopwatch } from '../../bench/latency/paced.ts'
import { openMemoryScene } from '../../bench/latency/scene.ts'

describe('the latency benchmark', () => {
  it('times every write to the last of those who follow', async () => {
    const scene = await openMemoryScene()
    onTestFinished(() => scene.close())
    const watch = new Stopwatch()
    const stop = await follow(scene.follower, 5, watch)
    const times = await pace(watch, 10, scene.insert)
    expect(times).toHaveLength(10)
    expect(Math.min(...times)).toBeGreaterThan(0)
    stop()
  })

  it('waits for what has not been told, and times nothing twice', async () => {
    const watch = new Stopwatch()
    watch.start('a')
    let told: readonly number[] | undefined
    const done = watch.done().then((times) => (told = times))
    watch.stop('b')
    await Promise.resolve()
    expect(told).toBeUndefined()
    watch.stop('a')
    watch.stop('a')
    await done
    expect(told).toHaveLength(1)
    expect(await watch.done()).toEqual([])
  })

  it('tells what so many of a hundred do not exceed', () => {
    const times = Array.from({ length: 200 }, (_, index) => 200 - index)
    expect([50, 99, 100].map((percent) => percentile(times, percent))).toEqual([100, 198, 200])
  })
})
