import type { Runtime, Timer } from '../../../lib/runtime.ts'

/** How long to pause before looking again. */
export interface Pauses {
  /** After something has happened. */
  readonly shortestMs: number
  /** When nothing happens for long. */
  readonly longestMs: number
}

/**
 * Tells those who watch a log when there may be something new to read: a commit of this process, a
 * message of the database, or else by looking, often while changes come and rarely while none do.
 */
export class Wakes {
  readonly #runtime: () => Runtime
  readonly #pauses: Pauses
  readonly #watchers = new Set<() => void>()
  #pauseMs: number
  /** By the monotonic clock. */
  #alertUntilMs = -Infinity
  #timer: Timer

  constructor(runtime: () => Runtime, pauses: Pauses) {
    this.#runtime = runtime
    this.#pauses = pauses
    this.#pauseMs = pauses.shortestMs
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0
  }

  watch(onCommit: () => void): () => void {
    this.#watchers.add(onCommit)
    if (this.#watchers.size === 1) this.wake()
    return () => {
      if (this.#watchers.delete(onCommit) && !this.isWatched)
        this.#runtime().clearTimeout(this.#timer)
    }
  }

  /** Wakes nobody any more. */
  close(): void {
    if (!this.isWatched) return
    this.#watchers.clear()
    this.#runtime().clearTimeout(this.#timer)
  }

  /** There may be something new. */
  wake(): void {
    for (const onCommit of this.#watchers) onCommit()
    this.#plan(0)
  }

  /** A reader has found changes; more may follow soon. */
  found(): void {
    this.#plan(0)
  }

  /** Makes only the shortest pauses for so long, whatever is found. */
  alert(forMs: number): void {
    this.#alertUntilMs = this.#runtime().monotonic() + forMs
    this.#plan(0)
  }

  #plan(pauseMs: number): void {
    if (!this.isWatched) return
    this.#runtime().clearTimeout(this.#timer)
    const { shortestMs, longestMs } = this.#pauses
    this.#pauseMs = Math.min(Math.max(pauseMs, shortestMs), longestMs)
    this.#timer = this.#runtime().setTimeout(() => {
      for (const onCommit of this.#watchers) onCommit()
      this.#plan(this.#runtime().monotonic() < this.#alertUntilMs ? 0 : this.#pauseMs * 2)
    }, this.#pauseMs)
  }
}
