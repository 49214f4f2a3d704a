import type { MutationSettings } from '../../contract/adapter.ts'
import type { Json } from '../../lib/json.ts'
import type { Runtime } from '../../lib/runtime.ts'
import { recordedMs, recordedResult, type LedgerEntry } from '../ledger.ts'

/** What became of the mutations that have an id. */
export class Ledger {
  readonly #runtime: Runtime
  /** The oldest first. */
  readonly #entries = new Map<string, LedgerEntry & { readonly expires: number }>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** The result of this mutation, if it has been made. */
  recorded(mutation: MutationSettings | undefined): { readonly result: Json } | undefined {
    const entry = this.#entries.get(mutation?.id ?? '')
    return entry && { result: recordedResult(entry, mutation!) }
  }

  record({ id, actor }: MutationSettings, result: unknown): void {
    if (id === null) return
    const now = this.#runtime.now()
    for (const [oldest, { expires }] of this.#entries) {
      if (expires > now) break
      this.#entries.delete(oldest)
    }
    this.#entries.set(id, { actor, result: JSON.stringify(result), expires: now + recordedMs })
  }
}
