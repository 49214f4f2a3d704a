import type { Runtime, Timer } from '../../../lib/runtime.ts'

const shortestMs = 10

/**
 * Tells those who watch a log when there may be something new to read: a commit of this process, a
 * message of the database, or else by looking, often while changes come and rarely while none do.
 */
export class Wakes {
  readonly #runtime: () => Runtime
  readonly #longestMs: number
  readonly #watchers = new Set<() => void>()
  #pauseMs = shortestMs
  #timer: Timer

  /** `longestMs`: how rarely to look when nothing happens. */
  constructor(runtime: () => Runtime, longestMs: number) {
    this.#runtime = runtime
    this.#longestMs = longestMs
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
    this.#plan(shortestMs)
  }

  /** A reader has found changes; more may follow soon. */
  found(): void {
    this.#plan(shortestMs)
  }

  #plan(pauseMs: number): void {
    if (!this.isWatched) return
    this.#runtime().clearTimeout(this.#timer)
    this.#pauseMs = Math.min(pauseMs, this.#longestMs)
    this.#timer = this.#runtime().setTimeout(() => {
      for (const onCommit of this.#watchers) onCommit()
      this.#plan(this.#pauseMs * 2)
    }, this.#pauseMs)
  }
}
