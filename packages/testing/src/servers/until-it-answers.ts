import { systemRuntime } from '@wherry/core'

const patienceMs = 60_000
const pauseMs = 25

/**
 * Pings a server that was just started until it answers: `true`, or until it has ended: `false`.
 * Rejects when it does neither within a minute.
 */
export async function untilItAnswers(
  ping: () => Promise<void>,
  hasEnded: () => boolean,
): Promise<boolean> {
  const deadlineMs = systemRuntime.monotonic() + patienceMs
  while (!hasEnded()) {
    try {
      await ping()
      return true
    } catch (error) {
      if (systemRuntime.monotonic() > deadlineMs) {
        throw new Error('The server was started, but does not answer', { cause: error })
      }
    }
    await pause(pauseMs)
  }
  return false
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => void systemRuntime.setTimeout(resolve, delayMs))
}
