import type { Session, WriteResult } from '../contract/adapter.ts'
import { WherryError } from '../errors/wherry-error.ts'
import type { AggregatePlan, FindPlan, WritePlan } from '../query/ast.ts'
import type { WriteContext } from '../query/plan-write.ts'
import type { Row } from '../schema/definition.ts'
import type { Executor } from './executor.ts'
import type { ReadMeta } from '../query/read-meta.ts'

type State =
  | { readonly is: 'open' }
  /** Something failed; all that is left is to roll back. */
  | { readonly is: 'doomed'; readonly cause: unknown }
  | { readonly is: 'over' }

/**
 * One run of a transaction's closure. What engines do differently after an error (refuse, ignore,
 * or commit the rest), is the same here: the first failure of the database dooms the transaction.
 */
export class TransactionExecutor implements Executor {
  readonly context: WriteContext
  readonly canLock = true
  readonly meta: () => ReadMeta
  readonly #session: Session
  #state: State = { is: 'open' }
  /** Calls run one after another: a session is one connection. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(session: Session, context: WriteContext, meta: () => ReadMeta) {
    this.#session = session
    this.context = context
    this.meta = meta
  }

  get isOver(): boolean {
    return this.#state.is === 'over'
  }

  find(plan: FindPlan): Promise<Row[]> {
    return this.#next(() => this.#session.find(plan))
  }

  aggregate(plan: AggregatePlan): Promise<Row[]> {
    return this.#next(() => this.#session.aggregate(plan))
  }

  write(plans: readonly WritePlan[]): Promise<WriteResult[]> {
    return this.#next(() => this.#session.write(plans))
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

  /** Waits for calls that nobody awaited, so that none runs after the end. */
  async settle(): Promise<void> {
    for (let last; last !== this.#last;) {
      last = this.#last
      await last
    }
  }

  /** Throws if nothing more can be done in it, and it must not commit. */
  checkOpen(): void {
    if (this.#state.is === 'over') throw over()
    if (this.#state.is === 'doomed') throw aborted(this.#state.cause)
  }

  end(): void {
    this.#state = { is: 'over' }
  }

  #next<T>(ask: () => Promise<T>): Promise<T> {
    const answer = this.#last.then(async () => {
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

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
