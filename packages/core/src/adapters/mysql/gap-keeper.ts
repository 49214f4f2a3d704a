import type { Timer } from '../../lib/runtime.ts'
import type { LogHost } from '../sql/server/engine.ts'
import { without, type Range } from './places.ts'

/** How long a number is missing at least before it is filled. */
const patienceMs = 1_000
/** How many numbers are filled at once. */
const maxFilled = 500

/**
 * Fills the gaps that rolled back transactions leave in the log, which positions would have to
 * remember for ever. Nobody can tell from outside whether a number that is missing may still come;
 * but an entry of its own, which says nothing, takes the number in any case: it waits for a
 * transaction that has used it, and fails if that commits. One that was given the number and has not
 * used it yet, in all that time, would fail in its place and be run again; nothing is ever lost.
 */
export class GapKeeper {
  readonly #host: LogHost
  #gaps: readonly Range[] = []
  /** Those that were there when the timer was set. */
  #old: readonly Range[] = []
  #timer: Timer
  #isWaiting = false
  #filling: Promise<void> | undefined
  #isClosed = false

  constructor(host: LogHost) {
    this.#host = host
  }

  /** What is missing now. */
  watch(gaps: readonly Range[]): void {
    this.#gaps = gaps
    if (gaps.length > 0) this.#wait()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#isWaiting) this.#host.context().runtime.clearTimeout(this.#timer)
    await this.#filling
  }

  #wait(): void {
    if (this.#isWaiting || this.#isClosed) return
    this.#isWaiting = true
    this.#old = this.#gaps
    this.#timer = this.#host.context().runtime.setTimeout(() => {
      this.#filling = this.#fill().finally(() => {
        this.#isWaiting = false
        this.#filling = undefined
        if (this.#gaps.length > 0) this.#wait()
      })
    }, patienceMs)
  }

  /** A database that cannot be written keeps its gaps, and is asked again. */
  async #fill(): Promise<void> {
    const gone = without(this.#old, this.#gaps)
    const stillMissing = without(this.#old, gone)
    await this.#host
      .withConnection(async (runner) => {
        let left = maxFilled
        for (const [first, last] of stillMissing) {
          if (left === 0) break
          const end = Math.min(last, first + left - 1)
          // Whoever has written one of them and not committed yet holds it.
          const look = `select seq from wherry_log where seq between ? and ? for update nowait`
          const isFree = await runner.run(look, [first, end]).then(
            () => true,
            () => false,
          )
          if (!isFree) continue
          left -= end - first + 1
          const values = Array.from(
            { length: end - first + 1 },
            (_, i) => `(${first + i}, '', 'none')`,
          )
          await runner.run(
            `insert ignore into wherry_log (seq, collection, operation) values ${values.join()}`,
          )
        }
      })
      .catch(() => undefined)
  }
}
