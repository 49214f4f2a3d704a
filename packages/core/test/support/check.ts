import * as fc from 'fast-check'

/** The same cases in every run; `WHERRY_SEED=…` asks for others. A failure prints its seed. */
const seed = Number(process.env.WHERRY_SEED ?? 20_260_101)

/** Checks a property, which holds for every case or is printed with the smallest case found. */
export function check<T>(property: fc.IProperty<T>, runs = 300): void {
  fc.assert(property, { seed, numRuns: runs })
}

/** Likewise, of what takes more than a moment. */
export async function checkAsync<T>(property: fc.IAsyncProperty<T>, runs = 300): Promise<void> {
  await fc.assert(property, { seed, numRuns: runs })
}
