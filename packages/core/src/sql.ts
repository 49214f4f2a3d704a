import {
  Kysely,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type TransactionSettings,
} from 'kysely'
import { hostOf, type HostConnection, type SqlHost } from './adapters/sql/host.ts'
import { WherryError } from './errors/wherry-error.ts'
import { invalidOptions } from './lib/options.ts'
import { interiorOf } from './service/interior.ts'

/**
 * The engine itself, for host code, by Kysely: what the query language does not say is said in SQL,
 * with values as the driver makes them. Its writes are in the change log, as any program's are.
 * `engine` is the adapter's name, so that SQL of one engine is not run on another. Connections are
 * the service's, which closes them: `destroy()` does nothing. Throws InvalidOptions, and where it is
 * used OutsideTransaction or NotConnected.
 */
export function kysely<Tables = Record<string, Record<string, unknown>>>(
  data: object,
  engine: string,
): Kysely<Tables> {
  const { adapter, checkOutside } = interiorOf(data)
  const host = hostOf(adapter)
  if (adapter.name !== engine || host === undefined) {
    throw invalidOptions(
      `kysely() is asked for '${engine}', and the service's database is '${adapter.name}'` +
        (host === undefined ? ', which knows no SQL' : ''),
    )
  }
  return new Kysely<Tables>({
    dialect: { ...host.kyselyParts, createDriver: () => new HostDriver(host, checkOutside) },
  })
}

/** Kysely's side of the connections that an adapter lends. */
class HostDriver implements Driver {
  readonly #host: SqlHost
  readonly #checkOutside: () => void

  constructor(host: SqlHost, checkOutside: () => void) {
    this.#host = host
    this.#checkOutside = checkOutside
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Lent> {
    this.#checkOutside()
    return new Lent(await this.#host.acquire())
  }

  async beginTransaction(
    { connection }: Lent,
    { isolationLevel, accessMode }: TransactionSettings,
  ): Promise<void> {
    if (accessMode !== undefined) {
      throw new WherryError(
        'Unsupported',
        'A transaction of kysely() has no access mode; only read in it, and leave the setting out',
      )
    }
    await connection.begin(isolationLevel)
  }

  async commitTransaction({ connection }: Lent): Promise<void> {
    await connection.end('commit')
  }

  async rollbackTransaction({ connection }: Lent): Promise<void> {
    await connection.end('rollback')
  }

  async releaseConnection({ connection }: Lent): Promise<void> {
    await this.#host.release(connection)
  }

  async destroy(): Promise<void> {}
}

class Lent implements DatabaseConnection {
  readonly connection: HostConnection

  constructor(connection: HostConnection) {
    this.connection = connection
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as Kysely has it
  async executeQuery<R>({ sql, parameters, query }: CompiledQuery) {
    // Behind a WITH there may be a write.
    const isRead = query.kind === 'SelectQueryNode' && query.with === undefined
    const { rows, count, insertId } = await this.connection.query(sql, parameters, isRead)
    return {
      rows: rows as readonly unknown[] as R[],
      ...(count !== undefined && { numAffectedRows: BigInt(count) }),
      ...(insertId !== undefined && { insertId }),
    }
  }

  // oxlint-disable-next-line require-yield -- it says so when it is read
  async *streamQuery(): AsyncGenerator<never> {
    throw new WherryError(
      'Unsupported',
      'kysely() streams no rows; read them in pages, or by stream() of a collection',
    )
  }
}
