import type { IsolationLevel } from '@wherry/core'
import type { SchemaSpec } from './schema-spec.ts'

/** Everything that one run does, from an empty database on: what is shrunk and printed. */
export interface FuzzCase {
  readonly schema: SchemaSpec
  /** Seeds the ids that the services make. */
  readonly seed: number
  readonly operations: readonly Operation[]
}

export type Operation = Single | Race

/** What one client does, and has to come out alike on every engine. */
export type Single = Timed & (Call | Transaction | Check)

interface Timed {
  /** Where the clock stands, in milliseconds since 1970. */
  readonly atMs: number
}

/** `data.<on>.<call>(...args)` */
export interface Call {
  readonly call: ReadMethod | WriteMethod
  readonly on: string
  readonly args: readonly unknown[]
}

export const readMethods = [
  'find',
  'findOne',
  'get',
  'page',
  'stream',
  'count',
  'aggregate',
] as const
export type ReadMethod = (typeof readMethods)[number]

export const writeMethods = [
  'insert',
  'insertMany',
  'update',
  'updateMany',
  'upsert',
  'delete',
  'deleteMany',
] as const
export type WriteMethod = (typeof writeMethods)[number]

/** The calls inside `data.transaction(async (tx) => { … })`. */
export interface Transaction {
  readonly transaction: readonly Call[]
  /** Throw at the end of the closure, so that nothing may remain. */
  readonly fails: boolean
  /** Catch the errors of the calls and go on. */
  readonly catches: boolean
  /** Run the calls from this one on in `tx.transaction`; absent: none. */
  readonly joinsFrom?: number
  readonly actor?: string
  readonly mutationId?: string
}

/** Laws that must hold within one engine, beside its agreement with the oracle. */
export interface Check {
  readonly check: CheckName
  readonly on: string
  readonly args: readonly unknown[]
}

/** What several clients do at once. It may come out differently, and is judged by laws. */
export interface Race extends Timed {
  readonly race: readonly Client[]
  readonly order: TurnOrder
}

/** Who goes on when: see `takeTurns`. */
export interface TurnOrder {
  readonly seed: number
  readonly patience: number
}

export interface Client {
  /** null: no transaction, each call is on its own. */
  readonly isolationLevel: IsolationLevel | null
  readonly calls: readonly (Call | Revision)[]
  /** Throw at the end of the closure, so that nothing may remain. */
  readonly fails: boolean
  /** Catch the errors of the calls and go on. */
  readonly catches: boolean
  readonly maxRetries: number
  /** Go through a second service, where the database can have one. */
  readonly beside: boolean
  /** Two clients of one id do the same, and only one of them may do it. */
  readonly mutationId?: string
}

/** Reads a row, lets others go on, and then writes what it has made of the row. */
export interface Revision {
  readonly revise: 'update' | 'delete'
  readonly on: string
  readonly key: unknown
  /** What sees to it that the row is still the one that was read. */
  readonly guard: 'forUpdate' | 'ifVersion' | 'isolation'
  /** What an update adds to the `total` that it has read. */
  readonly add: number
}

export const checkNames = [
  'complement',
  'threeValued',
  'sameMeaning',
  'pages',
  'window',
  'includes',
  'groups',
] as const
export type CheckName = (typeof checkNames)[number]

export function isWrite(call: Call | Revision): boolean {
  return 'revise' in call || (writeMethods as readonly string[]).includes(call.call)
}

/** What an operation is called in reports. */
export function nameOf(operation: Operation): string {
  if ('transaction' in operation) return 'transaction'
  if ('race' in operation) return 'race'
  return 'call' in operation ? operation.call : operation.check
}

/** The collections that an operation may change. */
export function changedBy(operation: Operation): readonly string[] {
  return Array.from(
    new Set(
      callsOf(operation)
        .filter(isWrite)
        .map(({ on }) => on),
    ),
  )
}

function callsOf(operation: Operation): readonly (Call | Revision)[] {
  if ('race' in operation) return operation.race.flatMap(({ calls }) => calls)
  if ('transaction' in operation) return operation.transaction
  return 'call' in operation ? [operation] : []
}
