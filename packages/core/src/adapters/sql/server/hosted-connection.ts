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
  /** What failed last in the transaction. */
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
    // Of a connection that was lost the server does it, and what fails now would hide why.
    if (how === 'rollback' && !this.connection.isUsable) return
    if (how === 'rollback') this.#failure = undefined
    // PostgreSQL rolls a failed transaction back where it is to commit it, and calls that no error.
    if (this.#failure !== undefined) await this.query('select 1', [])
    await this.#run(how, [], how === 'commit')
    this.#isInTransaction = false
  }

  async #run(sql: string, values: readonly unknown[], commits: boolean): Promise<HostResult> {
    // The server has rolled the transaction back: what MySQL runs behind it commits by itself.
    if (this.#failure?.code === 'SerializationFailure') throw aborted(this.#failure)
    try {
      return await this.connection.runHost(sql, values)
    } catch (error) {
      const known = this.#engine.toWherryError(error)
      if (commits) throw failureOfCommit(known, this.connection)
      if (known.code === 'TransactionAborted') throw aborted(this.#failure ?? known)
      if (this.#isInTransaction) this.#failure = known
      throw known
    }
  }
}

function aborted(cause: WherryError): WherryError {
  return new WherryError(
    'TransactionAborted',
    `A statement in the transaction failed, so all of it is rolled back; run it anew. ${cause.message}`,
    { outcome: 'not-applied' },
    cause,
  )
}
