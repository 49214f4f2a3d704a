import type { WherryError } from '@wherry/core'

/** Why a promise rejects. */
export function caught(promise: PromiseLike<unknown>): Promise<WherryError> {
  return Promise.resolve(promise).then(
    () => {
      throw new Error('it did not reject')
    },
    (error: unknown) => error as WherryError,
  )
}
