import type { IsolationLevel, PoolStats } from '../contract/adapter.ts'
import type { Finding } from '../contract/finding.ts'
import type { Listening } from '../channels/listening.ts'
import type { GapEvent } from '../channels/events.ts'
import type { ChangeEvent } from '../channels/row-events.ts'
import type { WherryError } from '../errors/wherry-error.ts'
import type { ChangeType } from '../live/feed-event.ts'
import type { LiveExplanation, LiveListener, LiveValueListener } from '../live/live-event.ts'
import type {
  AnySchema,
  CollectionName,
  InsertOf,
  KeyOf,
  RowOf,
  UpdateOf,
  VersionOf,
} from '../schema/types.ts'
import type { Channel, TransactionChannel } from './channel-types.ts'
import type {
  AggregateQuery,
  Checked,
  CheckedWhere,
  CountQuery,
  DeleteManyQuery,
  FindOneQuery,
  FindQuery,
  Found,
  GroupOf,
  LiveQueryOf,
  UpdateManyQuery,
  UpsertQuery,
} from './query-types.ts'

export type * from './channel-types.ts'
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
  readonly include?: FindOneQuery<S, K>['include']
  /** Locks the row, and not what it includes, until the transaction ends. Default false; only inside a transaction. */
  readonly forUpdate?: boolean
}

export interface LiveQuery<R> {
  /** Calls the listener with the rows, and again after every change, until what it returns is called. */
  subscribe(listener: LiveListener<R>): () => void
}

export interface LiveValue<V> {
  /** Calls the listener with the value, and again when it has changed, until what it returns is called. */
  subscribe(listener: LiveValueListener<V>): () => void
}

export interface StreamOptions {
  /** Rows to read at a time. */
  readonly batchSize?: number
}

export interface WriteOptions<S extends AnySchema, K extends CollectionName<S>> {
  /** Refuse with VersionConflict unless the row has this version. */
  readonly ifVersion?: VersionOf<S, K>
}

/** The methods of one collection, the same on a service and in a transaction. */
export interface CollectionHandle<S extends AnySchema, K extends CollectionName<S>> {
  /** The rows that match. */
  find<const Q = {}>(query?: Checked<Q, FindQuery<S, K>>): Promise<Found<S, K, Q>[]>
  /** The first row that matches, or null. */
  findOne<const Q = {}>(query?: Checked<Q, FindOneQuery<S, K>>): Promise<Found<S, K, Q> | null>
  /** The row with this key; rejects with NotFound when there is none. */
  get<const Q = {}>(
    key: KeyOf<S, K>,
    options?: Checked<Q, GetOptions<S, K>>,
  ): Promise<Found<S, K, Q>>
  /** The rows that match, up to `limit`, and where the next page begins. */
  page<const Q = {}>(query?: Checked<Q, FindQuery<S, K>>): Promise<Page<Found<S, K, Q>>>
  /** The rows that match, one after another; it is read in batches and is no snapshot. */
  stream<const Q = {}>(
    query?: Checked<Q, FindQuery<S, K>>,
    options?: StreamOptions,
  ): AsyncIterable<Found<S, K, Q>>
  /** How many rows match. */
  count<const Q = {}>(query?: CheckedWhere<Q, CountQuery<S, K>>): Promise<number>
  /** Measures of the rows that match, for all of them or for each group. */
  aggregate<const Q>(query: Checked<Q, AggregateQuery<S, K, Q>>): Promise<GroupOf<S, K, Q>[]>

  /**
   * The rows that match, now and after every change. It takes `where`, `include`, `orderBy` and
   * `limit`; others throw Unsupported, and a limit above the service's `live.maxRows` is TooLarge.
   */
  live<const Q = {}>(query?: Checked<Q, LiveQueryOf<S, K>>): LiveQuery<Found<S, K, Q>>
  /** How many rows match, now and whenever that changes. */
  liveCount<const Q = {}>(query?: CheckedWhere<Q, CountQuery<S, K>>): LiveValue<number>
  /** Measures of the rows that match, now and whenever one of them changes. */
  liveAggregate<const Q>(
    query: Checked<Q, AggregateQuery<S, K, Q>>,
  ): LiveValue<readonly GroupOf<S, K, Q>[]>
  /**
   * How changes would find this live query, or live aggregate where it has `measures`, and so what
   * it costs them. Nothing is asked.
   */
  explainLive(query?: LiveQueryOf<S, K> | AggregateQuery<S, K>): LiveExplanation

  /** Inserts a row and returns it whole. */
  insert(row: InsertOf<S, K>): Mutation<RowOf<S, K>>
  /** Inserts all of the rows or none, in order, and returns them whole. */
  insertMany(rows: readonly InsertOf<S, K>[]): Mutation<RowOf<S, K>[]>
  /** Changes a row and returns it whole; rejects with NotFound when there is none. */
  update(
    key: KeyOf<S, K>,
    patch: UpdateOf<S, K>,
    options?: WriteOptions<S, K>,
  ): Mutation<RowOf<S, K>>
  /** Changes the rows that match and returns how many did. */
  updateMany<const Q>(query: CheckedWhere<Q, UpdateManyQuery<S, K>>): Mutation<number>
  /** Inserts a row, or updates the row that has the same values in `on`; returns it whole. */
  upsert(query: UpsertQuery<S, K>): Mutation<RowOf<S, K>>
  /** Deletes a row; rejects with NotFound when there is none. */
  delete(key: KeyOf<S, K>, options?: WriteOptions<S, K>): Mutation<void>
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
  /** A channel, of a service that has channels. */
  channel(name: string): TransactionChannel
  /** Runs `work` as a part of this transaction. */
  transaction<T>(work: (tx: Transaction<S>) => Promise<T>): Promise<T>
}

/** What a closure is given; nothing else reaches the transaction. */
export type Transaction<S extends AnySchema> = CollectionHandles<S> & TransactionMethods<S>

/** Which changes a listener is told of. */
export interface OnOptions<S extends AnySchema, K extends CollectionName<S>> {
  /** Only changes of rows that match: as they are now, or of deleted ones as they were. */
  readonly where?: NonNullable<LiveQueryOf<S, K>['where']>
  /**
   * The `position` of an event: first tells what was committed behind it. Default: from now on.
   * Where the log no longer has that, ':gap' is told.
   */
  readonly since?: string
}

/**
 * Listens to committed changes, one by one, in the order of the commits, whoever made them; until
 * what it returns is called: `on('clients:created', (client) => …)`. After the colon stands created,
 * updated or deleted, or changed for all three.
 */
export interface ListenToRows<S extends AnySchema> {
  <K extends CollectionName<S>>(
    name: `${K}:${ChangeType | 'changed'}`,
    listener: (row: RowOf<S, K>, event: ChangeEvent<RowOf<S, K>>) => void,
    options?: OnOptions<S, K>,
  ): Listening
  /** Hears when changes that somebody listens to cannot be told, since the log has lost them. */
  (name: `${CollectionName<S>}:gap`, listener: (gap: GapEvent) => void): Listening
  /** Hears why changes that somebody listens to are late: the log cannot be read. */
  (name: `${CollectionName<S>}:error`, listener: (error: WherryError) => void): Listening
}

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
  /** Listens to committed changes of rows. */
  readonly on: ListenToRows<S>
  /**
   * A channel of this name, 1 to 191 characters; there are all of them, of a service that was created
   * with `channels`. Keep it as long as you are present in it.
   */
  channel(name: string): Channel
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
