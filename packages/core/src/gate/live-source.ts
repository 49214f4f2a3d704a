import type { Position } from '../contract/change-log.ts'
import { WherryError } from '../errors/wherry-error.ts'
import type { Json } from '../lib/json.ts'
import type { LiveListener } from '../live/live-event.ts'
import type { FindPlan } from '../query/ast.ts'
import { callMethods } from '../query/calls.ts'
import { decodeArguments } from '../query/conversions.ts'
import { compileFilter, identityOf } from '../query/evaluate.ts'
import { normalForm } from '../query/normal-form.ts'
import { planLive } from '../query/plan-find.ts'
import type { WireChange } from '../protocol/messages/wire-change.ts'
import { encodeRow, encodeValue } from '../schema/codec.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import type { Interior } from '../service/interior.ts'

/** Reading more of the log than this costs more than sending the rows. */
const maxMissed = 10_000

/** A query that somebody outside wants to follow. */
export class LiveSource {
  /** The same for all who ask the same. */
  readonly form: string
  /** It has a limit: what its rows were cannot be made up for from the log alone. */
  readonly isWindow: boolean
  readonly #collection: CollectionDefinition
  readonly #plan: FindPlan
  readonly #interior: Interior

  constructor(collection: CollectionDefinition, query: Json, interior: Interior) {
    const [decoded] = callMethods.find.args(decodeArguments, collection, [query])
    this.#collection = collection
    this.#plan = planLive(collection, decoded)
    this.#interior = interior
    this.form = normalForm(this.#plan)
    this.isWindow = this.#plan.limit !== undefined
  }

  /** Listens until what it returns is called. The first event has the rows. */
  subscribe(listener: LiveListener): () => void {
    return this.#interior.tail.subscribe(this.#plan, listener)
  }

  put(row: Row): WireChange {
    return ['put', this.encode(row)]
  }

  remove(row: Row): WireChange {
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
    const { key } = this.#collection
    const matches = compileFilter(this.#plan.filter)
    const latest = new Map<string, WireChange>()
    let read = 0
    for (let position = after; position !== upTo;) {
      const batch = await log.read(position, upTo)
      for (const { collection, old, row, mutationId } of batch.changes) {
        if (collection !== this.#collection) continue
        // SQL may replace rows by an insert, and the log shows nothing of those.
        const mayReplace = old === null && mutationId === null
        if (mayReplace && collection.indexes.some(({ unique }) => unique)) throw untold()
        const touched = row ?? old!
        const id = identityOf(key, touched)!
        if (row !== null && matches(row)) latest.set(id, this.put(row))
        else if (mayReplace || matches(old ?? touched)) latest.set(id, this.remove(touched))
      }
      read += batch.changes.length
      if (read > maxMissed) throw untold()
      if (batch.position === position) break
      position = batch.position
    }
    return Array.from(latest.values())
  }
}

function untold(): WherryError {
  return new WherryError(
    'PositionLost',
    'What was missed is too much, or more than the log shows; read the rows instead',
  )
}
