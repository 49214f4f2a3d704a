import { isWherryError } from '@wherry/core'
import { nameOf, type FuzzCase } from '../operation.ts'
import type { Outcome } from '../outcome.ts'
import { closeSubjects, openSubjects, type Engine } from '../subject.ts'
import { disagreement } from './compare.ts'
import { perform } from './perform.ts'

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

/** Runs a case from empty databases and returns its first mismatch. */
export async function rerun(
  oracle: Engine,
  engine: Engine,
  { schema, seed, operations }: FuzzCase,
  variant: number,
): Promise<Mismatch | undefined> {
  let subjects
  try {
    subjects = await openSubjects([oracle, engine], schema, seed, variant)
  } catch (error) {
    return openingMismatch(engine.name, error)
  }
  const [measure, subject] = subjects as [(typeof subjects)[0], (typeof subjects)[0]]
  try {
    for (const [index, operation] of operations.entries()) {
      const expected = await perform(measure, operation)
      const actual = await perform(subject, operation)
      const difference = await disagreement(operation, measure, expected, actual)
      if (difference !== undefined) {
        const name = nameOf(operation)
        return { engine: engine.name, index, operation: name, difference, expected, actual }
      }
    }
    return undefined
  } finally {
    await closeSubjects(subjects)
  }
}

/** A schema that cannot be opened is a mismatch, unless it is no schema at all. */
export function openingMismatch(engine: string, error: unknown): Mismatch | undefined {
  if (isWherryError(error) && error.code === 'InvalidSchema') return undefined
  const difference = error instanceof Error ? error.message : String(error)
  return { engine, index: -1, operation: 'connect', difference }
}
