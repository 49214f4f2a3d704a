import { errorCodes, isWherryError, WherryError, type ErrorDetails } from '@wherry/core'
import { decodeRow, type CollectionDefinition, type Json } from '@wherry/core/schema'

/** What a server says of a failure. */
interface Told {
  readonly code: string
  readonly message: string
  readonly details?: { readonly [name: string]: Json } | undefined
}

/** The error that a server tells of. A code that this version does not know is Internal. */
export function readError(told: Told, collection?: CollectionDefinition): WherryError {
  const { code, message } = told
  const known = Object.hasOwn(errorCodes, code) ? (code as keyof typeof errorCodes) : 'Internal'
  const { current, ...details } = told.details ?? {}
  return new WherryError(known, message, {
    ...(details as ErrorDetails),
    ...(current !== undefined && collection && { current: decodeRow(collection, current) }),
  })
}

export function asWherryError(error: unknown): WherryError {
  return isWherryError(error)
    ? error
    : new WherryError('Internal', 'What the server sent cannot be read', {}, error)
}
