import { systemRuntime, type Runtime, type Timer } from '@wherry/core'

/** Time that stands until it is moved, and chance that follows a seed. */
export interface Clock {
  readonly runtime: Runtime
  /**
   * Lets so much time go by, in milliseconds: timers ring when and in the order that they are due,
   * and after each, all is done that follows from it without waiting.
   */
  advance(ms: number): Promise<void>
}

interface Pending {
  readonly dueMs: number
  readonly ring: () => void
}

/** Makes a clock. `startMs`: milliseconds since 1970, default 2026-01-01. `seed`: of its chance. */
export function createClock(options: { startMs?: number; seed?: number } = {}): Clock {
  const { startMs = Date.UTC(2026, 0, 1), seed = 1 } = options
  let elapsedMs = 0
  let immediates = 0
  let state = seed
  const timers = new Map<Timer, Pending>()

  /** Mulberry32 (T. Ettinger, 2017): few lines, and every seed has a sequence of its own. */
  const random = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const runtime: Runtime = {
    now: () => Math.floor(startMs + elapsedMs),
    monotonic: () => elapsedMs,
    setTimeout(ring, delayMs) {
      const timer = {}
      timers.set(timer, { dueMs: elapsedMs + Math.max(0, delayMs), ring })
      return timer
    },
    clearTimeout: (timer) => void timers.delete(timer),
    setImmediate(callback) {
      immediates++
      systemRuntime.setImmediate(() => {
        immediates--
        callback()
      })
    },
    random,
    fillRandom(bytes) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(random() * 256)
    },
  }

  /** Promises are done within a turn; what asked for a later turn gets it. */
  const settle = async () => {
    const isBusy = () => immediates > 0
    do await new Promise<void>((resolve) => systemRuntime.setImmediate(resolve))
    while (isBusy())
  }

  return {
    runtime,
    async advance(ms) {
      const endMs = elapsedMs + ms
      await settle()
      for (let next = nextDue(timers, endMs); next; next = nextDue(timers, endMs)) {
        const [timer, { dueMs, ring }] = next
        timers.delete(timer)
        elapsedMs = dueMs
        ring()
        await settle()
      }
      elapsedMs = endMs
    },
  }
}

/** The earliest timer that is due by then; of several the oldest. */
function nextDue(timers: ReadonlyMap<Timer, Pending>, endMs: number): [Timer, Pending] | undefined {
  let next: [Timer, Pending] | undefined
  for (const entry of timers) {
    if (entry[1].dueMs <= endMs && entry[1].dueMs < (next?.[1].dueMs ?? Infinity)) next = entry
  }
  return next
}
