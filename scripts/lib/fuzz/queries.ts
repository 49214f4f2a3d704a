import { systemRuntime } from '@wherry/core'
import { engines, printFailure, runFuzz, type Engine, type FuzzReport } from '@wherry/testing/fuzz'
import { shareServers } from '@wherry/testing/servers'
import { refuse } from '../command.ts'
import type { Flags } from './flags.ts'
import { runLane, runLanes, type Lane, type Tell } from './lanes.ts'
import { endingsTable, secondsSince, sometimes } from './print.ts'

/** From so many cases on, two processes are done sooner than one. */
const casesForTwo = 2_000

/** Resolves to whether all engines agreed. */
export async function fuzzQueries(
  flags: Flags,
  script: string,
  say: (text: string) => void,
): Promise<boolean> {
  const { lane, cases, seed } = flags
  if (lane !== undefined) {
    await runLane((onProgress) => run(flags, flags.engines!, lane, onProgress))
    return true
  }
  const endServers = await shareServers()
  try {
    const { there, skipped } = await findEngines(flags.engines).catch((error: Error) =>
      refuse(error.message, flags.json),
    )
    const lanes = flags.lanes ?? (cases < casesForTwo ? 1 : 2)
    say(`Seed ${seed}, ${cases} cases, ${there.join(', ')} against memory\n`)
    for (const [name, reason] of Object.entries(skipped)) say(`Skipped ${name}: ${reason}\n`)
    const onProgress: Tell = sometimes(({ cases: done, mismatches }) => {
      say(`  ${done} cases, ${mismatches} mismatches\n`)
    })
    const startMs = systemRuntime.monotonic()
    const report = await (lanes === 1
      ? run(flags, there, { index: 0, of: 1 }, onProgress)
      : runLanes(lanes, { script, args: (its) => argsOf(flags, there, its) }, onProgress))
    show(report, skipped, flags, secondsSince(startMs), say)
    return report.mismatches === 0
  } finally {
    await endServers()
  }
}

async function run(
  { cases, seed, max }: Flags,
  names: readonly string[],
  lane: Lane,
  onProgress: Tell,
): Promise<FuzzReport> {
  const measured = names.map((name) => engines[name]!)
  try {
    return await runFuzz({ engines: measured, cases, seed, maxMismatches: max, lane, onProgress })
  } finally {
    for (const engine of measured) await engine.close?.()
  }
}

function argsOf({ cases, seed, max }: Flags, names: readonly string[], lane: string): string[] {
  const numbers = { cases, seed, max }
  return [
    'queries',
    '--lane',
    lane,
    '--engines',
    names.join(),
    ...Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]),
  ]
}

/** Of the engines that are asked for each has to be there; else those that are, are taken. */
export async function findEngines(
  asked: readonly string[] | undefined,
  known: Readonly<Record<string, Engine>> = engines,
): Promise<{ there: readonly string[]; skipped: Readonly<Record<string, string>> }> {
  const there: string[] = []
  const skipped: Record<string, string> = {}
  for (const name of asked ?? Object.keys(known)) {
    const reason = await known[name]!.missing?.()
    if (reason === undefined) there.push(name)
    else if (asked === undefined) skipped[name] = reason
    else throw new Error(`${name} cannot be fuzzed: ${reason}`)
  }
  return { there, skipped }
}

function show(
  report: FuzzReport,
  skipped: Readonly<Record<string, string>>,
  { json, verbose }: Flags,
  time: string,
  say: (text: string) => void,
): void {
  const { cases, mismatches, seed, engines: figures } = report
  const failures = report.failures.map((failure) => ({
    engine: failure.mismatch.engine,
    operation: failure.mismatch.operation,
    difference: failure.mismatch.difference,
    program: printFailure(failure),
  }))
  if (json) {
    const summary = {
      cases,
      mismatches,
      seed,
      engines: figures,
      ...(Object.keys(skipped).length > 0 && { skipped }),
      ...(mismatches > 0 && { failures }),
    }
    process.stdout.write(`${JSON.stringify(summary)}\n`)
    return
  }
  say(coverageTable(report, verbose))
  if (verbose) say(endingsTable(report.endings))
  for (const [name, { cases: compared, mismatches: differing }] of Object.entries(figures)) {
    say(`${name.padEnd(10)} ${compared} cases, ${differing} mismatches\n`)
  }
  for (const { program } of failures) say(`\n${program}`)
  say(
    `\n${cases} cases in ${time}, ${mismatches} mismatches ` +
      `(${failures.length} of different kinds), seed ${seed}\n`,
  )
}

function coverageTable({ coverage }: FuzzReport, verbose: boolean): string {
  const lines = coverage.map(({ dimension, reached, total, missing }) => {
    const line = `  ${dimension.padEnd(34)} ${String(reached).padStart(4)} of ${total}\n`
    return line + (verbose ? missing.map((each) => `      ${each}\n`).join('') : '')
  })
  return `Combinations reached\n${lines.join('')}`
}
