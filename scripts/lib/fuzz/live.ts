import { systemRuntime } from '@wherry/core'
import { engines, printLiveFailure, runLiveFuzz, type LiveFuzzReport } from '@wherry/testing/fuzz'
import { shareServers } from '@wherry/testing/servers'
import { refuse } from '../command.ts'
import type { Flags } from './flags.ts'
import { secondsSince, sometimes } from './print.ts'
import { findEngines } from './queries.ts'

/** Resolves to whether all live queries told what was so. */
export async function fuzzLive(flags: Flags, say: (text: string) => void): Promise<boolean> {
  const { cases, seed } = flags
  const endServers = await shareServers()
  try {
    const { there, skipped } = await findEngines(flags.engines).catch((error: Error) =>
      refuse(error.message, flags.json),
    )
    say(`Seed ${seed}, ${cases} cases, ${there.join(', ')}\n`)
    for (const [name, reason] of Object.entries(skipped)) say(`Skipped ${name}: ${reason}\n`)
    const onProgress = sometimes((done: number, mismatches: number) => {
      say(`  ${done} cases, ${mismatches} mismatches\n`)
    })
    const startMs = systemRuntime.monotonic()
    const measured = there.map((name) => engines[name]!)
    const report = await runLiveFuzz({
      engines: measured,
      cases,
      seed,
      onProgress: ({ cases: done, mismatches }) => onProgress(done, mismatches),
    })
    for (const engine of measured) await engine.close?.()
    show(report, skipped, flags, secondsSince(startMs), say)
    return report.mismatches === 0
  } finally {
    await endServers()
  }
}

function show(
  { failures, ...figures }: LiveFuzzReport,
  skipped: Readonly<Record<string, string>>,
  { json }: Flags,
  time: string,
  say: (text: string) => void,
): void {
  if (json) {
    const summary = {
      ...figures,
      ...(Object.keys(skipped).length > 0 && { skipped }),
      ...(failures.length > 0 && { failures }),
    }
    const plain = (_key: string, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value
    process.stdout.write(`${JSON.stringify(summary, plain)}\n`)
    return
  }
  for (const failure of failures) say(`\n${printLiveFailure(failure)}\n`)
  const { cases, events, mismatches, seed } = figures
  say(`\n${cases} cases in ${time}, ${events} events, ${mismatches} mismatches, seed ${seed}\n`)
}
