import { systemRuntime } from '@wherry/core'

/** Progress is told every two seconds. */
export function sometimes<A extends readonly unknown[]>(
  tell: (...figures: A) => void,
): (...figures: A) => void {
  let shownMs = systemRuntime.monotonic()
  return (...figures) => {
    if (systemRuntime.monotonic() - shownMs < 2_000) return
    shownMs = systemRuntime.monotonic()
    tell(...figures)
  }
}

export function secondsSince(startMs: number): string {
  return `${((systemRuntime.monotonic() - startMs) / 1000).toFixed(1)} s`
}

export function endingsTable(endings: ReadonlyMap<string, number>): string {
  const lines = Array.from(endings)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ending, count]) => `  ${ending.padEnd(40)} ${String(count).padStart(8)}\n`)
  return `Endings\n${lines.join('')}`
}
