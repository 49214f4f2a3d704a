import type { FuzzCase } from '../operation.ts'
import type { Engine } from '../subject.ts'
import { Duel } from './duel.ts'
import { openingMismatch, type Mismatch } from './mismatch.ts'

/** Runs a case from empty databases and returns its first mismatch. */
export async function rerun(
  oracle: Engine,
  engine: Engine,
  { schema, seed, operations }: FuzzCase,
  variant: number,
): Promise<Mismatch | undefined> {
  let duel: Duel
  try {
    duel = await Duel.open([oracle, engine], schema, seed, variant)
  } catch (error) {
    return openingMismatch(engine.name, error)
  }
  try {
    for (const operation of operations) {
      const { mismatch } = await duel.step(operation)
      if (mismatch !== undefined) return mismatch
    }
    return undefined
  } finally {
    await duel.close()
  }
}
