import type { Engine } from '@wherry/testing'
import { onTestFinished } from 'vitest'

/** An empty database of the running test's own; without its engine the test is skipped, and says why. */
export async function newDatabase(engine: Engine, test: { skip(note: string): never }) {
  const missing = await engine.missing?.()
  if (missing !== undefined) return test.skip(missing)
  const database = await engine.create({})
  onTestFinished(() => database.dispose())
  return database
}
