import type { Change, Reader } from '../contract/change-log.ts'
import type { WherryError } from '../errors/wherry-error.ts'
import { canonicalJson } from '../lib/json.ts'
import { compileFilter, identity, type Predicate } from '../query/evaluate.ts'
import { measureField } from '../query/measure-field.ts'
import type { PlannedAggregate } from '../query/plan-aggregate.ts'
import { encodeValue } from '../schema/codec.ts'
import type { CollectionDefinition, FieldDefinition, Row } from '../schema/definition.ts'
import type { RowChange } from './live-event.ts'
import type { LiveIndex } from './live-index.ts'
import { tooManyRows } from './too-many-rows.ts'
import type { View, ViewSite } from './view.ts'

/** Groups are many rows in one, so a burst of writes is asked about once in a while. */
const restMs = 20

/**
 * The groups of an aggregate. What counts all rows that match is counted on from the changes; other
 * measures are asked for again when a change may have changed them.
 */
export class AggregateView implements View {
  readonly collections: readonly CollectionDefinition[]
  readonly restMs: number = restMs
  readonly #planned: PlannedAggregate
  readonly #maxRows: number
  readonly #index: LiveIndex<unknown>
  readonly #matches: Predicate
  /** The fields whose values make the groups and measures. */
  readonly #measured: readonly FieldDefinition[]
  readonly #result: readonly FieldDefinition[]
  readonly #isCount: boolean
  readonly leave: () => void
  /** What is counted, of a query that counts and nothing else. */
  #count = 0
  #rows: readonly Row[] = []
  /** The groups as a text, now and when they were last taken. */
  #text: string | undefined
  #taken: string | undefined
  #isStale = true

  constructor(planned: PlannedAggregate, site: ViewSite<unknown>, self: unknown) {
    const { collection, filter, groupBy, measures } = planned.plan
    this.#planned = planned
    this.#maxRows = site.maxRows
    this.collections = [collection]
    this.#index = site.indexOf(collection)
    this.#matches = compileFilter(filter)
    this.#measured = [...groupBy, ...measures.flatMap(({ field }) => field ?? [])]
    this.#result = [...groupBy, ...measures.map(measureField)]
    this.#isCount = this.#measured.length === 0
    this.leave = this.#index.watch(filter, self)
  }

  get rows(): readonly Row[] {
    return this.#rows
  }

  get isStale(): boolean {
    return this.#isStale
  }

  get fault(): WherryError | undefined {
    return this.#rows.length > this.#maxRows ? tooManyRows(this.#maxRows) : undefined
  }

  async ask(reader: Reader): Promise<() => void> {
    const groups = await reader.aggregate(this.#planned.plan)
    return () => this.#replace(groups)
  }

  #replace(groups: Row[]): void {
    this.#isStale = false
    if (this.#isCount) this.#count = Object.values(groups[0]!)[0] as number
    this.#show(groups)
  }

  apply(change: Change): void {
    const { old, row } = change
    const [before, after] = [old, row].map((each) => each !== null && this.#matches(each))
    const mayHide = this.#index.mayHide(change)
    if (!mayHide && !before && !after) return
    if (mayHide || !this.#isCount) {
      const isSame = before && after && this.#measuresSame(old!, row!)
      this.#isStale ||= mayHide || !isSame
      return
    }
    this.#count += Number(after) - Number(before)
    const names = this.#planned.plan.measures.map(({ name }) => name)
    this.#show([Object.fromEntries(names.map((name) => [name, this.#count]))])
  }

  take(): readonly RowChange[] | undefined {
    const isNews = this.#text !== this.#taken
    this.#taken = this.#text
    return isNews ? [] : undefined
  }

  #show(groups: Row[]): void {
    this.#rows = this.#planned.finish(groups)
    this.#text = canonicalJson(
      this.#rows.map((row) => this.#result.map((f) => encodeValue(f, row[f.name]))),
    )
  }

  #measuresSame(old: Row, row: Row): boolean {
    return this.#measured.every((field) => {
      const [before, after] = [old[field.name], row[field.name]]
      if (before === null || after === null) return before === after
      return identity(field, before) === identity(field, after)
    })
  }
}
