import type { KyselyParts } from './kysely-parts.ts'

/**
 * What host code is given of an SQL engine: connections of the adapter's own, without plans. What it
 * writes is seen by the log as any stranger's writes are.
 */
export interface SqlHost {
  readonly kyselyParts: KyselyParts
  /** A connection for the caller alone, until it is released. */
  acquire(): Promise<HostConnection>
  /** Ends what was left of a transaction that nobody has ended. */
  release(connection: HostConnection): Promise<void>
}

export interface HostConnection {
  /**
   * Rows and values are as the driver makes them; errors are Wherry's. Of what `isRead` nothing is in
   * doubt when its answer is lost.
   */
  query(sql: string, values: readonly unknown[], isRead: boolean): Promise<HostResult>
  /** Begins a transaction, of the engine's own default where no level is given. */
  begin(isolationLevel: string | undefined): Promise<void>
  /** Ends a transaction that was begun so. */
  end(how: 'commit' | 'rollback'): Promise<void>
}

export interface HostResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** Of a write: the rows inserted, matched or deleted. */
  readonly count?: number
  /** The key that the database made, where it tells. */
  readonly insertId?: bigint
}

const hosts = new WeakMap<object, SqlHost>()

/** An adapter's own, beside its contract, which knows no SQL. */
export function keepHost(adapter: object, host: SqlHost): void {
  hosts.set(adapter, host)
}

export function hostOf(adapter: object): SqlHost | undefined {
  return hosts.get(adapter)
}
