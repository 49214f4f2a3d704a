import type { Runtime, Timer } from '../../src/lib/runtime.ts'

interface Pending {
  readonly callback: () => void
  readonly dueMs: number
}

/** Time that stands still until it is told to go on, and chance that a seed decides. */
export class FakeRuntime implements Runtime {
  /** The wall clock, which a test may set as it likes. */
  nowMs = Date.UTC(2026, 0, 1)
  /** Every delay that was ever asked for, in order. */
  readonly delaysMs: number[] = []
  readonly #timers = new Map<number, Pending>()
  #monotonicMs = 0
  #lastTimer = 0
  #state: number

  constructor(seed = 1) {
    this.#state = seed
  }

  get pendingTimers(): number {
    return this.#timers.size
  }

  now(): number {
    return this.nowMs
  }

  monotonic(): number {
    return this.#monotonicMs
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    this.delaysMs.push(delayMs)
    const dueMs = this.#monotonicMs + delayMs
    this.#timers.set(++this.#lastTimer, { callback, dueMs })
    return this.#lastTimer
  }

  clearTimeout(timer: Timer): void {
    this.#timers.delete(timer as number)
  }

  setImmediate(callback: () => void): void {
    setImmediate(callback)
  }

  /** Mulberry32: few lines, and every seed has its own sequence. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let x = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }

  fillRandom(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(this.random() * 256)
  }

  /** Lets time pass, and with it every timer that falls due, in order. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + byMs
    await settled()
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#fire(next)
      await settled()
    }
    this.#moveTo(untilMs)
  }

  /** What the promise becomes when time passes whenever nothing else is left to happen. */
  async drive<T>(promise: Promise<T>): Promise<T> {
    const state = { pending: true }
    const settle = () => void (state.pending = false)
    promise.then(settle, settle)
    for (let turns = 0; state.pending; turns++) {
      if (turns === 10_000) throw new Error('nothing is left that would settle the promise')
      await settled()
      const next = state.pending ? this.#next(Infinity) : undefined
      if (next !== undefined) this.#fire(next)
    }
    return promise
  }

  #next(untilMs: number): number | undefined {
    let first: number | undefined
    for (const [id, { dueMs }] of this.#timers) {
      const sooner = first === undefined || dueMs < this.#timers.get(first)!.dueMs
      if (dueMs <= untilMs && sooner) first = id
    }
    return first
  }

  #fire(id: number): void {
    const { callback, dueMs } = this.#timers.get(id)!
    this.#timers.delete(id)
    this.#moveTo(dueMs)
    callback()
  }

  #moveTo(monotonicMs: number): void {
    this.nowMs += Math.max(0, monotonicMs - this.#monotonicMs)
    this.#monotonicMs = Math.max(this.#monotonicMs, monotonicMs)
  }
}

/** Everything that was ready to run has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
