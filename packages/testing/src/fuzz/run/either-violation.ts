import type { SchemaDefinition } from '@wherry/core/schema'
import type { Call } from '../operation.ts'
import type { Outcome } from '../outcome.ts'

const violations: ReadonlySet<string | undefined> = new Set([
  'UniqueViolation',
  'ForeignKeyViolation',
])
const either = 'UniqueViolation or ForeignKeyViolation'

/**
 * Where one row of a batch has a value that is taken, and another refers to nothing, it is not said
 * which of the two is the error: who inserts all rows at once finds the one, who goes row by row the
 * other. Of such calls, only that it is one of the two is compared.
 */
export function mayViolateEither(
  { collections }: SchemaDefinition,
  { call, on, args }: Call,
): boolean {
  const rows = args[0]
  const refers = collections.get(on)?.fieldList.some(({ ref }) => ref !== undefined)
  return call === 'insertMany' && Array.isArray(rows) && rows.length > 1 && refers === true
}

/** The outcome, as a failure or as what came of one, without which of the two it was. */
export function asEither(outcome: Outcome): Outcome {
  if (!('failure' in outcome)) return outcome
  const { fields: _, ...failure } = outcome.failure
  if (violations.has(failure.code)) return { failure: { ...failure, code: either } }
  return violations.has(failure.cause) ? { failure: { ...failure, cause: either } } : outcome
}
