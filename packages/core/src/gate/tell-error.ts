import type { ErrorCode } from '../errors/codes.ts'
import { isWherryError, type ErrorDetails } from '../errors/wherry-error.ts'
import type { Json } from '../lib/json.ts'
import { encodeRow } from '../schema/codec.ts'
import type { CollectionDefinition } from '../schema/definition.ts'

/** An error as it crosses the wire: a code, a message and details that are safe to show. */
export interface ToldError {
  readonly code: ErrorCode
  readonly message: string
  readonly details?: { readonly [name: string]: Json }
}

/** What is wrong with the host's own house: the messages name its files, tables and drivers. */
const privateCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CorruptValue',
  'LockTimeout',
  'NotConnected',
  'SchemaMismatch',
  'DatabaseMissing',
  'DatabaseReadOnly',
  'DatabaseCorrupt',
  'DatabaseUnavailable',
  'DriverMissing',
  'UnknownOutcome',
  'Internal',
])

/** Whether a client is not told what this error says, so that somebody else has to hear of it. */
export function isPrivate(error: unknown): boolean {
  return !isWherryError(error) || privateCodes.has(error.code)
}

/** The code always; what the error says only where the caller's request is what it is about. */
export function tellError(error: unknown, collection: CollectionDefinition | undefined): ToldError {
  const code = isWherryError(error) ? error.code : 'Internal'
  const details = isWherryError(error) ? tellDetails(error, collection) : {}
  const message = isPrivate(error)
    ? `The server could not do this (${code}); its own log says why`
    : (error as Error).message
  return Object.keys(details).length === 0 ? { code, message } : { code, message, details }
}

function tellDetails(
  error: { readonly details: ErrorDetails },
  collection: CollectionDefinition | undefined,
): { [name: string]: Json } {
  const { current, problems, ...details } = error.details
  const told = details as { [name: string]: Json }
  if (problems !== undefined && !isPrivate(error)) told.problems = [...problems]
  if (current !== undefined && collection !== undefined)
    told.current = encodeRow(collection, current)
  return told
}
