import { isWherryError } from '../errors/wherry-error.ts'
import type { Mutation } from './types.ts'

/** A write that runs against its database at once never waits in a queue. */
const notQueued = Promise.resolve(false)

/** Starts a write, and names it. A plain promise with two properties is the fastest to await. */
export function startMutation<T>(newId: () => string, run: () => Promise<T>): Mutation<T> {
  const id = newId()
  const mutation = attempt(id, run) as Writable<Mutation<T>>
  mutation.id = id
  mutation.queued = notQueued
  return mutation
}

async function attempt<T>(mutationId: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!isWherryError(error)) throw error
    // What was refused before or by the database left nothing; what failed after it may have.
    const applied = error.code === 'CorruptValue' || error.code === 'Internal'
    throw error.annotate({ outcome: applied ? 'unknown' : 'not-applied', mutationId })
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
