import type { SchemaDefinition } from '@wherry/core/schema'
import type { Call } from '../operation.ts'
import type { Outcome } from '../outcome.ts'

const storing: ReadonlySet<string> = new Set([
  'insert',
  'insertMany',
  'update',
  'updateMany',
  'upsert',
])
const violations: ReadonlySet<string | undefined> = new Set([
  'UniqueViolation',
  'ForeignKeyViolation',
])
const either = 'UniqueViolation or ForeignKeyViolation'

/**
 * Where a write stores a value that is taken, and one that refers to nothing, it is not said which
 * of the two is the error. Engines check indexes in their own order, and rows one by one or all at
 * once. Of what may break both, only that it is one of the two is compared.
 */
export function mayViolateEither({ collections }: SchemaDefinition, { call, on }: Call): boolean {
  const fields = collections.get(on)?.fieldList ?? []
  return storing.has(call) && fields.some(({ ref }) => ref !== undefined)
}

/** The outcome, as a failure or as what came of one, without which of the two it was. */
export function asEither(outcome: Outcome): Outcome {
  if (!('failure' in outcome)) return outcome
  const { fields: _, ...failure } = outcome.failure
  if (violations.has(failure.code)) return { failure: { ...failure, code: either } }
  return violations.has(failure.cause) ? { failure: { ...failure, cause: either } } : outcome
}
