import { systemRuntime, type Runtime } from '@wherry/core'
import { Random } from './random.ts'

/** A runtime whose clock stands where it is put and whose chance follows a seed. */
export interface FuzzRuntime extends Runtime {
  nowMs: number
  /** Begins the chance anew: engines draw differently to connect, and alike from then on. */
  rewind(): void
}

export const startMs = 1_700_000_000_000

/**
 * Two services with runtimes of one seed make the same ids and the same times. Timers are the
 * host's: they only end what hangs, and no outcome that is compared depends on them.
 */
export function createFuzzRuntime(seed: number): FuzzRuntime {
  let random = new Random(seed, 1)
  return {
    ...systemRuntime,
    nowMs: startMs,
    rewind: () => void (random = new Random(seed, 1)),
    now() {
      return this.nowMs
    },
    random: () => random.below(2 ** 30) / 2 ** 30,
    fillRandom(bytes) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = random.byte()
    },
  }
}
