import type { IsolationLevel } from '../../../contract/adapter.ts'
import { WherryError } from '../../../errors/wherry-error.ts'
import type { HostConnection, HostResult } from '../host.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlEngine } from './engine.ts'
import { failureOfCommit } from './outcome.ts'

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

  query(sql: string, values: readonly unknown[], isRead = false): Promise<HostResult> {
    return this.#run(sql, values, !this.#isInTransaction && !isRead)
  }

  async begin(isolationLevel = 'read committed'): Promise<void> {
    this.#isInTransaction = true
    for (const statement of this.#engine.begin(isolationLevel as IsolationLevel)) {
      await this.query(statement, [])
    }
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    if (how === 'rollback') {
      // Of a connection that was lost the server does it, and what comes now would hide why.
      if (!this.connection.isUsable) return
      this.#failure = undefined
    }
    await this.#run(how, [], how === 'commit')
    this.#isInTransaction = false
  }

  async #run(sql: string, values: readonly unknown[], commits: boolean): Promise<HostResult> {
    if (this.#failure !== undefined) throw aborted(this.#failure)
    try {
      return await this.connection.runHost(sql, values)
    } catch (error) {
      const known = this.#engine.toWherryError(error)
      if (commits) throw failureOfCommit(known, this.connection)
      if (this.#isInTransaction && known.code === 'SerializationFailure') this.#failure = known
      throw known
    }
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
