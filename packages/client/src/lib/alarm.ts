import type { Runtime, Timer } from '@wherry/core'

/**
 * One timer for many times. It rings at the earliest of them, and whoever is rung for says when to
 * ring next; a time that was put off meanwhile costs one ring too many, and no timer.
 */
export class Alarm {
  readonly #runtime: Runtime
  readonly #ring: () => number
  #timer: Timer
  #at = Infinity

  /** `ring` does what is due and returns the next time, on the monotonic clock, or Infinity. */
  constructor(runtime: Runtime, ring: () => number) {
    this.#runtime = runtime
    this.#ring = ring
  }

  /** Rings at this time at the latest. */
  by(at: number): void {
    if (at >= this.#at) return
    this.stop()
    this.#at = at
    const delayMs = Math.max(0, at - this.#runtime.monotonic())
    this.#timer = this.#runtime.setTimeout(() => {
      this.#at = Infinity
      this.by(this.#ring())
    }, delayMs)
  }

  stop(): void {
    if (this.#at < Infinity) this.#runtime.clearTimeout(this.#timer)
    this.#at = Infinity
  }
}
