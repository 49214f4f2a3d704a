import type { Change, Reader } from '../contract/change-log.ts'
import type { WherryError } from '../errors/wherry-error.ts'
import type { FindPlan } from '../query/ast.ts'
import { collectionsOf, findIncluding } from '../query/include.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import { difference } from './difference.ts'
import type { RowChange } from './live-event.ts'
import { Reading, type Answered } from './reading.ts'
import { tooManyRows } from './too-many-rows.ts'
import type { View, ViewSite } from './view.ts'

/**
 * The rows of a query with what they include. Each question that led to them is kept: a change that
 * may have changed the answer to one of them has all asked again.
 */
export class IncludingView implements View {
  readonly collections: readonly CollectionDefinition[]
  readonly restMs = 0
  readonly #plan: FindPlan
  readonly #maxRows: number
  readonly #readings: ReadonlyMap<CollectionDefinition, Reading>
  #rows: readonly Row[] = []
  /** What has become of the rows since it was last taken. */
  #changes: readonly RowChange[] = []
  #taken: readonly Row[] = []
  #isTooMuch = false
  #isStale = true

  constructor(plan: FindPlan, site: ViewSite<unknown>, self: unknown) {
    this.collections = Array.from(collectionsOf(plan))
    this.#plan = plan
    this.#maxRows = site.maxRows
    this.#readings = new Map(
      this.collections.map((each) => [each, new Reading(site.indexOf(each), self)]),
    )
  }

  get rows(): readonly Row[] {
    return this.#rows
  }

  get isStale(): boolean {
    return this.#isStale
  }

  get fault(): WherryError | undefined {
    return this.#isTooMuch ? tooManyRows(this.#maxRows) : undefined
  }

  async ask(reader: Reader): Promise<() => void> {
    const answers: Answered[] = []
    let left = this.#maxRows
    // Whole rows, for the unique values by which changes find those that are held.
    const find = async (plan: FindPlan) => {
      const limit = Math.min(plan.limit ?? Infinity, left + 1)
      const rows = await reader.find({ ...plan, fields: plan.collection.fieldList, limit })
      answers.push({ plan, rows })
      left -= rows.length
      if (left < 0) throw tooMuch
      return rows
    }
    try {
      const rows = await findIncluding(find, this.#plan)
      return () => this.#replace(answers, rows)
    } catch (error) {
      if (error !== tooMuch) throw error
      return () => this.#replace(answers, undefined)
    }
  }

  apply(change: Change): void {
    this.#isStale ||= this.#readings.get(change.collection)!.isTouchedBy(change)
  }

  take(): readonly RowChange[] | undefined {
    const changes = this.#changes
    this.#changes = []
    this.#taken = this.#rows
    return changes.length === 0 ? undefined : changes
  }

  leave(): void {
    for (const reading of this.#readings.values()) reading.replace([])
  }

  /** Without rows there are too many, and it is asked again when those that were counted change. */
  #replace(answers: readonly Answered[], rows: readonly Row[] | undefined): void {
    for (const [collection, reading] of this.#readings) {
      reading.replace(answers.filter(({ plan }) => plan.collection === collection))
    }
    this.#isStale = false
    this.#isTooMuch = rows === undefined
    if (rows === undefined) return
    this.#rows = rows
    this.#changes = difference(this.#plan.collection, this.#taken, rows)
  }
}

const tooMuch = new Error('More rows than a live query may hold')
