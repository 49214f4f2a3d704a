import type { Runtime } from '@wherry/core'
import type { Outbox } from './outbox.ts'

/** The outboxes that are flushed at the end of this turn of the event loop, all together. */
export class Turn {
  readonly #runtime: Runtime
  #outboxes: Outbox[] = []

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Each once in a turn. */
  add(outbox: Outbox): void {
    if (this.#outboxes.push(outbox) === 1) this.#runtime.setImmediate(() => this.#end())
  }

  #end(): void {
    const outboxes = this.#outboxes
    this.#outboxes = []
    for (const outbox of outboxes) outbox.flush()
  }
}
