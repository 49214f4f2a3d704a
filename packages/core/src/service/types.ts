import type { IsolationLevel, PoolStats } from '../contract/adapter.ts'
import type { Finding } from '../contract/finding.ts'
import type { LiveExplanation, LiveListener } from '../live/live-event.ts'
import type {
  AnySchema,
  CollectionName,
  InsertOf,
  KeyOf,
  RowOf,
  UpdateOf,
} from '../schema/types.ts'
import type {
  AggregateQuery,
  Checked,
  CheckedWhere,
  CountQuery,
  DeleteManyQuery,
  FindOneQuery,
  FindQuery,
  GroupOf,
  LiveQueryOf,
  Selected,
  UpdateManyQuery,
  UpsertQuery,
} from './query-types.ts'

export type * from './query-types.ts'
export type { ReadMeta } from '../query/read-meta.ts'

/**
 * A write on its way. It runs at once, awaited or not; it resolves when the database has it, and
 * rejects with an error whose `details.outcome` says whether anything was applied.
 */
export interface Mutation<T> extends Promise<T> {
  /** Names this write, once and for all: a UUIDv7. */
  readonly id: string
  /** Whether the write waits for a database that is away. */
  readonly queued: Promise<boolean>
}

export interface Page<R> {
  readonly rows: R[]
  /** Give it as `after` to read on; null: there is no more. */
  readonly next: string | null
}

export interface GetOptions<S extends AnySchema, K extends CollectionName<S>> {
  readonly select?: FindOneQuery<S, K>['select']
  /** Locks the row until the transaction ends. Default false; only inside a transaction. */
  readonly forUpdate?: boolean
}

export interface LiveQuery<R> {
  /** Calls the listener with the rows, and again after every change, until what it returns is called. */
  subscribe(listener: LiveListener<R>): () => void
}

export interface StreamOptions {
  /** Rows to read at a time. */
  readonly batchSize?: number
}

export interface WriteOptions {
  /** Refuse with VersionConflict unless the row has this version. */
  readonly ifVersion?: number
}

/** The methods of one collection, the same on a service and in a transaction. */
export interface CollectionHandle<S extends AnySchema, K extends CollectionName<S>> {
  /** The rows that match. */
  find<const Q = {}>(query?: Checked<Q, FindQuery<S, K>>): Promise<Selected<S, K, Q>[]>
  /** The first row that matches, or null. */
  findOne<const Q = {}>(query?: Checked<Q, FindOneQuery<S, K>>): Promise<Selected<S, K, Q> | null>
  /** The row with this key; rejects with NotFound when there is none. */
  get<const Q = {}>(
    key: KeyOf<S, K>,
    options?: Checked<Q, GetOptions<S, K>>,
  ): Promise<Selected<S, K, Q>>
  /** The rows that match, up to `limit`, and where the next page begins. */
  page<const Q = {}>(query?: Checked<Q, FindQuery<S, K>>): Promise<Page<Selected<S, K, Q>>>
  /** The rows that match, one after another; it is read in batches and is no snapshot. */
  stream<const Q = {}>(
    query?: Checked<Q, FindQuery<S, K>>,
    options?: StreamOptions,
  ): AsyncIterable<Selected<S, K, Q>>
  /** How many rows match. */
  count<const Q = {}>(query?: CheckedWhere<Q, CountQuery<S, K>>): Promise<number>
  /** Measures of the rows that match, for all of them or for each group. */
  aggregate<const Q>(query: Checked<Q, AggregateQuery<S, K, Q>>): Promise<GroupOf<S, K, Q>[]>

  /**
   * The rows that match, now and after every change. It takes `where`, `orderBy` and `limit`;
   * others throw Unsupported.
   */
  live(query?: LiveQueryOf<S, K>): LiveQuery<RowOf<S, K>>
  /** How changes would find this live query, and so what it costs them. Nothing is asked. */
  explainLive(query?: LiveQueryOf<S, K>): LiveExplanation

