import type { RowChange } from '@wherry/core'
import type { WireChange } from '@wherry/core/protocol'
import { callMethods, decodeResults } from '@wherry/core/query'
import type { CollectionDefinition } from '@wherry/core/schema'
import type { Kept, Row } from './kept.ts'

/** The groups of an aggregate, in the order in which they come. */
export class Groups implements Kept {
  all: readonly Row[] = []
  readonly #collection: CollectionDefinition
  readonly #query: unknown
  /** As they came; undefined before. */
  #text: string | undefined

  constructor(collection: CollectionDefinition, query: unknown) {
    this.#collection = collection
    this.#query = query
  }

  follow(changes: readonly WireChange[], isAll: boolean): RowChange[] | undefined {
    const last = changes.at(-1)
    if (!isAll && last === undefined) return undefined
    const groups = isAll ? changes.map(([, row]) => row) : last![1]
    const text = JSON.stringify(groups)
    if (text === this.#text) return undefined
    const { result } = callMethods.aggregate
    this.all = result(decodeResults, this.#collection, groups, [this.#query]) as Row[]
    this.#text = text
    return []
  }
}
