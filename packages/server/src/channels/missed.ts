import type { Source } from '@wherry/core/gate'

/** How many read the log at a time, so that many who come back at once leave room for others. */
const maxReading = 4

/** How many answers are kept, for those who come back from the same offset to the same one. */
const maxKept = 8

/**
 * What subscriptions have missed, read from the log: once for all who ask the same, a few at a time,
 * in the order in which they ask.
 */
export class Missed {
  readonly #kept = new Map<string, Promise<readonly string[]>>()
  readonly #waiting: (() => void)[] = []
  #reading = 0

  /** The changes of a query's rows between two offsets, each as JSON. Rejects as `missed` does. */
  read(source: Source, after: string, upTo: string): Promise<readonly string[]> {
    const question = JSON.stringify([after, upTo, source.form])
    const kept = this.#kept.get(question)
    if (kept !== undefined) return kept
    const asked = this.#ask(source, after, upTo)
    this.#kept.set(question, asked)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > maxKept) this.#kept.delete(oldest!)
    // Nobody is answered from a failure that is over.
    asked.catch(() => this.#kept.delete(question))
    return asked
  }

  async #ask(source: Source, after: string, upTo: string): Promise<readonly string[]> {
    if (this.#reading === maxReading) await new Promise<void>((go) => this.#waiting.push(go))
    else this.#reading++
    try {
      const changes = await source.missed(after, upTo)
      return changes.map((change) => JSON.stringify(change))
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#reading--
      else next()
    }
  }
}