  /** Inserts a row and returns it whole. */
  insert(row: InsertOf<S, K>): Mutation<RowOf<S, K>>
  /** Inserts all of the rows or none, in order, and returns them whole. */
  insertMany(rows: readonly InsertOf<S, K>[]): Mutation<RowOf<S, K>[]>
  /** Changes a row and returns it whole; rejects with NotFound when there is none. */
  update(key: KeyOf<S, K>, patch: UpdateOf<S, K>, options?: WriteOptions): Mutation<RowOf<S, K>>
  /** Changes the rows that match and returns how many did. */
  updateMany<const Q>(query: CheckedWhere<Q, UpdateManyQuery<S, K>>): Mutation<number>
  /** Inserts a row, or updates the row that has the same values in `on`; returns it whole. */
  upsert(query: UpsertQuery<S, K>): Mutation<RowOf<S, K>>
  /** Deletes a row; rejects with NotFound when there is none. */
  delete(key: KeyOf<S, K>, options?: WriteOptions): Mutation<void>
  /** Deletes the rows that match and returns how many did. */
  deleteMany<const Q>(query: CheckedWhere<Q, DeleteManyQuery<S, K>>): Mutation<number>
}

type CollectionHandles<S extends AnySchema> = {
  readonly [K in CollectionName<S>]: CollectionHandle<S, K>
}

export interface TransactionOptions {
  /** How often to run the closure again after an error that is retryable. Default 3. */
  readonly maxRetries?: number
  /** At least this isolation. Default 'serializable' where the engine's is, else what it gives. */
  readonly isolationLevel?: IsolationLevel
  /** How long one run may take, in milliseconds, before TransactionTimeout. */
  readonly timeoutMs?: number
  /**
   * Names what the transaction does, so that it happens once: when one of this id has committed
   * before, within 7 days at least, `work` is not run, and what it resolved with then, which must
   * be JSON, is the result again. 1 to 64 visible ASCII characters, such as a UUID.
   */
  readonly mutationId?: string
  /**
   * Who does it, for the change log: 1 to 191 characters. A mutation of this id by another actor
   * is refused with MutationIdTaken.
   */
  readonly actor?: string
}

export interface TransactionMethods<S extends AnySchema> {
  /** A collection by a name that is only known at run time. */
  collection<K extends CollectionName<S>>(name: K): CollectionHandle<S, K>
  /** Runs `work` as a part of this transaction. */
  transaction<T>(work: (tx: Transaction<S>) => Promise<T>): Promise<T>
}

/** What a closure is given; nothing else reaches the transaction. */
export type Transaction<S extends AnySchema> = CollectionHandles<S> & TransactionMethods<S>

export interface ConnectOptions {
  /**
   * create: makes what is missing in the database (default). verify: refuses with SchemaMismatch.
   * off: does not look.
   */
  readonly ensure?: 'create' | 'verify' | 'off'
}

export interface ServiceMethods<S extends AnySchema> {
  /** Opens the database and compares it with the schema. Call it before everything else. */
  connect(options?: ConnectOptions): Promise<void>
  /** Waits for what runs, then ends everything; nothing keeps the process alive. */
  close(): Promise<void>
  /** Resolves when the database answers. */
  ping(): Promise<void>
  /** How many connections there are, and what they do. */
  stats(): PoolStats
  /**
   * Looks for what breaks the contract on this database (errors), what keeps less or costs more than
   * it seems (warnings), and tells what its change log cannot see (notes), in this order. It changes
   * nothing, and reads the database's catalog and settings, but no rows.
   */
  doctor(): Promise<Finding[]>
  /** A collection by a name that is only known at run time. */
  collection<K extends CollectionName<S>>(name: K): CollectionHandle<S, K>
  /**
   * Runs `work` in one transaction, which commits when it resolves and rolls back when it rejects.
   * The whole of `work` runs again after a retryable error, so it must do nothing else that lasts.
   */
  transaction<T>(work: (tx: Transaction<S>) => Promise<T>, options?: TransactionOptions): Promise<T>
}

/** The data service: `data.<collection>.<method>()`, and the methods of the service itself. */
export type DataService<S extends AnySchema> = CollectionHandles<S> & ServiceMethods<S>
