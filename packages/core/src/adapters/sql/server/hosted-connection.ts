import type { IsolationLevel } from '../../../contract/adapter.ts'
import { WherryError } from '../../../errors/wherry-error.ts'
import type { HostConnection, HostResult } from '../host.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlEngine } from './engine.ts'

/** A connection that host code was lent. */
export class HostedConnection implements HostConnection {
  readonly #engine: SqlEngine
  readonly connection: SqlConnection
  #isInTransaction = false
  /** Why the server has rolled the transaction back: what MySQL runs behind it commits by itself. */
  #failure: WherryError | undefined

  constructor(engine: SqlEngine, connection: SqlConnection) {
    this.#engine = engine
    this.connection = connection
  }

  async query(sql: string, values: readonly unknown[]): Promise<HostResult> {
    if (this.#failure !== undefined) throw aborted(this.#failure)
    try {
      return await this.connection.runHost(sql, values)
    } catch (error) {
      const known = this.#engine.toWherryError(error)
      if (this.#isInTransaction && known.code === 'SerializationFailure') this.#failure = known
      throw known
    }
  }

  async begin(isolationLevel = 'read committed'): Promise<void> {
    for (const statement of this.#engine.begin(isolationLevel as IsolationLevel)) {
      await this.query(statement, [])
    }
    this.#isInTransaction = true
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    if (how === 'rollback') this.#failure = undefined
    await this.query(how, [])
    this.#isInTransaction = false
  }
}

function aborted(cause: WherryError): WherryError {
  return new WherryError(
    'TransactionAborted',
    `The database has rolled the transaction back; run it anew. ${cause.message}`,
    { outcome: 'not-applied' },
    cause,
  )
}
