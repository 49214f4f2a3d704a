import type { Change } from '../contract/change-log.ts'
import type { Filter } from '../query/ast.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import { PredicateIndex } from './predicate-index.ts'
import { uniqueValues } from './unique-values.ts'

/** Whom a window tells of the unique values of the rows that it holds. */
export interface Holdings {
  hold(value: string): void
  release(value: string): void
}

/** The live queries of one collection, to be found by the changes that touch them. */
export class LiveIndex<T> {
  readonly #valuesOf: (row: Row) => string[]
  readonly #predicates = new PredicateIndex<T>()
  readonly #holders = new Map<string, Set<T>>()

  constructor(collection: CollectionDefinition) {
    this.#valuesOf = uniqueValues(collection)
  }

  /** Adds a query; returns what removes it. */
  add(filter: Filter, query: T): () => void {
    return this.#predicates.add(filter, query)
  }

  holdingsOf(query: T): Holdings {
    return {
      hold: (value) => {
        let holders = this.#holders.get(value)
        if (holders === undefined) this.#holders.set(value, (holders = new Set()))
        holders.add(query)
      },
      release: (value) => {
        const holders = this.#holders.get(value)
        if (holders?.delete(query) && holders.size === 0) this.#holders.delete(value)
      },
    }
  }

  /**
   * Those whose rows a change may change: they ask for the row as it is now, or hold it, or one whose
   * place it has taken, of which the log need not have an entry.
   */
  touchedBy({ old, row }: Change): ReadonlySet<T> {
    const touched = new Set<T>()
    const touch = (query: T) => void touched.add(query)
    if (row !== null) this.#predicates.forEachOf(row, touch)
    for (const value of this.#valuesOf((row ?? old)!)) this.#holders.get(value)?.forEach(touch)
    return touched
  }
}
