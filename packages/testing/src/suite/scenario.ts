import type { Capabilities, ConnectOptions, ErrorCode, Outcome } from '@wherry/core'
import type { SchemaName } from '../schemas/all.ts'

/**
 * What every engine does, as data: a scenario is a sentence about behaviour, and steps that show
 * it. `run-scenario.ts` interprets it; a runner in another language could do the same. Values are
 * those that JavaScript callers pass (Date, bigint, Uint8Array), and `markers.ts` lists what may
 * stand for values that are known only when it runs.
 */
export interface Behaviour {
  /** One word or two: 'nulls', 'upsert'. */
  readonly name: string
  /** The schema of scenarios that name no other. */
  readonly schema: SchemaName
  readonly scenarios: readonly Scenario[]
}

export interface Scenario {
  /** A sentence about behaviour, unique among all scenarios. */
  readonly name: string
  readonly schema?: SchemaName
  /** Capabilities without which an engine cannot do this. */
  readonly needs?: readonly Capability[]
  readonly steps: readonly Step[]
  /**
   * What holds instead on an engine that lacks what no call asks for: durability, foreign keys.
   * Absent, or where more is missing: the steps end, at one of them, in Unsupported.
   */
  readonly otherwise?: readonly Step[]
  /** How long a writer waits for another one. Default: as the adapter has it. */
  readonly lockTimeoutMs?: number
  /** Whether the service is connected before the first step. Default true. */
  readonly connected?: boolean
}

export type Capability = keyof Capabilities

export type Step =
  | CallStep
  | RowStep
  | ValuesStep
  | MatchingStep
  | PagesStep
  | TransactionStep
  | ParallelStep
  | OpenStep
  | LetStep
  | AlterStep
  | CheckStep
  | MetaStep
  | SignalStep
  | AwaitStep
  | ThrowStep
  | HangStep
  | ClockStep

export type CollectionMethod =
  | 'find'
  | 'findOne'
  | 'get'
  | 'page'
  | 'stream'
  | 'count'
  | 'aggregate'
  | 'insert'
  | 'insertMany'
  | 'update'
  | 'updateMany'
  | 'upsert'
  | 'delete'
  | 'deleteMany'

export type ServiceMethod = 'connect' | 'close' | 'ping' | 'stats' | 'collection' | 'transaction'

/** Calls a method, and compares what it gives or how it fails. Without either it must succeed. */
export interface CallStep {
  /** 'notes.insert' of a collection, 'ping' of the service. */
  readonly call: `${string}.${CollectionMethod}` | ServiceMethod
  readonly with?: readonly unknown[]
  /** Whose method. Default: the innermost transaction's, outside of any the service's, 'data'. */
  readonly on?: string
  /** Keeps the result under this name. */
  readonly as?: string
  readonly gives?: unknown
  readonly fails?: Failure
  /** stream: how many rows to take before leaving the loop. Default: all. */
  readonly take?: number
  /** Goes on at once, without waiting for the result. */
  readonly unawaited?: true
}

/** How a call fails. Every message says something, and names the fields at fault. */
export type Failure = WherryFailure | { readonly thrown: string }

export interface WherryFailure {
  readonly code: ErrorCode
  /** details.fields; the message has to name them. */
  readonly fields?: readonly string[]
  /** What else the message has to name. */
  readonly names?: readonly string[]
  readonly collection?: string
  /** details.current. */
  readonly current?: unknown
  /** Of writes. Default 'not-applied'. */
  readonly outcome?: Outcome
  readonly cause?: Failure
}

/** The row with this key has these values, beside others. */
export interface RowStep {
  readonly row: unknown
  /** The collection. */
  readonly of: string
  readonly has: Readonly<Record<string, unknown>>
}

/** One field's values in all rows, in the order of their keys. */
export interface ValuesStep {
  readonly values: string
  /** The collection. */
  readonly of: string
  readonly are: readonly unknown[]
}

/**
 * Exactly the rows with these ids match, in the order of their ids; `count` says as many; and the
 * negation matches exactly the other rows.
 */
export interface MatchingStep {
  readonly matching: unknown
  /** The collection. */
  readonly of: string
  readonly are: readonly string[]
}

/**
 * Reading with this query gives these ids in this order: at once, in pages of each size, and
 * streamed in batches of each size.
 */
export interface PagesStep {
  /** The collection. */
  readonly pages: string
  readonly query: Readonly<Record<string, unknown>>
  readonly sizes: readonly number[]
  readonly are: readonly string[]
}

/**
 * Runs the steps as the closure of a transaction: of the service, or of the transaction that this
 * step stands in. An error that a step does not expect leaves the closure, which rolls back.
 */
export interface TransactionStep {
  readonly transaction: readonly Step[]
  /** The options: isolationLevel, maxRetries, timeoutMs. */
  readonly with?: unknown
  readonly on?: string
  /** What steps inside, and after the end, call this transaction in `on`. */
  readonly scope?: string
  /** What the closure returns. */
  readonly returns?: unknown
  readonly as?: string
  readonly gives?: unknown
  readonly fails?: Failure
}

/** Runs the branches at once, and waits for all. What one keeps, others see when all have ended. */
export interface ParallelStep {
  readonly parallel: readonly (readonly Step[])[]
  /** Exactly so many branches succeed, whichever, and the others end in this failure. */
  readonly race?: { readonly winners: number; readonly others: Failure }
}

/** Makes another service on the same database, perhaps as another schema sees it. */
export interface OpenStep {
  /** What later steps call it in `on`. */
  readonly open: string
  readonly schema?: SchemaName
  /** The options of `connect`, or false to leave that to a later step. Default {}. */
  readonly connect?: ConnectOptions | false
  readonly fails?: Failure
}

/** Keeps a value under a name, so that several steps share the very same object. */
export interface LetStep {
  readonly let: string
  readonly be: unknown
}

/** Changes a kept object in place, as careless callers do. */
export interface AlterStep {
  /** A place, such as 'note.data.list.0'. */
  readonly alter: string
  readonly to: unknown
}

/** Compares a kept value. */
export interface CheckStep {
  readonly check: unknown
  readonly gives: unknown
}

/** Compares what `metaOf` tells about a kept result. */
export interface MetaStep {
  readonly metaOf: string
  readonly gives: unknown
}

/** Lets go on whoever awaits the signal. */
export interface SignalStep {
  readonly signal: string
}

/** Waits for a signal from another branch. */
export interface AwaitStep {
  readonly await: string
}

/** Throws an error: one that is not Wherry's, or with a code one that is. */
export interface ThrowStep {
  readonly throw: string
  readonly code?: ErrorCode
  /** Only the first so many times that this step is reached. Default: always. */
  readonly times?: number
}

/** Never ends; for closures that time out. */
export interface HangStep {
  readonly hang: true
}

/** Moves the service's wall clock, which otherwise stands still at `startTime`. */
export interface ClockStep {
  readonly advanceMs: number
}

/** The time that a scenario begins at. */
export const startTime = '2026-01-31T12:00:00.000Z'
