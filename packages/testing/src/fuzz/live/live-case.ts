import type { Call, Transaction } from '../operation.ts'
import type { SchemaSpec } from '../schema-spec.ts'

/** Everything that one run of live queries does, from an empty database on. */
export interface LiveCase {
  readonly schema: SchemaSpec
  /** Seeds the ids that the services make. */
  readonly seed: number
  readonly queries: readonly LiveWish[]
  readonly steps: readonly LiveStep[]
}

/** `data.<on>.<live>(query)` */
export interface LiveWish {
  readonly live: 'live' | 'liveCount' | 'liveAggregate'
  readonly on: string
  readonly query: Readonly<Record<string, unknown>>
}

/** What is written at once. */
export interface LiveStep {
  readonly atMs: number
  readonly writes: readonly LiveWrite[]
  /** Wait until everything is told before what follows. */
  readonly settles: boolean
}

export interface LiveWrite {
  readonly write: Call | Transaction
  /** Go through a second service, where the database can have one. */
  readonly beside: boolean
}
