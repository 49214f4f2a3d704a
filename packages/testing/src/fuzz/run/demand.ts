import { Violation } from '../outcome.ts'

/** A law of a check; what stands behind a dash in its text is the detail of one case. */
export function demand(holds: boolean, law: string): void {
  if (!holds) throw new Violation(law)
}
