import type { MutationSettings } from '../contract/adapter.ts'
import type { Json } from '../lib/json.ts'
import { mutationIdTaken } from './violations.ts'

/** How long the result of a mutation is kept, for those who did not get it: seven days. */
export const recordedMs: number = 7 * 24 * 60 * 60 * 1_000

/** A mutation that has happened. */
export interface LedgerEntry {
  readonly actor: string | null
  /** JSON. */
  readonly result: string
}

/** What a mutation that comes again resolves with, if it is the same actor's. */
export function recordedResult({ actor, result }: LedgerEntry, mutation: MutationSettings): Json {
  if (actor !== mutation.actor) throw mutationIdTaken()
  return JSON.parse(result) as Json
}
