import {
  SqlConnection,
  type DriverConnection,
  type SqlResult,
  type SqlText,
} from '../../../src/adapters/sql/server/connection.ts'
import { FakeRuntime } from '../../support/fake-runtime.ts'

interface Pending {
  readonly resolve: (result: SqlResult) => void
  readonly reject: (error: Error) => void
}

/** A driver's connection without a database: a test answers in the place of the server. */
export class FakeDriver implements DriverConnection {
  readonly calls: { readonly sql: string; readonly values: readonly unknown[] }[] = []
  isUsable = true
  end: 'closed' | 'destroyed' | undefined
  readonly #pending: Pending[] = []

  query({ sql }: SqlText, values: readonly unknown[]): Promise<SqlResult> {
    this.calls.push({ sql, values })
    return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }))
  }

  /** Answers the statement that waits longest. */
  answer(result: SqlResult): void {
    this.#pending.shift()?.resolve(result)
  }

  fail(error: Error): void {
    this.#pending.shift()?.reject(error)
  }

  async hostQuery(): Promise<never> {
    throw new Error('no host code runs here')
  }

  async close(): Promise<void> {
    this.#end('closed')
  }

  destroy(): void {
    this.#end('destroyed')
    for (const { reject } of this.#pending.splice(0)) reject(new Error('destroyed'))
  }

  #end(how: 'closed' | 'destroyed'): void {
    this.isUsable = false
    this.end ??= how
  }
}

export function openFake({ deadlineMs = 1_000, runtime = new FakeRuntime() } = {}) {
  const driver = new FakeDriver()
  return { driver, runtime, connection: new SqlConnection(driver, runtime, deadlineMs) }
}
