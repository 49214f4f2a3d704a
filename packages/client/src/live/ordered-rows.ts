import type { RowChange } from '@wherry/core'
import type { WireChange } from '@wherry/core/protocol'
import {
  identityOf,
  isSameRow,
  placeAmong,
  rowComparator,
  type OrderTerm,
} from '@wherry/core/query'
import { decodeRow, type CollectionDefinition, type Json } from '@wherry/core/schema'
import type { Kept, Row } from './kept.ts'

/** A row that is there, or one that is not: of that, only the key counts. */
export type Change = readonly [row: Row, isThere: boolean]

/** The rows of a query in its order, and the steps by which they change. */
export class OrderedRows implements Kept {
  all: readonly Row[] = []
  readonly #collection: CollectionDefinition
  readonly #compare: (a: Row, b: Row) => number
  readonly #byKey = new Map<string, Row>()

  constructor(collection: CollectionDefinition, orderBy: unknown) {
    this.#collection = collection
    this.#compare = rowComparator(orderOf(collection, orderBy))
  }

  follow(changes: readonly WireChange[], isAll: boolean): RowChange[] | undefined {
    const read = changes.map((change) => this.#read(change))
    const steps = isAll ? this.replace(read) : this.apply(read)
    return steps.length === 0 ? undefined : steps
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
    if (old === undefined ? !isThere : isThere && isSameRow(this.#collection, old, row)) return
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

  #read([operation, value]: WireChange): Change {
    if (operation === 'put') return [decodeRow(this.#collection, value), true]
    const key = this.#collection.key.map(({ name }, index) => [name, (value as Json[])[index]])
    return [decodeRow(this.#collection, Object.fromEntries(key) as Json), false]
  }

  #keyOf(row: Row): string {
    return identityOf(this.#collection.key, row)!
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
