import { WherryError } from '../errors/wherry-error.ts'
import type { Runtime, Timer } from './runtime.ts'

/** Lets one caller in at a time, in the order of arrival. */
export class Mutex {
  readonly #waiting: Array<() => void> = []
  #held = false

  get held(): boolean {
    return this.#held
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Takes the mutex if it is free, without waiting. Whoever gets true must call release. */
  tryAcquire(): boolean {
    if (this.#held) return false
    return (this.#held = true)
  }

  /** Waits for the mutex; LockTimeout when it does not come free in time. */
  acquire(runtime: Runtime, timeoutMs: number): Promise<void> {
    if (this.tryAcquire()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const enter = () => {
        runtime.clearTimeout(timer)
        resolve()
      }
      const timer: Timer = runtime.setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1)
        reject(lockTimeout(timeoutMs))
      }, timeoutMs)
      this.#waiting.push(enter)
    })
  }

  /** Waits until all who came before are done, but not longer than this. */
  async drain(runtime: Runtime, timeoutMs: number): Promise<void> {
    await this.acquire(runtime, timeoutMs).then(
      () => this.release(),
      () => undefined,
    )
  }

  release(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#held = false
    else next()
  }
}

export function lockTimeout(timeoutMs: number, cause?: unknown): WherryError {
  return new WherryError(
    'LockTimeout',
    `Another writer held the database for more than ${timeoutMs} ms; ` +
      `try again, keep transactions short, or raise lockTimeoutMs`,
    { outcome: 'not-applied' },
    cause,
  )
}
