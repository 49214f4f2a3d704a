import { follow } from './follow.ts'
import { pace, Stopwatch } from './paced.ts'
import type { Scene } from './scene.ts'

export interface Rounds {
  readonly rounds: number
  /** Writes in a turn, a hundred a second. */
  readonly perTurn: number
}

/** Milliseconds, of each round. */
export type Turns = readonly (readonly number[])[]

export interface Latencies {
  readonly one: Turns
  /** To the last of a thousand. */
  readonly many: Turns
  /** Empty where there is none. */
  readonly bridge: Turns
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
  const turns = { one: [], many: [], bridge: [] } as Record<keyof Latencies, (readonly number[])[]>
  const stopOne = await follow(follower, 1, one)
  for (let round = -1; round < rounds; round++) {
    turns.one.push(await pace(one, perTurn, insert))
    const stopMany = await follow(follower, subscribers, many)
    turns.many.push(await pace(many, perTurn, insert))
    stopMany()
    if (bridge !== undefined) {
      turns.bridge.push(await pace(bridge.watch, perTurn, (id) => bridge.insert(id)))
    }
    if (round < 0) for (const each of Object.values(turns)) each.length = 0
  }
  stopOne()
  return turns
}
