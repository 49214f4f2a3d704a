import { systemRuntime } from '@wherry/core'
import { Mismatch } from './expect.ts'

/**
 * Longer than any step takes on the slowest machine, so that one which hangs is a failure and not a
 * silence. A scenario has as long as its steps need.
 */
export const deadlineMs = 120_000

export async function withinDeadline<T>(work: Promise<T>): Promise<T> {
  let expire!: (error: Mismatch) => void
  const expired = new Promise<never>((_, reject) => (expire = reject))
  const timer = systemRuntime.setTimeout(() => {
    expire(new Mismatch(`it hangs: nothing came of it in ${deadlineMs / 1000} s`))
  }, deadlineMs)
  try {
    return await Promise.race([work, expired])
  } finally {
    systemRuntime.clearTimeout(timer)
  }
}
