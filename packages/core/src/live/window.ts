import type { Change } from '../contract/change-log.ts'
import { compileFilter, type Predicate } from '../query/evaluate.ts'
import { placeAmong, rowComparator } from '../query/order.ts'
import type { FindPlan } from '../query/ast.ts'
import type { Row } from '../schema/definition.ts'
import { difference, isSame } from './difference.ts'
import type { RowChange } from './live-event.ts'
import type { Holdings } from './live-index.ts'
import { uniqueValues } from './unique-values.ts'

/** The rows of one query, kept as they are by the changes of the log. */
export class Window {
  readonly plan: FindPlan
  readonly #matches: Predicate
  readonly #compare: (a: Row, b: Row) => number
  readonly #valuesOf: (row: Row) => string[]
  readonly #holdings: Holdings
  /** The rows by each of their unique values. */
  readonly #holders = new Map<string, Row>()
  #rows: Row[] = []
  /** The rows as they were given out; nobody changes them. */
  #copy: readonly Row[] | undefined
  /** No row that matches lies behind the last one. */
  #isComplete = false

  constructor(plan: FindPlan, holdings: Holdings) {
    const { collection, filter, order } = plan
    this.plan = plan
    this.#holdings = holdings
    this.#valuesOf = uniqueValues(collection)
    this.#matches = compileFilter(filter)
    this.#compare = rowComparator(order)
  }

  get rows(): readonly Row[] {
    return (this.#copy ??= [...this.#rows])
  }

  /** Fewer rows than the limit, though there may be more: only a query can tell. */
  get needsRefill(): boolean {
    return !this.#isComplete && this.#rows.length < this.#limit
  }

  /** Takes the rows of a fresh query, and says how they differ from those before. */
  replace(rows: Row[]): RowChange[] {
    const changes = difference(this.plan.collection, this.#rows, rows)
    this.#rows = rows
    this.#copy = undefined
    this.letGo()
    for (const row of rows) this.#hold(row)
    this.#isComplete = rows.length < this.#limit
    return changes
  }

  /** Holds no row any more. */
  letGo(): void {
    for (const value of this.#holders.keys()) this.#holdings.release(value)
    this.#holders.clear()
  }

  /**
   * Follows one committed change of the window's collection. What the window holds counts, and not
   * what the log says was there: INSERT OR REPLACE takes rows away of which it has no entry.
   */
  apply({ old, row }: Change): RowChange[] {
    const [key, ...values] = this.#valuesOf((row ?? old)!)
    const held = this.#holders.get(key!)
    const changes: RowChange[] = []
    for (const value of row === null ? [] : values) {
      const holder = this.#holders.get(value)
      if (holder === undefined || holder === held) continue
      changes.push({ type: 'remove', index: this.#takeOut(holder), row: holder })
    }
    const from = held === undefined ? -1 : this.#takeOut(held)
    const to = row !== null && this.#matches(row) ? this.#place(row) : -1
    if (to >= 0) this.#putIn(to, row!)
    const change = changeOf(from, to, held, row)
    if (change === undefined) return changes
    if (
      change.type !== 'update' ||
      from !== to ||
      !isSame(this.plan.collection, change.old, change.row)
    ) {
      changes.push(change)
    }
    if (this.#rows.length > this.#limit) {
      const last = this.#rows.at(-1)!
      changes.push({ type: 'remove', index: this.#takeOut(last), row: last })
      this.#isComplete = false
    }
    return changes
  }

  get #limit(): number {
    return this.plan.limit ?? Infinity
  }

  #hold(row: Row): void {
    for (const value of this.#valuesOf(row)) {
      this.#holders.set(value, row)
      this.#holdings.hold(value)
    }
  }

  /** Where the row belongs, or -1 when that is behind the window, or cannot be known. */
  #place(row: Row): number {
    const index = this.#indexOf(row)
    if (index < this.#rows.length) return index
    if (index < this.#limit) return this.#isComplete ? index : -1
    this.#isComplete = false
    return -1
  }

  /** The order is total, so a row has one place. */
  #indexOf(row: Row): number {
    return placeAmong(this.#rows, row, this.#compare)
  }

  #putIn(index: number, row: Row): void {
    this.#rows.splice(index, 0, row)
    this.#hold(row)
    this.#copy = undefined
  }

  #takeOut(row: Row): number {
    const index = this.#indexOf(row)
    this.#rows.splice(index, 1)
    for (const value of this.#valuesOf(row)) {
      this.#holders.delete(value)
      this.#holdings.release(value)
    }
    this.#copy = undefined
    return index
  }
}

function changeOf(
  from: number,
  to: number,
  old: Row | undefined,
  row: Row | null,
): RowChange | undefined {
  if (from < 0) return to < 0 ? undefined : { type: 'insert', index: to, row: row! }
  return to < 0
    ? { type: 'remove', index: from, row: old! }
    : { type: 'update', from, to, old: old!, row: row! }
}
