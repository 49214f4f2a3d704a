import { isWherryError, WherryError, type ErrorCode, type ErrorDetails } from '@wherry/core'
import { decodeRow, type CollectionDefinition, type Json } from '@wherry/core/schema'

/** What a server says of a failure. */
interface Told {
  readonly code: ErrorCode
  readonly message: string
  readonly details?: { readonly [name: string]: Json } | undefined
}

/** The error that a server tells of; also of a code that only a later version knows. */
export function readError(
  { code, message, details }: Told,
  of?: CollectionDefinition,
): WherryError {
  const { current, ...others } = details ?? {}
  return new WherryError(code, message, {
    ...(others as ErrorDetails),
    ...(current !== undefined && of && { current: decodeRow(of, current) }),
  })
}

export function asWherryError(error: unknown): WherryError {
  return isWherryError(error)
    ? error
    : new WherryError('Internal', `The server's answer cannot be read`, {}, error)
}
