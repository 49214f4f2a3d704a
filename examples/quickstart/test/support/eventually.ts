import { expect } from 'vitest'

/** Asks until the answer is as expected. */
export function eventually<T>(ask: () => Promise<T> | T) {
  return expect.poll(ask, { timeout: 45_000, interval: 50 })
}
