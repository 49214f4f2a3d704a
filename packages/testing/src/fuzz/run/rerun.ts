import { isWherryError } from '@wherry/core'
import type { FuzzCase } from '../operation.ts'
import type { Engine } from '../subject.ts'
import { Duel } from './duel.ts'
import type { Mismatch } from './mismatch.ts'

/** Runs a case from empty databases and returns its first mismatch; none if it has no schema. */
export async function rerun(
  oracle: Engine,
  engine: Engine,
  { schema, seed, operations }: FuzzCase,
  variant: number,
): Promise<Mismatch | undefined> {
  const opened = await Duel.open([oracle, engine], schema, seed, variant).catch(noneIfInvalid)
  if (opened === undefined) return undefined
  const { duel, mismatches } = opened
  try {
    if (mismatches.length > 0) return mismatches[0]
    for (const operation of operations) {
      const [mismatch] = (await duel.step(operation)).mismatches
      if (mismatch !== undefined) return mismatch
    }
    return undefined
  } finally {
    await duel.close()
  }
}

/** What is drawn or made smaller blindly may be no schema; other errors pass. */
export function noneIfInvalid(error: unknown): undefined {
  if (!isWherryError(error) || error.code !== 'InvalidSchema') throw error
}
