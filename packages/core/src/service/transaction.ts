import type { Session, WriteResult } from '../contract/adapter.ts'
import { WherryError } from '../errors/wherry-error.ts'
import type { Runtime, Timer } from '../lib/runtime.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../query/ast.ts'
import { findIncluding } from '../query/include.ts'
import type { WriteContext } from '../query/plan-write.ts'
import type { Row } from '../schema/definition.ts'
import type { Executor } from './executor.ts'
import type { ReadMeta } from '../query/read-meta.ts'

type State =
  | { readonly is: 'open' }
  /** Something failed; all that is left is to roll back. */
  | { readonly is: 'doomed'; readonly cause: unknown }
  | { readonly is: 'over' }

interface TimeLimit {
  readonly runtime: Runtime
  readonly timeoutMs: number
}

/**
 * One run of a transaction's closure. What engines do differently after an error (refuse, ignore,
 * or commit the rest), is the same here: the first failure of the database dooms the transaction.
 */
export class TransactionExecutor implements Executor {
  readonly context: WriteContext
  readonly canLock = true
  readonly meta: () => ReadMeta
  /** Rejects when the run is to end though its closure has not. */
  readonly stopped: Promise<never>
  readonly #session: Session
  readonly #limit: TimeLimit
  readonly #deadlineMs: number
  readonly #timer: Timer
  #reject!: (error: WherryError) => void
  /** What it was stopped with. */
  #verdict: WherryError | undefined
  #state: State = { is: 'open' }
  /** Calls run one after another: a session is one connection. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(session: Session, context: WriteContext, meta: () => ReadMeta, limit: TimeLimit) {
    this.#session = session
    this.context = context
    this.meta = meta
    this.stopped = new Promise((_, reject) => (this.#reject = reject))
    const { runtime, timeoutMs } = limit
    this.#limit = limit
    this.#deadlineMs = runtime.monotonic() + timeoutMs
    this.#timer = runtime.setTimeout(() => this.stop(timedOut(timeoutMs)), timeoutMs)
  }

  get isOver(): boolean {
    return this.#state.is === 'over'
  }

  find(plan: FindPlan): Promise<Row[]> {
    return this.#next(() => findIncluding((one) => this.#session.find(one), plan))
  }

  aggregate(plan: AggregatePlan): Promise<Row[]> {
    return this.#next(() => this.#session.aggregate(plan))
  }

  write(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    return this.#next(() => this.#session.write(plans))
  }

  checkLive(): void {
    // Listening to it is refused, whatever it is.
  }

  subscribe(): never {
    throw new WherryError(
      'Unsupported',
      'A transaction has no live queries: nobody sees its changes before it commits; ask the service',
    )
  }

  /** From now on every call is refused, and the transaction will not commit. */
  doom(cause: unknown): void {
    if (this.#state.is === 'open') this.#state = { is: 'doomed', cause }
  }

  /** Ends the run with this error, though its closure goes on. */
  stop(error: WherryError): void {
    this.doom(error)
    this.#verdict ??= error
    this.#reject(error)
  }

  /** Waits for the calls that nobody awaited, and takes no more; throws if this must not commit. */
  async finish(): Promise<void> {
    await this.#settle()
    this.#checkTime()
    if (this.#verdict !== undefined) throw this.#verdict
    this.checkOpen()
    this.#state = { is: 'over' }
  }

  /** Throws if nothing more can be done in it, and it must not commit. */
  checkOpen(): void {
    if (this.#state.is === 'over') throw over()
    if (this.#state.is === 'doomed') throw aborted(this.#state.cause)
  }

  /** Whatever came of it, no call runs any more. */
  async end(): Promise<void> {
    this.#limit.runtime.clearTimeout(this.#timer)
    await this.#settle()
    this.#state = { is: 'over' }
  }

  async #settle(): Promise<void> {
    for (let last; last !== this.#last;) {
      last = this.#last
      await last
    }
  }

  /** No timer fires while one call follows on another within a turn of the event loop. */
  #checkTime(): void {
    const { runtime, timeoutMs } = this.#limit
    if (runtime.monotonic() > this.#deadlineMs) this.stop(timedOut(timeoutMs))
  }

  #next<T>(ask: () => Promise<T>): Promise<T> {
    const answer = this.#last.then(async () => {
      this.#checkTime()
      this.checkOpen()
      try {
        return await ask()
      } catch (error) {
        this.doom(error)
        throw error
      }
    })
    this.#last = answer.then(ignore, ignore)
    return answer
  }
}

const ignore = () => undefined

function over(): WherryError {
  return new WherryError(
    'TransactionAborted',
    'The transaction is over; use tx inside its closure only, and await what it starts',
    { outcome: 'not-applied' },
  )
}

function aborted(cause: unknown): WherryError {
  return new WherryError(
    'TransactionAborted',
    `A call in the transaction failed, so it is rolled back; run it anew. ${messageOf(cause)}`,
    { outcome: 'not-applied' },
    cause,
  )
}

function timedOut(timeoutMs: number): WherryError {
  return new WherryError(
    'TransactionTimeout',
    `The transaction took longer than ${timeoutMs} ms and is rolled back; do less in it, or raise timeoutMs`,
    { outcome: 'not-applied' },
  )
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
