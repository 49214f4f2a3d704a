import { expect } from 'vitest'
import type { ErrorCode } from '../../src/errors/codes.ts'
import { isWherryError, type WherryError } from '../../src/errors/wherry-error.ts'

/** What a call throws, which must be Wherry's own error. */
export function errorOf(call: () => unknown): WherryError {
  try {
    call()
  } catch (error) {
    return own(error)
  }
  return expect.fail('nothing was thrown')
}

/** What a call rejects with; to throw instead of rejecting is a fault. */
export async function rejectionOf(call: () => PromiseLike<unknown>): Promise<WherryError> {
  const promise = call()
  try {
    await promise
  } catch (error) {
    return own(error)
  }
  return expect.fail('nothing was rejected')
}

export function codeOf(call: () => unknown): ErrorCode {
  return errorOf(call).code
}

export async function rejectedCode(call: () => PromiseLike<unknown>): Promise<ErrorCode> {
  return (await rejectionOf(call)).code
}

function own(error: unknown): WherryError {
  if (!isWherryError(error)) throw error
  expect(error.message).toMatch(/\S/)
  return error
}
