import type { MutationSettings } from '../../contract/adapter.ts'
import type { Json } from '../../lib/json.ts'
import type { Runtime } from '../../lib/runtime.ts'
import { recordedMs, recordedResult, type LedgerEntry } from '../ledger.ts'
import type { SqliteConnection } from './connection.ts'
import { toWherryError } from './errors.ts'
import { newestSeq } from './sqlite-log.ts'

/** Few enough that no mutation waits for them, and more than a mutation adds. */
const maxForgotten = 100

/**
 * What a transaction writes beside its rows: the id of its mutation, so that it happens once, and
 * what the log is to say of it. A transaction that is rolled back leaves neither.
 */
export class Ledger {
  readonly #writer: SqliteConnection
  readonly #file: string
  readonly #runtime: Runtime

  constructor(writer: SqliteConnection, file: string, runtime: Runtime) {
    this.#writer = writer
    this.#file = file
    this.#runtime = runtime
  }

  /** Runs `work` inside the transaction that is open, unless the mutation has happened. */
  async once<T>(mutation: MutationSettings, work: () => Promise<T>): Promise<T> {
    const { id, actor } = mutation
    const { recorded, seq } = this.#guard(() => ({
      recorded: id === null ? undefined : this.#claim(id, mutation),
      seq: (this.#writer.statement(`select ${newestSeq} as seq`).get() as { seq: number }).seq,
    }))
    if (recorded !== undefined) return recorded.result as T
    const result = await work()
    this.#guard(() => {
      const sign = 'update wherry_log set actor = ?, mutation_id = ? where seq > ?'
      this.#writer.statement(sign).run(actor, id, seq)
      if (id !== null) this.#record(id, result)
    })
    return result
  }

  /** Writes the id before anything else, which tells whether it is the first one. */
  #claim(id: string, mutation: MutationSettings): { readonly result: Json } | undefined {
    const nowMs = this.#runtime.now()
    const claim = 'insert into wherry_idempotency values (?, ?, null, ?) on conflict do nothing'
    if (this.#writer.statement(claim).run(id, mutation.actor, nowMs + recordedMs).changes === 0) {
      const look = 'select actor, result from wherry_idempotency where mutation_id = ?'
      return {
        result: recordedResult(this.#writer.statement(look).get(id) as LedgerEntry, mutation),
      }
    }
    const forget = `delete from wherry_idempotency where mutation_id in (select mutation_id
      from wherry_idempotency where expires <= ? order by expires limit ${maxForgotten})`
    this.#writer.statement(forget).run(nowMs)
    return undefined
  }

  #record(id: string, result: unknown): void {
    const record = 'update wherry_idempotency set result = ? where mutation_id = ?'
    this.#writer.statement(record).run(JSON.stringify(result), id)
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw toWherryError(error, this.#file, true)
    }
  }
}
