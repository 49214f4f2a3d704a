/** The middle of the figures, and how far they reach. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

export function spreadOf(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
  return { min: sorted[0] ?? Number.NaN, median, max: sorted.at(-1) ?? Number.NaN }
}

/**
 * How many times as long `a` took as `b`, round by round. What disturbs a machine for longer than
 * a round disturbs both alike, so these ratios are steadier than the times themselves.
 */
export function pairedRatio(a: readonly number[], b: readonly number[]): Spread {
  return spreadOf(a.map((time, round) => time / b[round]!))
}

/** Three digits after the point say more than a measurement can. */
export function rounded(figure: number): number {
  return Math.round(figure * 1000) / 1000
}
