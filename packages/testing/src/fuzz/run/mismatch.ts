import type { Outcome } from '../outcome.ts'

/** Where an engine and the oracle part ways. */
export interface Mismatch {
  readonly engine: string
  /** The operation's place in the case; -1 when the schema itself could not be opened. */
  readonly index: number
  readonly operation: string
  readonly difference: string
  readonly expected?: Outcome
  readonly actual?: Outcome
}

/** Mismatches of one signature are most likely one bug. */
export function signatureOf({ engine, operation, difference, expected }: Mismatch): string {
  const [law = ''] = difference.split(/ — |\n/)
  const wanted = expected !== undefined && 'failure' in expected ? expected.failure.code : 'ok'
  return `${engine} ${operation} ${wanted}: ${law}`
}

/** A schema that an engine cannot open. */
export function openingMismatch(engine: string, error: unknown): Mismatch {
  const difference = error instanceof Error ? error.message : String(error)
  return { engine, index: -1, operation: 'connect', difference }
}
