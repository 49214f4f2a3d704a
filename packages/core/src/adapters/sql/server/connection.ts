import { WherryError } from '../../../errors/wherry-error.ts'
import type { HostResult } from '../host.ts'
import type { Runtime } from '../../../lib/runtime.ts'

/** A driver's connection, as far as it is used here; each engine makes its driver's look like this. */
export interface DriverConnection {
  /**
   * Runs a statement; statements that are sent without awaiting follow each other. With a name it
   * is prepared, once, under that name. Rejects with what the driver throws.
   */
  query(statement: SqlText, values: readonly unknown[]): Promise<SqlResult>
  /** Runs a statement of host code: rows and values are as the driver makes them. */
  hostQuery(sql: string, values: readonly unknown[]): Promise<HostResult>
  /** False once it is broken or closed. */
  readonly isUsable: boolean
  /** Closes it when all that was sent is answered. */
  close(): Promise<void>
  /** Closes it at once; what runs on it rejects. */
  destroy(): void
}

export interface SqlText {
  readonly sql: string
  /** Absent: run as it is, unprepared. */
  readonly name?: string | undefined
}

export interface SqlResult {
  /** Each an array of columns, in the form that the engine's row code reads. */
  readonly rows: unknown[][]
  /** Rows inserted, matched by an update, or deleted. */
  readonly count: number
}

/** How long a rollback may take, which nobody should have to wait for. */
const rollbackMs = 5_000

/** How long a connection may take to close. */
const goodbyeMs = 5_000

/** The longest that timers can wait: 24 days. */
const longestMs = 2 ** 31 - 1

/** A connection whose every call ends in time. */
export class SqlConnection {
  readonly #driver: DriverConnection
  readonly #runtime: Runtime
  #deadlineMs: number
  /** By the runtime's monotonic clock. */
  #endsAt = Infinity

  constructor(driver: DriverConnection, runtime: Runtime, deadlineMs: number) {
    this.#driver = driver
    this.#runtime = runtime
    this.#deadlineMs = Math.min(deadlineMs, longestMs)
  }

  get isUsable(): boolean {
    return this.#driver.isUsable
  }

  /** From now on a statement takes as long as it takes, such as one that makes an index. */
  waitForEver(): void {
    this.#deadlineMs = longestMs
  }

  /** So long from now nothing runs any more, such as at the end of a transaction's time. */
  endWithin(ms: number): void {
    this.#endsAt = this.#runtime.monotonic() + ms
  }

  /**
   * Runs a statement. The server ends what takes too long, a little before this does; where it does
   * not answer at all, the connection is given up, because nobody could tell what runs on it.
   */
  run(statement: SqlText, values: readonly unknown[] = []): Promise<SqlResult> {
    return this.#inTime(() => this.#driver.query(statement, values))
  }

  /** The same for a statement of host code. */
  runHost(sql: string, values: readonly unknown[]): Promise<HostResult> {
    return this.#inTime(() => this.#driver.hostQuery(sql, values))
  }

  /** What cannot be rolled back at once is not used again: the server rolls back when the connection ends. */
  async rollback(): Promise<void> {
    if (!this.isUsable) return
    this.endWithin(rollbackMs)
    await this.run({ sql: 'rollback' }).catch(() => this.destroy())
    this.endWithin(Infinity)
  }

  #inTime<T>(work: () => Promise<T>): Promise<T> {
    const deadlineMs =
      this.#endsAt === Infinity
        ? this.#deadlineMs
        : Math.min(this.#deadlineMs, Math.max(0, this.#endsAt - this.#runtime.monotonic()))
    return new Promise((resolve, reject) => {
      const timer = this.#runtime.setTimeout(() => {
        this.#driver.destroy()
        reject(unanswered(deadlineMs))
      }, deadlineMs)
      work().then(
        (result) => {
          this.#runtime.clearTimeout(timer)
          return resolve(result)
        },
        (error: unknown) => {
          this.#runtime.clearTimeout(timer)
          return reject(error)
        },
      )
    })
  }

  /** Closes it when all that was sent is answered; where nothing answers, it is given up. */
  async close(): Promise<void> {
    this.endWithin(goodbyeMs)
    await this.#inTime(() => this.#driver.close()).catch(() => this.destroy())
  }

  destroy(): void {
    this.#driver.destroy()
  }
}

function unanswered(deadlineMs: number): WherryError {
  return new WherryError(
    'DatabaseUnavailable',
    `The database did not answer within ${Math.round(deadlineMs)} ms; try again, and see whether it is well`,
  )
}
