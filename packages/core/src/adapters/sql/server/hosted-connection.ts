import type { IsolationLevel } from '../../../contract/adapter.ts'
import type { HostConnection, HostResult } from '../host.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlEngine } from './engine.ts'

/** A connection that host code was lent. */
export class HostedConnection implements HostConnection {
  readonly #engine: SqlEngine
  readonly connection: SqlConnection

  constructor(engine: SqlEngine, connection: SqlConnection) {
    this.#engine = engine
    this.connection = connection
  }

  async query(sql: string, values: readonly unknown[]): Promise<HostResult> {
    try {
      return await this.connection.runHost(sql, values)
    } catch (error) {
      throw this.#engine.toWherryError(error)
    }
  }

  async begin(isolationLevel = 'read committed'): Promise<void> {
    for (const statement of this.#engine.begin(isolationLevel as IsolationLevel)) {
      await this.query(statement, [])
    }
  }
}
