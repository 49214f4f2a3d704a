import type { Change } from '../contract/change-log.ts'
import type { FindPlan } from '../query/ast.ts'
import { compileFilter, type Predicate } from '../query/evaluate.ts'
import { rowComparator } from '../query/order.ts'
import type { Row } from '../schema/definition.ts'
import type { LiveIndex } from './live-index.ts'

/** A question of flat rows, and the whole rows that were found. */
export interface Answered {
  readonly plan: FindPlan
  readonly rows: readonly Row[]
}

/** What a view has read of one collection: by that, changes find it. */
export class Reading {
  readonly #index: LiveIndex<unknown>
  readonly #self: unknown
  #held: ReadonlySet<string> = new Set()
  #wanted: readonly Predicate[] = []
  #leaveIndex: readonly (() => void)[] = []

  constructor(index: LiveIndex<unknown>, self: unknown) {
    this.#index = index
    this.#self = self
  }

  /** Holds these answers, and no others. */
  replace(answers: readonly Answered[]): void {
    for (const remove of this.#leaveIndex) remove()
    this.#leaveIndex = answers.map(({ plan }) => this.#index.add(plan.filter, this.#self))
    this.#wanted = answers.map(wantedBy)
    const values = new Set(answers.flatMap(({ rows }) => rows.flatMap(this.#index.valuesOf)))
    for (const value of this.#held) if (!values.has(value)) this.#index.release(value, this.#self)
    for (const value of values) if (!this.#held.has(value)) this.#index.hold(value, this.#self)
    this.#held = values
  }

  /** Whether a row that was found may be another now, or gone, or one would be found that was not. */
  isTouchedBy({ old, row }: Change): boolean {
    if (this.#index.valuesOf((row ?? old)!).some((value) => this.#held.has(value))) return true
    return row !== null && this.#wanted.some((matches) => matches(row))
  }
}

/** Whether a row would be found: what comes behind as many as were asked for would not. */
function wantedBy({ plan, rows }: Answered): Predicate {
  const { filter, order, limit } = plan
  const matches = compileFilter(filter)
  const last = rows.at(-1)
  if (last === undefined || rows.length !== limit) return matches
  const compare = rowComparator(order)
  return (row) => matches(row) && compare(row, last) < 0
}
