import type { RowChange } from '@wherry/core'
import { identityOf, parseOrder, rowComparator } from '@wherry/core/query'
import { rowText, type CollectionDefinition } from '@wherry/core/schema'

export type Row = Record<string, unknown>

/** The rows of a query in its order, and the steps by which they change. */
export class OrderedRows {
  readonly #collection: CollectionDefinition
  readonly #compare: (a: Row, b: Row) => number
  readonly #byKey = new Map<string, Row>()
  #rows: readonly Row[] = []

  /** Throws what is wrong with the order. */
  constructor(collection: CollectionDefinition, orderBy: unknown) {
    this.#collection = collection
    this.#compare = rowComparator(parseOrder(collection, orderBy, collection.key))
  }

  /** An array that stays as it is. */
  get all(): readonly Row[] {
    return this.#rows
  }

  /**
   * Puts rows where they belong, in the place of those that have their keys, and takes away the
   * rows that have the keys of others. Returns the steps; what changes nothing is none.
   */
  apply(changes: Iterable<readonly ['put' | 'remove', Row]>): RowChange[] {
    const rows = Array.from(this.#rows)
    const steps: RowChange[] = []
    for (const [operation, row] of changes) {
      const step = operation === 'put' ? this.#put(rows, row) : this.#remove(rows, row)
      if (step !== undefined) steps.push(step)
    }
    if (steps.length > 0) this.#rows = rows
    return steps
  }

  /** Becomes these rows. */
  replace(next: readonly Row[]): RowChange[] {
    const staying = new Set(next.map((row) => this.#keyOf(row)))
    const leaving = this.#rows.filter((row) => !staying.has(this.#keyOf(row)))
    // From the end, where it moves fewest.
    const removals = leaving.reverse().map((row) => ['remove', row] as const)
    return this.apply([...removals, ...next.map((row) => ['put', row] as const)])
  }

  #put(rows: Row[], row: Row): RowChange | undefined {
    const key = this.#keyOf(row)
    const old = this.#byKey.get(key)
    if (old !== undefined && this.#isSame(old, row)) return undefined
    const from = old === undefined ? -1 : rows.indexOf(old)
    if (from >= 0) rows.splice(from, 1)
    const to = this.#placeFor(rows, row)
    rows.splice(to, 0, row)
    this.#byKey.set(key, row)
    return old === undefined
      ? { type: 'insert', index: to, row }
      : { type: 'update', from, to, old, row }
  }

  /** Of the row only the key counts. */
  #remove(rows: Row[], keyed: Row): RowChange | undefined {
    const key = this.#keyOf(keyed)
    const row = this.#byKey.get(key)
    if (row === undefined) return undefined
    this.#byKey.delete(key)
    const index = rows.indexOf(row)
    rows.splice(index, 1)
    return { type: 'remove', index, row }
  }

  #keyOf(row: Row): string {
    return identityOf(this.#collection.key, row)!
  }

  #isSame(a: Row, b: Row): boolean {
    return rowText(this.#collection, a) === rowText(this.#collection, b)
  }

  #placeFor(rows: readonly Row[], row: Row): number {
    let low = 0
    let high = rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#compare(rows[middle]!, row) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
