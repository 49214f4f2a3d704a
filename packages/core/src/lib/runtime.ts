/**
 * Time and chance, in one place. Everything that reads a clock, waits, or draws a random number
 * takes a Runtime, so that a test can replace it and replay a run. A lint rule refuses
 * `Date.now`, timers and `Math.random` everywhere else.
 */
export interface Runtime {
  /** Whole milliseconds since 1970 by the wall clock; may jump. */
  now(): number
  /** Milliseconds by a clock that never goes back; only differences mean anything. */
  monotonic(): number
  setTimeout(callback: () => void, delayMs: number): Timer
  clearTimeout(timer: Timer): void
  /** Calls back once what is under way in this turn of the event loop is done. */
  setImmediate(callback: () => void): void
  /** Uniform in [0, 1). For jitter, never for secrets. */
  random(): number
  /** Fills the array from a cryptographic source. */
  fillRandom(bytes: Uint8Array): void
}

/** What `setTimeout` returned; opaque, because hosts differ. */
export type Timer = unknown

interface HostTimers {
  setTimeout(callback: () => void, delayMs: number): unknown
  clearTimeout(timer: unknown): void
  /** Browsers have none. */
  setImmediate?(callback: () => void): unknown
  performance: { now(): number }
  crypto: { getRandomValues(bytes: Uint8Array): unknown }
}

const host = globalThis as unknown as HostTimers

/** The host's own clock, timers and randomness. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  monotonic: () => host.performance.now(),
  setTimeout: (callback, delayMs) => host.setTimeout(callback, delayMs),
  clearTimeout: (timer) => host.clearTimeout(timer),
  setImmediate(callback) {
    if (host.setImmediate === undefined) host.setTimeout(callback, 0)
    else host.setImmediate(callback)
  },
  random: () => Math.random(),
  fillRandom: (bytes) => void host.crypto.getRandomValues(bytes),
}

/** Resolves after `delayMs` of the runtime's time. */
export function sleep(runtime: Runtime, delayMs: number): Promise<void> {
  return new Promise((resolve) => void runtime.setTimeout(resolve, delayMs))
}

/**
 * Exponential backoff with full jitter: uniform in [0, min(cap, base * 2^attempt)).
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffMs(
  runtime: Runtime,
  attempt: number,
  baseMs: number,
  capMs: number,
): number {
  return runtime.random() * Math.min(capMs, baseMs * 2 ** attempt)
}
