import { systemRuntime, type Runtime } from '@wherry/core'
import { startTime } from './scenario.ts'

/** The host's timers and randomness with a wall clock that moves when a scenario says so. */
export interface Clock {
  readonly runtime: Runtime
  advance(ms: number): void
}

export function createClock(): Clock {
  let nowMs = Date.parse(startTime)
  return {
    runtime: { ...systemRuntime, now: () => nowMs },
    advance(ms) {
      nowMs += ms
    },
  }
}
