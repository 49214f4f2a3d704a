/** One of the checks that `npm run check` is made of. */
export interface Step {
  name: string
  /** What it makes sure of, for `--help`. */
  what: string
  run(): Promise<StepResult>
}

export interface StepResult {
  ok: boolean
  /** A figure worth seeing when all is well. */
  note?: string
  /** What is wrong, one finding a line. */
  output?: string
}

/** The result of a check that comes to a list of findings. */
export function fromFindings(findings: readonly string[], note?: string): StepResult {
  if (findings.length > 0) return { ok: false, output: findings.join('\n') }
  return note === undefined ? { ok: true } : { ok: true, note }
}
