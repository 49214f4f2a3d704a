import type { RowChange } from '@wherry/core'
import { identityOf, placeAmong, rowComparator, type OrderTerm } from '@wherry/core/query'
import { rowText, type CollectionDefinition } from '@wherry/core/schema'

export type Row = Record<string, unknown>

/** A row that is there, or one that is not: of that, only the key counts. */
export type Change = readonly [row: Row, isThere: boolean]

/** The rows of a query in its order, and the steps by which they change. */
export class OrderedRows {
  /** An array that stays as it is: there is another one after every change. */
  all: readonly Row[] = []
  readonly #collection: CollectionDefinition
  readonly #compare: (a: Row, b: Row) => number
  readonly #byKey = new Map<string, Row>()

  constructor(collection: CollectionDefinition, orderBy: unknown) {
    this.#collection = collection
    this.#compare = rowComparator(orderOf(collection, orderBy))
  }

  /** Lets the changes happen, and returns the steps; what changes nothing is none. */
  apply(changes: readonly Change[]): RowChange[] {
    const rows = Array.from(this.all)
    const steps = changes.flatMap((change) => this.#step(rows, change) ?? [])
    this.all = rows
    return steps
  }

  /** Becomes these rows. */
  replace(next: readonly Change[]): RowChange[] {
    const staying = new Set(next.map(([row]) => this.#keyOf(row)))
    const leaving = this.all.filter((row) => !staying.has(this.#keyOf(row)))
    return this.apply([...leaving.map((row) => [row, false] as const), ...next])
  }

  #step(rows: Row[], [row, isThere]: Change): RowChange | undefined {
    const key = this.#keyOf(row)
    const old = this.#byKey.get(key)
    if (old === undefined ? !isThere : isThere && this.#textOf(old) === this.#textOf(row)) return
    const from = old === undefined ? -1 : rows.indexOf(old)
    if (old !== undefined) rows.splice(from, 1)
    if (!isThere) {
      this.#byKey.delete(key)
      return { type: 'remove', index: from, row: old! }
    }
    const to = placeAmong(rows, row, this.#compare)
    rows.splice(to, 0, row)
    this.#byKey.set(key, row)
    return old === undefined
      ? { type: 'insert', index: to, row }
      : { type: 'update', from, to, old, row }
  }

  #keyOf(row: Row): string {
    return identityOf(this.#collection.key, row)!
  }

  #textOf(row: Row): string {
    return rowText(this.#collection, row)
  }
}

/** As the server reads it, which will say what is wrong with it; then there are no rows to order. */
function orderOf({ fields, key }: CollectionDefinition, orderBy: unknown): OrderTerm[] {
  const given: unknown = Object.assign({}, ...[orderBy].flat())
  const terms = Object.entries(given as object).flatMap(([name, direction]) => {
    const field = fields.get(name)
    return field === undefined ? [] : { field, descending: direction === 'desc' }
  })
  const rest = key.filter((field) => terms.every((term) => term.field !== field))
  return [...terms, ...rest.map((field) => ({ field, descending: false }))]
}
