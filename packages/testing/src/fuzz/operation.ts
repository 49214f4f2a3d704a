import type { SchemaSpec } from './schema-spec.ts'

/** Everything that one run does, from an empty database on: what is shrunk and printed. */
export interface FuzzCase {
  readonly schema: SchemaSpec
  /** Seeds the ids that the services make. */
  readonly seed: number
  readonly operations: readonly Operation[]
}

export type Operation = Timed & (Call | Transaction | Check)

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
}

/** Laws that must hold within one engine, beside its agreement with the oracle. */
export interface Check {
  readonly check: CheckName
  readonly on: string
  readonly args: readonly unknown[]
}

export const checkNames = [
  'complement',
  'threeValued',
  'sameMeaning',
  'pages',
  'window',
  'groups',
] as const
export type CheckName = (typeof checkNames)[number]

export function isWrite(call: Call): boolean {
  return (writeMethods as readonly string[]).includes(call.call)
}

/** What an operation is called in reports. */
export function nameOf(operation: Operation): string {
  if ('transaction' in operation) return 'transaction'
  return 'call' in operation ? operation.call : operation.check
}

/** The collections that an operation may change. */
export function changedBy(operation: Operation): readonly string[] {
  const calls =
    'transaction' in operation ? operation.transaction : 'call' in operation ? [operation] : []
  return Array.from(new Set(calls.filter(isWrite).map(({ on }) => on)))
}
