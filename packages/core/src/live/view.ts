import type { Change, Reader } from '../contract/change-log.ts'
import type { WherryError } from '../errors/wherry-error.ts'
import type { FindPlan } from '../query/ast.ts'
import type { PlannedAggregate } from '../query/plan-aggregate.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import type { RowChange } from './live-event.ts'
import type { LiveIndex } from './live-index.ts'

/** A query that can be followed: of rows, or of groups and what is measured of them. */
export type LivePlan = FindPlan | PlannedAggregate

/**
 * What the tail keeps of one query. It follows the changes that the index finds for it; where they
 * do not tell what it holds it is stale, and is asked anew.
 */
export interface View {
  /** What it reads. */
  readonly collections: readonly CollectionDefinition[]
  /** The shortest time between two of its questions to the database, in milliseconds. */
  readonly restMs: number
  /** Only a question to the database can tell what it holds. */
  readonly isStale: boolean
  /** Why it cannot be told what it holds, though it is known. */
  readonly fault: WherryError | undefined
  /** What is told, in order. Nobody changes it. */
  readonly rows: readonly Row[]

  /** Asks for what it holds. What it returns takes the answer, once the view is to hold that. */
  ask(reader: Reader): Promise<() => void>
  /** Follows one committed change of a collection that it reads. */
  apply(change: Change): void
  /** What has become of the rows since it was last taken; undefined: nothing. */
  take(): readonly RowChange[] | undefined
  /** Leaves the index, and holds nothing any more. */
  leave(): void
}

/** Where a view is made: the index of each collection, and how many rows a view may hold. */
export interface ViewSite<T> {
  readonly maxRows: number
  indexOf(collection: CollectionDefinition): LiveIndex<T>
}
