/**
 * The order in which this process writes, where nothing else tells it: what changes one row waits
 * for whoever changes the same row, what may change any row waits for everybody.
 */
export class WriteOrder {
  /** The last writer of each row that has one. */
  readonly #rows = new Map<string, Promise<unknown>>()
  #everything: Promise<unknown> | undefined

  one<T>(row: string, work: () => Promise<T>): Promise<T> {
    const last = this.#rows.get(row)
    const result =
      last === undefined && this.#everything === undefined
        ? work()
        : Promise.all([last, this.#everything]).then(work)
    const settled = result.then(ignore, ignore).finally(() => {
      if (this.#rows.get(row) === settled) this.#rows.delete(row)
    })
    this.#rows.set(row, settled)
    return result
  }

  all<T>(work: () => Promise<T>): Promise<T> {
    const result = Promise.all([...this.#rows.values(), this.#everything]).then(work)
    const settled = result.then(ignore, ignore).finally(() => {
      if (this.#everything === settled) this.#everything = undefined
    })
    this.#everything = settled
    return result
  }
}

const ignore = () => undefined
