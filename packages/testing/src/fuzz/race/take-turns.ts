import { systemRuntime } from '@wherry/core'
import { Random } from '../lib/random.ts'
import type { TurnOrder } from '../operation.ts'

/** Resolves when it is the client's turn to take its next step. */
export type Turn = () => Promise<void>

/**
 * Runs clients that wait for their turn before every step, in an order that the seed decides. Who
 * has been let go has `patience` turns of the event loop to come back for the next step before the
 * others go on: its engine may let it wait for one of them. So the order is the seed's wherever
 * engines answer at once, and on servers as far as they answer in time.
 */
export async function takeTurns<T>(
  { seed, patience }: TurnOrder,
  clients: readonly ((turn: Turn) => Promise<T>)[],
): Promise<T[]> {
  const random = new Random(seed)
  const waiting = new Map<number, () => void>()
  const gone = new Set<number>()
  let wake = () => undefined as void
  const running = Promise.all(
    clients.map(async (client, at) => {
      const turn: Turn = () =>
        new Promise((go) => {
          waiting.set(at, go)
          wake()
        })
      try {
        return await client(turn)
      } finally {
        gone.add(at)
        wake()
      }
    }),
  )
  // Whoever fails does so before the others are done, and is told of below.
  running.catch(() => undefined)
  while (gone.size < clients.length) {
    if (waiting.size === 0) {
      await new Promise<void>((resolve) => (wake = resolve))
      continue
    }
    const next = random.pick(Array.from(waiting.keys()).sort((a, b) => a - b))
    const go = waiting.get(next)!
    waiting.delete(next)
    go()
    const isAway = () => !waiting.has(next) && !gone.has(next)
    for (let turns = 0; turns < patience && isAway(); turns++) await eventLoopTurn()
  }
  return running
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => systemRuntime.setImmediate(resolve))
}
