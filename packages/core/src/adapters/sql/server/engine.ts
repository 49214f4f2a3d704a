import type { AdapterContext, IsolationLevel, WriteResult } from '../../../contract/adapter.ts'
import type { ChangeLog } from '../../../contract/change-log.ts'
import type { Finding } from '../../../contract/finding.ts'
import type { WherryError } from '../../../errors/wherry-error.ts'
import type { Plan, WritePlan } from '../../../query/ast.ts'
import type { CollectionDefinition, SchemaDefinition } from '../../../schema/definition.ts'
import type { NewEntry } from '../capture.ts'
import type { AddStatement } from '../ddl.ts'
import type { Dialect } from '../dialect.ts'
import type { Catalog, FitsType, Missing } from '../ensure.ts'
import type { DriverConnection, SqlConnection } from './connection.ts'
import type { PoolSettings } from './pool.ts'
import type { PlanRunner } from './plan-runner.ts'

/**
 * What one engine behind a connection is made of; `SqlAdapter` makes an adapter of it. Errors of
 * the driver pass through it untouched: `toWherryError` says what they mean.
 */
export interface SqlEngine {
  readonly name: string
  readonly dialect: Dialect
  readonly pool: PoolSettings
  /** What a call that waited too long for a connection is told, where there is more to say. */
  readonly poolExhausted?: (timeoutMs: number, cause: unknown) => WherryError
  readonly capabilities: { readonly durable: boolean; readonly sharedBetweenProcesses: boolean }
  /** The server is told to end what takes longer than this; the client waits a little longer. */
  readonly statementTimeoutMs: number
  /** Whether reads by key may share one connection on which they follow each other unawaited. */
  readonly pipelinesReads: boolean

  /** Starts what runs within this process, however long it takes: no call waits for that in vain. */
  start?(): Promise<unknown>
  /** Opens a connection and sets it up. */
  open(context: AdapterContext): Promise<DriverConnection>
  /** Ends what outlives its connections. */
  close?(): Promise<void>

  /** What the driver threw; `plan` is what was asked of it, where it was a plan. */
  toWherryError(error: unknown, plan?: Plan): WherryError

  /** The statements that begin a transaction. */
  begin(isolationLevel: IsolationLevel): readonly string[]

  /** Applies a plan: inside a transaction, or alone where `isAtomic` says that it needs none. */
  write(runner: PlanRunner, plan: WritePlan, isAlone: boolean): Promise<WriteResult>
  /** Whether `write` alone is all or nothing, such as one statement, which commits by itself. */
  isAtomic(plan: WritePlan): boolean

  /** Writes entries of a collection into the log, as a trigger would, within the transaction. */
  appendLog(runner: PlanRunner, of: EntriesOf, entries: readonly NewEntry[]): Promise<void>

  readonly schema: EngineSchema
  readonly ledger: LedgerStatements
  createLog(host: LogHost): EngineLog
}

/** What all entries of one write have in common. */
export interface EntriesOf {
  readonly collection: string
  readonly schemaHash: string
}

/** What the database holds beside the rows: tables, indexes, triggers. */
export interface EngineSchema {
  /**
   * Runs work while no other process changes the schema, however long that takes and the work, too.
   * The connection is not used for anything else after it.
   */
  locked<T>(connection: SqlConnection, work: () => Promise<T>): Promise<T>
  read(connection: SqlConnection, context: AdapterContext): Promise<Catalog>
  /** The statements that add what is missing. */
  add(context: AdapterContext, missing: readonly Missing[]): readonly AddStatement[]
  /** The statements that make what the log lacks, and remove what writes it and should not. */
  missingLog(
    connection: SqlConnection,
    context: AdapterContext,
    catalog: Catalog,
  ): Promise<readonly string[]>
  /** The tables of these collections whose changes the log does not tell to this service. */
  uncaptured(
    runner: PlanRunner,
    collections: Iterable<CollectionDefinition>,
  ): Promise<readonly string[]>
  /** The tables whose changes triggers of ours write, and should not. */
  wronglyCaptured(connection: SqlConnection, context: AdapterContext): Promise<readonly string[]>
  readonly fitsType: FitsType
  readViews(connection: SqlConnection): Promise<readonly string[]>
  /** What of the engine's own matters to the contract: settings, tables, what triggers cannot see. */
  examine(connection: SqlConnection, scope: ExaminedScope): Promise<readonly Finding[]>
}

export interface ExaminedScope {
  readonly schema: SchemaDefinition
  /** Whether what is written is to last. */
  readonly durable: boolean
  /** The most connections that this adapter opens. */
  readonly maxConnections: number
}

/** See `adapters/ledger.ts`. Parameters in the order of the comments. */
export interface LedgerStatements {
  /** Inserts (id, actor, expires) unless the id is there; waits for whoever is inserting it. */
  readonly claim: string
  /** Reads actor and result of an id. */
  readonly look: string
  /** Sets (result, id). */
  readonly record: string
  /** Removes a few that expired before this. */
  readonly forget: string
  /** Tells the triggers of this transaction (actor, mutation id). */
  readonly sign: string
  /** Takes that back; absent where the end of the transaction does. */
  readonly unsign?: string
}

/** What a log is given by the adapter that it belongs to. */
export interface LogHost {
  context(): AdapterContext
  /** Runs work on a connection of its own, with Wherry's errors. */
  withConnection<T>(work: (runner: PlanRunner) => Promise<T>): Promise<T>
}

export interface EngineLog extends ChangeLog {
  /** Something was committed through this process. */
  committed(): void
  /** Ends what it has open. */
  close(): Promise<void>
}
