import type { Change } from '../contract/change-log.ts'
import type { Filter } from '../query/ast.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import { PredicateIndex } from './predicate-index.ts'
import { takesValues, uniqueValues } from './unique-values.ts'

/** The live queries of one collection, to be found by the changes that touch them. */
export class LiveIndex<T> {
  /** The unique values of a row. */
  readonly valuesOf: (row: Row) => string[]
  readonly #hidesReplaced: boolean
  readonly #holding = new PredicateIndex<T>()
  readonly #holders = new Map<string, Set<T>>()
  readonly #watching = new PredicateIndex<T>()
  readonly #watchers = new Set<T>()

  /** `hidesReplaced`: whether the log may, as `ChangeLog` says. */
  constructor(collection: CollectionDefinition, hidesReplaced: boolean) {
    this.valuesOf = uniqueValues(collection)
    this.#hidesReplaced = hidesReplaced
  }

  /** Adds a query that says which rows it holds; returns what removes it. */
  add(filter: Filter, query: T): () => void {
    return this.#holding.add(filter, query)
  }

  /** Adds a query that holds no rows, and is touched by every row that matches or has matched. */
  watch(filter: Filter, query: T): () => void {
    const remove = this.#watching.add(filter, query)
    this.#watchers.add(query)
    return () => {
      remove()
      this.#watchers.delete(query)
    }
  }

  /** The query holds a row with this unique value. */
  hold(value: string, query: T): void {
    let holders = this.#holders.get(value)
    if (holders === undefined) this.#holders.set(value, (holders = new Set()))
    holders.add(query)
  }

  release(value: string, query: T): void {
    const holders = this.#holders.get(value)
    if (holders?.delete(query) && holders.size === 0) this.#holders.delete(value)
  }

  /**
   * Those whose rows a change may change: they ask for the row as it is now, or hold it, or one whose
   * place it has taken, of which the log need not have an entry.
   */
  touchedBy(change: Change): ReadonlySet<T> {
    const { old, row } = change
    const touched = new Set<T>()
    const touch = (query: T) => void touched.add(query)
    if (row !== null) this.#holding.forEachOf(row, touch)
    for (const value of this.valuesOf((row ?? old)!)) this.#holders.get(value)?.forEach(touch)
    if (this.#watchers.size === 0) return touched
    if (this.mayHide(change)) this.#watchers.forEach(touch)
    for (const each of [old, row]) if (each !== null) this.#watching.forEachOf(each, touch)
    return touched
  }

  /** Whether rows may have gone with this change of which the log has no entry. */
  mayHide(change: Change): boolean {
    return this.#hidesReplaced && takesValues(change, this.valuesOf)
  }
}
