import type { Change, Reader } from '../contract/change-log.ts'
import type { WherryError } from '../errors/wherry-error.ts'
import { compileFilter, type Predicate } from '../query/evaluate.ts'
import { placeAmong, rowComparator } from '../query/order.ts'
import { isSameRow } from '../query/same-row.ts'
import type { FindPlan } from '../query/ast.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import { difference } from './difference.ts'
import type { RowChange } from './live-event.ts'
import type { LiveIndex } from './live-index.ts'
import { tooManyRows } from './too-many-rows.ts'
import type { View, ViewSite } from './view.ts'

/** The rows of one query, kept as they are by the changes of the log. */
export class Window implements View {
  readonly collections: readonly CollectionDefinition[]
  readonly restMs = 0
  readonly #plan: FindPlan
  readonly #maxRows: number
  /** One row more than it may hold shows that there are too many. */
  readonly #limit: number
  readonly #matches: Predicate
  readonly #compare: (a: Row, b: Row) => number
  readonly #index: LiveIndex<unknown>
  readonly #self: unknown
  readonly #leaveIndex: () => void
  /** The rows by each of their unique values. */
  readonly #holders = new Map<string, Row>()
  #rows: Row[] = []
  /** The rows as they were given out; nobody changes them. */
  #copy: readonly Row[] | undefined
  /** The rows as they were when changes were last taken, and the changes since, if they are known. */
  #taken: readonly Row[] = []
  #changes: RowChange[] | undefined = []
  /** No row that matches lies behind the last one. */
  #isComplete = false

  constructor(plan: FindPlan, site: ViewSite<unknown>, self: unknown) {
    const { collection, filter, order, limit = Infinity } = plan
    this.#index = site.indexOf(collection)
    this.#self = self
    this.collections = [collection]
    this.#maxRows = site.maxRows
    this.#limit = Math.min(limit, site.maxRows + 1)
    this.#plan = plan
    this.#matches = compileFilter(filter)
    this.#compare = rowComparator(order)
    this.#leaveIndex = this.#index.add(filter, self)
  }

  get rows(): readonly Row[] {
    return (this.#copy ??= [...this.#rows])
  }

  /** Fewer rows than the limit, though there may be more: only a query can tell. */
  get isStale(): boolean {
    return !this.#isComplete && this.#rows.length < this.#limit
  }

  get fault(): WherryError | undefined {
    return this.#rows.length > this.#maxRows ? tooManyRows(this.#maxRows) : undefined
  }

  async ask(reader: Reader): Promise<() => void> {
    const rows = await reader.find({ ...this.#plan, limit: this.#limit })
    return () => this.#replace(rows)
  }

  #replace(rows: Row[]): void {
    this.#changes = difference(this.#plan.collection, this.#taken, rows)
    this.#rows = rows
    this.#copy = undefined
    this.#letGo()
    for (const row of rows) this.#hold(row)
    this.#isComplete = rows.length < this.#limit
    this.#forgetIfTooMany()
  }

  take(): readonly RowChange[] | undefined {
    const { rows } = this
    const changes = this.#changes ?? difference(this.#plan.collection, this.#taken, rows)
    this.#changes = []
    this.#taken = rows
    return changes.length === 0 ? undefined : changes
  }

  leave(): void {
    this.#leaveIndex()
    this.#letGo()
  }

  /**
   * What the window holds counts, and not what the log says was there: INSERT OR REPLACE takes rows
   * away of which it has no entry.
   */
  apply({ old, row }: Change): void {
    const [key, ...values] = this.#index.valuesOf((row ?? old)!)
    const held = this.#holders.get(key!)
    for (const value of row === null ? [] : values) {
      const holder = this.#holders.get(value)
      if (holder === undefined || holder === held) continue
      this.#note([{ type: 'remove', index: this.#takeOut(holder), row: holder }])
    }
    const from = held === undefined ? -1 : this.#takeOut(held)
    const to = row !== null && this.#matches(row) ? this.#place(row) : -1
    if (to >= 0) this.#putIn(to, row!)
    const change = changeOf(from, to, held, row)
    if (change !== undefined && !this.#isNone(change)) this.#note([change])
    if (this.#rows.length > this.#limit) {
      const last = this.#rows.at(-1)!
      this.#note([{ type: 'remove', index: this.#takeOut(last), row: last }])
      this.#isComplete = false
    }
    this.#forgetIfTooMany()
  }

  #isNone(change: RowChange): boolean {
    return (
      change.type === 'update' &&
      change.from === change.to &&
      isSameRow(this.#plan.collection, change.old, change.row)
    )
  }

  #note(changes: readonly RowChange[]): void {
    for (const change of changes) this.#changes?.push(change)
  }

  /** Nobody is told of rows that are too many; how they differ later is found out then. */
  #forgetIfTooMany(): void {
    if (this.#rows.length > this.#maxRows) this.#changes = undefined
  }

  #hold(row: Row): void {
    for (const value of this.#index.valuesOf(row)) {
      this.#holders.set(value, row)
      this.#index.hold(value, this.#self)
    }
  }

  #letGo(): void {
    for (const value of this.#holders.keys()) this.#index.release(value, this.#self)
    this.#holders.clear()
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
    for (const value of this.#index.valuesOf(row)) {
      this.#holders.delete(value)
      this.#index.release(value, this.#self)
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
