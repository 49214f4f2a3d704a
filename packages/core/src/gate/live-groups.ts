import type { Json } from '../lib/json.ts'
import { checkLogged } from '../live/check-logged.ts'
import { callMethods } from '../query/calls.ts'
import { decodeArguments, encodeResults } from '../query/conversions.ts'
import { normalForm } from '../query/normal-form.ts'
import { planAggregate, type PlannedAggregate } from '../query/plan-aggregate.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import type { Interior } from '../service/interior.ts'
import { untold, type Source, type SourceEvent } from './source.ts'

/** The groups of an aggregate, which are told all at once. */
export class LiveGroups implements Source {
  readonly form: string
  readonly isWindow = true
  readonly isFeed = false
  readonly #collection: CollectionDefinition
  readonly #query: Json
  readonly #plan: PlannedAggregate
  readonly #interior: Interior

  constructor(collection: CollectionDefinition, query: Json, interior: Interior) {
    checkLogged(interior.log, [collection])
    const [decoded] = callMethods.aggregate.args(decodeArguments, collection, [query])
    this.#collection = collection
    this.#query = query
    this.#plan = planAggregate(collection, decoded)
    this.#interior = interior
    this.form = normalForm(this.#plan)
    interior.tail.check(this.#plan)
  }

  subscribe(listener: (event: SourceEvent) => void): () => void {
    return this.#interior.tail.subscribe(this.#plan, ({ status, rows, position, error }) => {
      if (status === 'error') return listener({ status, error })
      const groups = rows.map((row) => this.encode(row))
      listener({ status, rows, changes: [['all', groups]], position: position! })
    })
  }

  encode(row: Row): Json {
    const { result } = callMethods.aggregate
    const [json] = result(encodeResults, this.#collection, [row], [this.#query]) as Json[]
    return json!
  }

  async missed(): Promise<never> {
    throw untold()
  }
}
