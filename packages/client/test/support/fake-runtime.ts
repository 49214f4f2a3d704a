import type { Runtime, Timer } from '@wherry/core'

/** Time that passes when it is told to, and chance that comes from a list. */
export class FakeRuntime implements Runtime {
  /** What `random()` gives next; then a half, for ever. */
  chances: number[] = []
  readonly #timers = new Map<number, { callback: () => void; dueMs: number }>()
  #elapsedMs = 0
  #lastTimer = 0
  #lastByte = 0

  get pendingTimers(): number {
    return this.#timers.size
  }

  now(): number {
    return Date.UTC(2026, 0, 1) + this.#elapsedMs
  }

  monotonic(): number {
    return this.#elapsedMs
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    this.#timers.set(++this.#lastTimer, { callback, dueMs: this.#elapsedMs + delayMs })
    return this.#lastTimer
  }

  clearTimeout(timer: Timer): void {
    this.#timers.delete(timer as number)
  }

  setImmediate(callback: () => void): void {
    setImmediate(callback)
  }

  random(): number {
    return this.chances.shift() ?? 0.5
  }

  fillRandom(bytes: Uint8Array): void {
    bytes.forEach((_, index) => (bytes[index] = ++this.#lastByte & 0xff))
  }

  /** Lets time pass, and with it every timer that falls due, in order. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + byMs
    await settled()
    for (;;) {
      const due = Array.from(this.#timers).filter(([, { dueMs }]) => dueMs <= untilMs)
      const [next] = due.sort(([, a], [, b]) => a.dueMs - b.dueMs)
      if (next === undefined) break
      this.#timers.delete(next[0])
      this.#elapsedMs = Math.max(this.#elapsedMs, next[1].dueMs)
      next[1].callback()
      await settled()
    }
    this.#elapsedMs = untilMs
  }
}

/** Everything that was ready to run has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
