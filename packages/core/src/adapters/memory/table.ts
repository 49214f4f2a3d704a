import type { MutationSettings } from '../../contract/adapter.ts'
import type { Change } from '../../contract/change-log.ts'
import { identityOf } from '../../query/evaluate.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../../schema/definition.ts'

/**
 * One version of a collection: the rows that differ from the version below, and indexes of those.
 * The committed version has nothing below it. A transaction writes into a version of its own, so
 * that others keep reading the last commit, and `mergeDown` makes it the last commit.
 */
export class Table {
  readonly collection: CollectionDefinition
  readonly #below: Table | undefined
  /** By key; null where this version has deleted a row of the one below. */
  readonly #rows = new Map<string, Row | null>()
  readonly #indexes: readonly TableIndex[]

  constructor(collection: CollectionDefinition, below?: Table) {
    this.collection = collection
    this.#below = below
    this.#indexes = indexedFields(collection).map((fields) => ({ fields, keys: new Map() }))
  }

  keyOf(row: Row): string {
    return identityOf(this.collection.key, row)!
  }

  get(key: string): Row | undefined {
    const row = this.#rows.get(key)
    return row === undefined ? this.#below?.get(key) : (row ?? undefined)
  }

  *values(): Iterable<Row> {
    for (const row of this.#rows.values()) if (row !== null) yield row
    for (const row of this.#below?.values() ?? []) {
      if (this.#rows.size === 0 || !this.#rows.has(this.keyOf(row))) yield row
    }
  }

  /** The keys of the rows that hold this identity in these fields, which must be indexed. */
  lookUp(fields: readonly FieldDefinition[], identity: string): Set<string> {
    const found = new Set(this.#index(fields).keys.get(identity))
    for (const key of this.#below?.lookUp(fields, identity) ?? []) {
      if (!this.#rows.has(key)) found.add(key)
    }
    return found
  }

  /** Puts the row, or removes what the key holds when there is none. */
  set(key: string, row: Row | undefined): void {
    const old = this.#rows.get(key)
    for (const index of this.#indexes) {
      if (old) changeIndex(index, old, (keys) => keys.delete(key))
      if (row) changeIndex(index, row, (keys) => keys.add(key))
    }
    if (row === undefined && this.#below === undefined) this.#rows.delete(key)
    else this.#rows.set(key, row ?? null)
  }

  /** Holds on to what the version below has just given up; undefined is a row that it had not. */
  keep(row: Row, old: Row | null): void {
    const key = this.keyOf(row)
    if (!this.#rows.has(key)) this.set(key, old ?? undefined)
  }

  /** Makes this version's rows those of the one below, and says what that changed. */
  *mergeDown(mutation: MutationSettings | undefined): Iterable<Change> {
    const { collection } = this
    const { actor = null, id: mutationId = null } = mutation ?? {}
    for (const [key, row] of this.#rows) {
      const old = this.#below!.get(key) ?? null
      this.#below!.set(key, row ?? undefined)
      if (old !== null || row !== null) yield { collection, old, row, actor, mutationId }
    }
  }

  #index(fields: readonly FieldDefinition[]): TableIndex {
    return this.#indexes.find((index) => sameFields(index.fields, fields))!
  }
}

interface TableIndex {
  readonly fields: readonly FieldDefinition[]
  readonly keys: Map<string, Set<string>>
}

/** What is looked up: unique values, and the rows that refer to a key. */
function indexedFields(collection: CollectionDefinition): (readonly FieldDefinition[])[] {
  const references = collection.fieldList.filter((field) => field.ref !== undefined)
  const all = [
    ...collection.indexes.map((index) => index.fields),
    ...references.map((field) => [field]),
  ]
  return all.filter((fields, at) => all.findIndex((other) => sameFields(other, fields)) === at)
}

function sameFields(a: readonly FieldDefinition[], b: readonly FieldDefinition[]): boolean {
  return a.length === b.length && a.every((field, index) => field === b[index])
}

function changeIndex(index: TableIndex, row: Row, change: (keys: Set<string>) => void): void {
  const identity = identityOf(index.fields, row)
  if (identity === undefined) return
  let keys = index.keys.get(identity)
  if (keys === undefined) index.keys.set(identity, (keys = new Set()))
  change(keys)
  if (keys.size === 0) index.keys.delete(identity)
}
