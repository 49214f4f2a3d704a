import { vi } from 'vitest'

/** Waits until it no longer throws, and does so for as long as the slowest machine may need. */
export function eventually(assert: () => unknown): Promise<unknown> {
  return vi.waitFor(assert, { timeout: 45_000, interval: 5 })
}
