import type { Position } from '../contract/change-log.ts'
import type { Json } from '../lib/json.ts'
import { checkLogged } from '../live/check-logged.ts'
import type { FindPlan } from '../query/ast.ts'
import { callMethods } from '../query/calls.ts'
import { decodeArguments } from '../query/conversions.ts'
import { compileFilter, identityOf } from '../query/evaluate.ts'
import { takesValues, uniqueValues } from '../live/unique-values.ts'
import { collectionsOf } from '../query/include.ts'
import { normalForm } from '../query/normal-form.ts'
import { planLive } from '../query/plan-find.ts'
import type { WireChange } from '../protocol/messages/wire-change.ts'
import { encodeRow, encodeValue } from '../schema/codec.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import type { Interior } from '../service/interior.ts'
import { untold, type Source, type SourceEvent } from './source.ts'

/** Reading more of the log than this costs more than sending the rows. */
const maxMissed = 10_000

/** A query that somebody outside wants to follow. */
export class LiveSource implements Source {
  readonly form: string
  readonly isWindow: boolean
  readonly isFeed = false
  readonly #collection: CollectionDefinition
  readonly #plan: FindPlan
  readonly #interior: Interior

  constructor(collection: CollectionDefinition, query: Json, interior: Interior) {
    const [decoded] = callMethods.find.args(decodeArguments, collection, [query])
    this.#collection = collection
    this.#plan = planLive(collection, decoded)
    checkLogged(interior.log, collectionsOf(this.#plan))
    this.#interior = interior
    this.form = normalForm(this.#plan)
    this.isWindow = this.#plan.limit !== undefined || this.#plan.includes.length > 0
    interior.tail.check(this.#plan)
  }

  subscribe(listener: (event: SourceEvent) => void): () => void {
    return this.#interior.tail.subscribe(
      this.#plan,
      ({ status, rows, changes, position, error }) => {
        if (status === 'error') return listener({ status, error })
        const told = changes.map(({ type, row }) =>
          type === 'remove' ? this.#remove(row) : this.#put(row),
        )
        listener({ status, rows, changes: told, position: position! })
      },
    )
  }

  #put(row: Row): WireChange {
    return ['put', this.encode(row)]
  }

  #remove(row: Row): WireChange {
    return ['remove', this.#collection.key.map((field) => encodeValue(field, row[field.name]))]
  }

  encode(row: Row): Json {
    return encodeRow(this.#collection, row)
  }

  /**
   * What became of the rows between two positions, a change for each row that was touched. Throws
   * PositionLost where that cannot be said, or is more than it is worth.
   */
  async missed(after: Position, upTo: Position): Promise<WireChange[]> {
    const { log } = this.#interior.adapter
    const { key, indexes } = this.#collection
    const isUnique = indexes.some(({ unique }) => unique)
    const valuesOf = uniqueValues(this.#collection)
    const matches = compileFilter(this.#plan.filter)
    const latest = new Map<string, WireChange>()
    let read = 0
    for (let position = after, isWhole = position === upTo; !isWhole;) {
      const batch = await log.read(position, upTo)
      for (const change of batch.changes) {
        const { collection, old, row } = change
        if (collection !== this.#collection) continue
        const mayHide = log.hidesReplaced && takesValues(change, valuesOf)
        if (mayHide && isUnique) throw untold()
        const touched = row ?? old!
        const id = identityOf(key, touched)!
        if (row !== null && matches(row)) latest.set(id, this.#put(row))
        else if (mayHide || matches(old ?? touched)) latest.set(id, this.#remove(touched))
      }
      read += batch.changes.length
      if (read > maxMissed) throw untold()
      position = batch.position
      isWhole = batch.isWhole
    }
    return Array.from(latest.values())
  }
}
