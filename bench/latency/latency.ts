import { follow } from './follow.ts'
import { pace, percentile, Stopwatch } from './paced.ts'
import type { Scene } from './scene.ts'

export interface Rounds {
  readonly rounds: number
  /** Writes in a turn, a hundred a second. */
  readonly perTurn: number
}

/** Milliseconds. */
export interface Latency {
  readonly p50: number
  readonly p99: number
}

export interface Latencies {
  readonly one: Latency
  /** To the last of a thousand. */
  readonly many: Latency
  readonly bridge: Latency | undefined
}

export const subscribers = 1_000

/**
 * From a write to the callback of a live query, to the last of a thousand callbacks, and by the
 * bridge where there is one, in turns, so that whatever happens to the machine happens to all. What
 * belongs to the first turns is not counted. The live query stays, as the bridge does: what is timed
 * is not how it begins.
 */
export async function measureLatency(
  { follower, insert, bridge }: Scene,
  { rounds, perTurn }: Rounds,
): Promise<Latencies> {
  const [one, many] = [new Stopwatch(), new Stopwatch()]
  const stopOne = await follow(follower, 1, one)
  for (let round = -1; round < rounds; round++) {
    await pace(one, perTurn, insert)
    const stopMany = await follow(follower, subscribers, many)
    await pace(many, perTurn, insert)
    stopMany()
    if (bridge !== undefined) await pace(bridge.watch, perTurn, (id) => bridge.insert(id))
    if (round < 0) for (const watch of [one, many, bridge?.watch]) watch?.forget()
  }
  stopOne()
  return { one: latencyOf(one), many: latencyOf(many), bridge: bridge && latencyOf(bridge.watch) }
}

function latencyOf({ times }: Stopwatch): Latency {
  return { p50: percentile(times, 50), p99: percentile(times, 99) }
}
