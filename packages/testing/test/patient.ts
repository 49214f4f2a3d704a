/** How `vi.waitFor` is to wait: for as long as the slowest machine may need. */
export const patient = { timeout: 45_000, interval: 5 }
