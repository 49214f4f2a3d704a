import { isWherryError } from '../errors/wherry-error.ts'

/** `mayResend`: a mutation whose id is recorded tells what became of it by being sent again. */
export function isRetryable(error: unknown, mayResend: boolean): boolean {
  if (!isWherryError(error)) return false
  if (error.code === 'TransactionAborted' && error.cause !== undefined)
    return isRetryable(error.cause, mayResend)
  return error.retryable || (mayResend && error.code === 'UnknownOutcome')
}
