import type { AggregatePlan, FindPlan, WritePlan } from '../query/ast.ts'
import type { Row, SchemaDefinition } from '../schema/definition.ts'
import type { Runtime } from '../lib/runtime.ts'
import type { Capabilities } from './capabilities.ts'
import type { ChangeLog } from './change-log.ts'
import type { Finding } from './finding.ts'
import type { IntrospectedTable } from './introspection.ts'
import type { LogSettings } from './log-settings.ts'

/**
 * What a database engine has to do, and all that it has to do. The conformance suite of
 * `@wherry/testing` proves an adapter; this file says what it proves.
 *
 * Adapters are given plans and never queries: every value in a plan has been accepted by the
 * schema, every identifier comes from it. They throw WherryError and nothing else.
 */
export interface Adapter extends Session {
  /** The engine's name, as in the import path: 'memory', 'sqlite', … */
  readonly name: string
  readonly capabilities: Capabilities

  /** The committed changes, for live queries and all that follows a database. */
  readonly log: ChangeLog

  /**
   * Opens the database, before anything else. Throws if it cannot be used, and then leaves nothing
   * open; throws Unsupported if it is open already.
   */
  connect(context: AdapterContext): Promise<void>

  /** Ends everything: no handle, timer or file stays open. Calls after it throw NotConnected. */
  close(): Promise<void>

  /** Resolves when the database answers. */
  ping(): Promise<void>

  /**
   * 'create' makes missing tables, indexes, and those missing columns that are nullable or have a
   * default; it never changes or drops what is there. Both modes then compare, and throw
   * SchemaMismatch with every difference that the service could not work with. Extra tables,
   * columns that may stay empty, and indexes are no difference.
   */
  ensure(mode: 'create' | 'verify'): Promise<void>

  /**
   * The tables and views that the database holds, whoever made them and whatever the schema says,
   * in the order of their names and without Wherry's own. It reads the catalog, and no rows but a
   * sample where there is none, as of documents. Empty where a database holds what its schema names
   * and nothing else, as memory does.
   */
  introspect(): Promise<readonly IntrospectedTable[]>

  /**
   * What breaks the contract on this database, what makes it last or run less well than it could,
   * and what the log cannot see of it; nothing is changed. In no order, and without what
   * `capabilities` say.
   */
  doctor(): Promise<readonly Finding[]>

  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it throws, and in
   * either case over when the promise settles. `work` runs once: retrying is the service's.
   * A failed commit throws SerializationFailure, UnknownOutcome or what refused it.
   *
   * A mutation with an id happens once. The id is recorded before `work` runs and, with what it
   * resolves with, which is JSON, commits with the rest. Where it is recorded already, `work` is
   * not run and the record is the result; another actor's is MutationIdTaken. Who comes while the
   * first one runs waits for it. A record is kept for at least 7 days.
   */
  transaction<T>(options: TransactionSettings, work: (session: Session) => Promise<T>): Promise<T>

  /** How many connections there are, and what they do. */
  stats(): PoolStats
}

/** What one can do inside a transaction and, one atomic call at a time, outside. */
export interface Session {
  /** The rows that match, in the plan's order. Callers own what they get: it shares no state. */
  find(plan: FindPlan): Promise<Row[]>

  /** One row per group, of the group's fields and measures; one row in all without `groupBy`. */
  aggregate(plan: AggregatePlan): Promise<Row[]>

  /**
   * Applies the plans in order, all or none. Each plan sees those before it. After a failure inside
   * a transaction the service asks nothing more of the session, and the transaction rolls back.
   */
  write(plans: readonly WritePlan[]): Promise<WriteResult[]>
}

export interface WriteResult {
  /** Rows inserted, matched by an update (changed or not), or deleted. */
  readonly count: number
  /** The rows as they now are: for insert, upsert, and for update when the plan says so. */
  readonly rows: readonly Row[]
}

export type IsolationLevel = 'read committed' | 'repeatable read' | 'serializable'

export interface TransactionSettings {
  /** An engine may give more than is asked, never less. */
  readonly isolationLevel: IsolationLevel
  /** After so long the caller gives up; what still runs in it then is ended, and rolled back. */
  readonly timeoutMs: number
  /** What the log is to say of the changes; absent: nothing. */
  readonly mutation?: MutationSettings
}

export interface MutationSettings {
  /** Visible ASCII, 1 to 64 characters; null: nothing is recorded, and nothing happens only once. */
  readonly id: string | null
  readonly actor: string | null
}

export interface AdapterContext {
  readonly schema: SchemaDefinition
  readonly runtime: Runtime
  /** Whether `ensure` will be allowed to create; a missing database is an error otherwise. */
  readonly mayCreate: boolean
  /** Absent: all as the engine does it by itself. What it cannot do it refuses with Unsupported. */
  readonly log?: LogSettings
}

export interface PoolStats {
  readonly total: number
  readonly idle: number
  readonly active: number
  /** Calls that wait for a connection or for the right to write. */
  readonly waiting: number
}
