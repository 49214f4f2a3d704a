import type { Position } from '../contract/change-log.ts'
import { canonicalJson, type Json } from '../lib/json.ts'
import { checkLogged } from '../live/check-logged.ts'
import type { ToldChange } from '../live/feed-event.ts'
import { planFeed, type FeedPlan } from '../live/feed-plan.ts'
import { changesBetween } from '../live/replay.ts'
import { decodeArguments } from '../query/conversions.ts'
import { callMethods } from '../query/calls.ts'
import type { WireChange } from '../protocol/messages/wire-change.ts'
import { encodeRow } from '../schema/codec.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import type { Interior } from '../service/interior.ts'
import type { Source, SourceEvent } from './source.ts'

/** The changes of a collection that somebody outside wants to be told, each of them. */
export class ChangeSource implements Source {
  readonly form: string
  readonly isWindow = false
  readonly isFeed = true
  readonly #plan: FeedPlan
  readonly #interior: Interior

  constructor(collection: CollectionDefinition, query: Json, interior: Interior) {
    const [decoded] = callMethods.find.args(decodeArguments, collection, [query])
    checkLogged(interior.log, [collection])
    this.#plan = planFeed(collection, decoded)
    this.#interior = interior
    this.form = `changes ${this.#plan.form}`
  }

  subscribe(listener: (event: SourceEvent) => void): () => void {
    return this.#interior.tail.follow(this.#plan, (event) => {
      if (event.status !== 'live') return listener(event)
      const { changes, position } = event
      const told = changes.map((change) => this.#tell(change))
      listener({ status: 'live', rows: [], changes: told, position })
    })
  }

  encode(row: Row): Json {
    return encodeRow(this.#plan.collection, row)
  }

  async missed(after: Position, upTo: Position): Promise<WireChange[]> {
    const changes = await changesBetween(this.#interior.adapter.log, this.#plan, after, upTo)
    return changes.map((change) => this.#tell(change))
  }

  /** Of the row before, what the row after does not say. */
  #tell({ type, row, old }: ToldChange): WireChange {
    const json = encodeRow(this.#plan.collection, row)
    if (type !== 'updated') return [type, json]
    const before = Object.entries(encodeRow(this.#plan.collection, old!))
    const differs = ([name, value]: [string, Json]) =>
      canonicalJson(value) !== canonicalJson(json[name]!)
    return [type, json, Object.fromEntries(before.filter(differs))]
  }
}
