import { isWherryError, WherryError } from '../../../errors/wherry-error.ts'
import type { SqlConnection } from './connection.ts'

/** What a call failed with whose work commits by itself: without an answer nobody knows whether it did. */
export function failureOfCommit(error: unknown, { isUsable }: SqlConnection): unknown {
  return isUsable || isUnread(error) ? error : unknownOutcome(error)
}

/** A server may end the connection with a statement that is too large, but does not run it. */
function isUnread(error: unknown): boolean {
  return isWherryError(error) && error.code === 'TooLarge'
}

const connectionLost = 'The connection was lost before the database answered'

/** The database may have committed the write, and did not say so, or not what came of it. */
export function unknownOutcome(cause: unknown, why: string = connectionLost): WherryError {
  return new WherryError(
    'UnknownOutcome',
    `${why}, so the write may or may not have been committed; read before writing again, or use a ` +
      'transaction with a mutationId, which tells',
    { outcome: 'unknown' },
    cause,
  )
}
