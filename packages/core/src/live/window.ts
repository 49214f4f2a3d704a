import type { Change } from '../contract/change-log.ts'
import { compileFilter, identityOf, type Predicate } from '../query/evaluate.ts'
import { rowComparator } from '../query/order.ts'
import type { FindPlan } from '../query/ast.ts'
import { rowText } from '../schema/codec.ts'
import type { Row } from '../schema/definition.ts'
import type { RowChange } from './live-event.ts'

/** The rows of one query, kept as they are by the changes of the log. */
export class Window {
  readonly plan: FindPlan
  readonly #matches: Predicate
  readonly #compare: (a: Row, b: Row) => number
  #rows: readonly Row[] = []
  /** No row that matches lies behind the last one. */
  #isComplete = false

  constructor(plan: FindPlan) {
    this.plan = plan
    this.#matches = compileFilter(plan.filter)
    this.#compare = rowComparator(plan.order)
  }

  get rows(): readonly Row[] {
    return this.#rows
  }

  /** Fewer rows than the limit, though there may be more: only a query can tell. */
  get needsRefill(): boolean {
    return !this.#isComplete && this.#rows.length < this.#limit
  }

  /** Takes the rows of a fresh query, and says how they differ from those before. */
  replace(rows: readonly Row[]): RowChange[] {
    const changes = difference(this.plan, this.#rows, rows)
    this.#rows = rows
    this.#isComplete = rows.length < this.#limit
    return changes
  }

  /** Follows one committed change of the window's collection. */
  apply({ old, row }: Change): RowChange[] {
    const from = old !== null && this.#matches(old) ? this.#find(old) : -1
    const rows = from < 0 ? [...this.#rows] : this.#rows.toSpliced(from, 1)
    const to = row !== null && this.#matches(row) ? this.#place(rows, row) : -1
    if (from < 0 && to < 0) return []
    if (to >= 0) rows.splice(to, 0, row!)
    const changes = [changeOf(this.#rows, from, to, row)]
    if (rows.length > this.#limit) {
      changes.push({ type: 'remove', index: this.#limit, row: rows.pop()! })
      this.#isComplete = false
    }
    this.#rows = rows
    return changes
  }

  get #limit(): number {
    return this.plan.limit ?? Infinity
  }

  /** Where the row is, or -1. The order is total, so it has one place. */
  #find(row: Row): number {
    const index = lowerBound(this.#rows, row, this.#compare)
    const found = this.#rows[index]
    return found !== undefined && this.#compare(found, row) === 0 ? index : -1
  }

  /** Where the row belongs, or -1 when that is behind the window, or cannot be known. */
  #place(rows: readonly Row[], row: Row): number {
    const index = lowerBound(rows, row, this.#compare)
    if (index < rows.length) return index
    if (index < this.#limit) return this.#isComplete ? index : -1
    this.#isComplete = false
    return -1
  }
}

function changeOf(rows: readonly Row[], from: number, to: number, row: Row | null): RowChange {
  if (from < 0) return { type: 'insert', index: to, row: row! }
  const old = rows[from]!
  return to < 0
    ? { type: 'remove', index: from, row: old }
    : { type: 'update', from, to, old, row: row! }
}

function lowerBound(rows: readonly Row[], row: Row, compare: (a: Row, b: Row) => number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(rows[middle]!, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The steps from one list of rows to another. */
function difference({ collection }: FindPlan, before: readonly Row[], after: readonly Row[]) {
  const changes: RowChange[] = []
  const keyOf = (row: Row) => identityOf(collection.key, row)!
  const staying = new Set(after.map(keyOf))
  const rows = [...before]
  for (let index = rows.length - 1; index >= 0; index--) {
    if (staying.has(keyOf(rows[index]!))) continue
    changes.push({ type: 'remove', index, row: rows[index]! })
    rows.splice(index, 1)
  }
  after.forEach((row, to) => {
    const from = rows.findIndex((other, at) => at >= to && keyOf(other) === keyOf(row))
    if (from < 0) changes.push({ type: 'insert', index: to, row })
    else {
      const old = rows[from]!
      rows.splice(from, 1)
      if (from !== to || rowText(collection, old) !== rowText(collection, row)) {
        changes.push({ type: 'update', from, to, old, row })
      }
    }
    rows.splice(to, 0, row)
  })
  return changes
}
