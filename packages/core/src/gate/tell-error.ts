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

/** What no code of ours was expected to throw says nothing of itself, lest it say too much. */
export function tellError(error: unknown, collection: CollectionDefinition | undefined): ToldError {
  if (!isWherryError(error)) {
    return { code: 'Internal', message: 'The server failed at this; its log says why' }
  }
  const details = tellDetails(error.details, collection)
  const { code, message } = error
  return Object.keys(details).length === 0 ? { code, message } : { code, message, details }
}

function tellDetails({ current, ...details }: ErrorDetails, collection?: CollectionDefinition) {
  const told = details as { [name: string]: Json }
  return current === undefined || collection === undefined
    ? told
    : { ...told, current: encodeRow(collection, current) }
}
