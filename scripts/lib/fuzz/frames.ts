import { systemRuntime } from '@wherry/core'
import { runFrames, type FramesReport } from '@wherry/testing/fuzz'
import type { Flags } from './flags.ts'
import { endingsTable, secondsSince, sometimes } from './print.ts'

/** Resolves to whether all went well. */
export async function fuzzFrames(flags: Flags, say: (text: string) => void): Promise<boolean> {
  const { frames, seed } = flags
  say(`Seed ${seed}, ${frames} frames\n`)
  const startMs = systemRuntime.monotonic()
  const onProgress = sometimes((sent: number, crashes: number) => {
    say(`  ${sent} frames, ${crashes} crashes\n`)
  })
  const report = await runFrames({ frames, seed, onProgress })
  show(report, flags, secondsSince(startMs), say)
  return report.crashes === 0 && report.over50ms === 0
}

function show(
  { endings, failures, ...figures }: FramesReport,
  { json, verbose }: Flags,
  time: string,
  say: (text: string) => void,
): void {
  const told = failures.map(({ frame, error }) => ({
    frame,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }))
  if (json) {
    const summary = { ...figures, ...(told.length > 0 && { failures: told }) }
    process.stdout.write(`${JSON.stringify(summary)}\n`)
    return
  }
  if (verbose) say(endingsTable(endings))
  for (const { frame, error } of told) say(`\n${frame}\n  ${error}\n`)
  const { frames, crashes, slowest, over50ms, seed } = figures
  say(
    `\n${frames} frames in ${time}, ${crashes} crashes, slowest ${slowest} ms, ` +
      `${over50ms} over 50 ms, seed ${seed}\n`,
  )
}
