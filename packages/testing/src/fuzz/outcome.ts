import { isWherryError, type ErrorCode } from '@wherry/core'
import type { CollectionDefinition, FieldDefinition, SchemaDefinition } from '@wherry/core/schema'
import { equal } from './lib/plain.ts'

/** What came of an operation. Two engines agree when this is equal. */
export type Outcome =
  | { readonly value: unknown; readonly after?: RowsByCollection }
  | { readonly failure: Failure; readonly after?: RowsByCollection }
  /** Something that must not be on any engine, whatever the others say. */
  | { readonly violation: string; readonly after?: undefined }

/** All rows of the collections that a write may have changed, in the order of their keys. */
export type RowsByCollection = Readonly<Record<string, readonly Row[]>>
export type Row = Readonly<Record<string, unknown>>

export interface Failure {
  readonly code: string
  readonly collection?: string
  readonly fields?: readonly string[]
  readonly outcome?: string
  /** The code of what doomed a transaction. */
  readonly cause?: string
}

/** A law of a check that was broken. */
export class Violation extends Error {}

/** What a transaction's closure throws to make it fail. */
export class Planned extends Error {}

/** Codes that no input should bring about: a fault of the engine or of its adapter. */
const faults = new Set(['Internal', 'CorruptValue', 'LockTimeout', 'UnknownOutcome'])

export function outcomeOf(error: unknown, { collections }: SchemaDefinition): Outcome {
  if (error instanceof Planned) return { failure: { code: 'Planned' } }
  if (error instanceof Violation) return { violation: error.message }
  if (!isWherryError(error)) {
    const text = error instanceof Error ? (error.stack ?? String(error)) : String(error)
    return { violation: `an error that is no WherryError: ${text}` }
  }
  if (faults.has(error.code)) return { violation: `${error.code}: ${error.message}` }
  const { collection, outcome } = error.details
  const definition = collections.get(collection ?? '')
  const fields = comparableFields(error.code, definition, error.details.fields)
  if (fields === null) return { violation: `${error.code} names no fields that it can be about` }
  const cause = isWherryError(error.cause) ? error.cause.code : undefined
  return {
    failure: {
      code: error.code,
      ...(collection !== undefined && { collection }),
      ...(fields !== undefined && { fields }),
      ...(outcome !== undefined && { outcome }),
      ...(error.code === 'TransactionAborted' && cause !== undefined && { cause }),
    },
  }
}

/**
 * The fields that an error names, as far as engines must agree on them: where several unique
 * indexes or ranges are broken at once, each may meet another one first. Null when the error cannot
 * be about these fields.
 */
function comparableFields(
  code: ErrorCode,
  collection: CollectionDefinition | undefined,
  fields: readonly string[] | undefined,
): readonly string[] | undefined | null {
  if (code !== 'UniqueViolation' && (code !== 'OutOfRange' || collection === undefined)) {
    return fields
  }
  const possible = collection === undefined ? [] : candidates(code, collection)
  if (!possible.some((names) => equal(names, fields))) return null
  return possible.length === 1 ? fields : undefined
}

function candidates(code: ErrorCode, collection: CollectionDefinition): readonly string[][] {
  const namesOf = (fields: readonly FieldDefinition[]) => fields.map(({ name }) => name)
  if (code === 'OutOfRange') return collection.fieldList.map(({ name }) => [name])
  const unique = collection.indexes.filter((index) => index.unique)
  return [collection.key, ...unique.map((index) => index.fields)].map(namesOf)
}

/** In what two outcomes differ, or undefined when they agree. */
export function differenceOf(expected: Outcome, actual: Outcome): string | undefined {
  if ('violation' in expected) return `oracle: ${expected.violation}`
  if ('violation' in actual) return actual.violation
  if ('failure' in expected !== 'failure' in actual) return 'one fails'
  if ('failure' in expected && 'failure' in actual) {
    if (expected.failure.code !== actual.failure.code) return 'error codes differ'
    if (!equal(expected.failure, actual.failure)) return 'error details differ'
  }
  if ('value' in expected && 'value' in actual && !equal(expected.value, actual.value)) {
    return 'results differ'
  }
  return equal(expected.after, actual.after) ? undefined : 'rows differ afterwards'
}
