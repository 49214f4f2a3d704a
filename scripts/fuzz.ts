import { systemRuntime } from '@wherry/core'
import {
  engines,
  printFailure,
  runFrames,
  runFuzz,
  type FramesReport,
  type Engine,
  type FuzzReport,
} from '@wherry/testing/fuzz'
import { readCommandLine, refuse } from './lib/command.ts'

interface Subject {
  readonly what: string
  /** Resolves to whether everything agreed. */
  readonly run: () => Promise<boolean>
}

/** What can be fuzzed; the first is what is fuzzed when none is named. */
const subjects: Readonly<Record<string, Subject>> = {
  queries: { what: 'schemas, rows, writes and queries on engines', run: fuzzQueries },
  frames: { what: 'frames that clients may send, good and hostile, to gateways', run: fuzzFrames },
}

const { json, args } = readCommandLine(`
npm run fuzz -- [SUBJECT] [--seed N] [--json] …

Does random things, and watches what comes of them.

${Object.entries(subjects)
  .map(([name, { what }]) => `  ${name.padEnd(16)} ${what}`)
  .join('\n')}

  --seed N         decides every choice; printed always (default: a random one)
  --verbose        list how things ended, and the combinations that were not reached
  --json           print the figures, and failures when there are any

queries does the same on every engine and on memory, and compares everything that comes of it: rows
in their order, counts, error codes, and the rows that are left. Ends with 1 when they disagree; then
each case, minimized, is printed as a program. On some databases several clients race, and each engine
is held to what it promises of them. Prints { cases, mismatches, seed, engines: { NAME: { cases,
mismatches } } } as JSON, with { skipped: { NAME: reason } } where engines are not there.

  --engines NAMES  what to measure against memory: ${Object.keys(engines).join(', ')}; all of them
                   have to be there (default: those that are)
  --cases N        how many operations to compare (default 20000); a case is one operation: a write
                   or a read, a transaction, or a law such as "p and NOT p part the rows". About 200
                   of them, on growing data, share one random schema and its database
  --max N          stop after so many mismatches (default 10)

frames sends frames to sessions on memory and on SQLite. Each has to be answered, refused or to end
its connection as the protocol says, beside an honest session that notices nothing. Ends with 1 when
one is not, or takes more than 50 ms each time that it is sent. Prints { frames, crashes, slowest,
over50ms, seed } as JSON.

  --frames N       how many frames to send (default 1000000)
`)

const flags = readFlags(args)
process.exitCode = (await subjects[flags.subject]!.run()) ? 0 : 1

interface Flags {
  subject: string
  /** Absent: all that are there. */
  engines: readonly string[] | undefined
  cases: number
  frames: number
  seed: number
  max: number
  verbose: boolean
}

function readFlags(words: readonly string[]): Flags {
  const read: Flags = {
    subject: Object.keys(subjects)[0]!,
    engines: undefined,
    cases: 20_000,
    frames: 1_000_000,
    seed: Math.floor(systemRuntime.random() * 2 ** 31),
    max: 10,
    verbose: false,
  }
  for (let i = 0; i < words.length; i++) {
    const [word = '', inline] = words[i]!.split('=', 2)
    const value = () => inline ?? words[++i] ?? refuse(`${word} needs a value; see --help`, json)
    switch (word) {
      case '--engines':
        read.engines = value().split(',')
        break
      case '--cases':
        read.cases = wholeNumber(word, value())
        break
      case '--frames':
        read.frames = wholeNumber(word, value())
        break
      case '--seed':
        read.seed = wholeNumber(word, value())
        break
      case '--max':
        read.max = wholeNumber(word, value())
        break
      case '--verbose':
        read.verbose = true
        break
      default:
        if (!Object.hasOwn(subjects, word)) {
          refuse(`fuzz does not know ${word}; --help lists what it does`, json)
        }
        read.subject = word
    }
  }
  const unknown = read.engines?.find((name) => !Object.hasOwn(engines, name))
  if (unknown === undefined) return read
  const known = Object.keys(engines).join(', ')
  return refuse(`There is no engine ${unknown} to fuzz; there are ${known}`, json)
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  return refuse(`${flag} takes a whole number, got ${text}`, json)
}

function say(text: string): void {
  if (!json) process.stdout.write(text)
}

/** Progress is told every two seconds. */
function sometimes<A extends readonly unknown[]>(tell: (...figures: A) => void) {
  let shownMs = systemRuntime.monotonic()
  return (...figures: A) => {
    if (systemRuntime.monotonic() - shownMs < 2_000) return
    shownMs = systemRuntime.monotonic()
    tell(...figures)
  }
}

async function fuzzQueries(): Promise<boolean> {
  const { there, skipped } = await findEngines(flags.engines)
  try {
    const names = there.map(({ name }) => name).join(', ')
    say(`Seed ${flags.seed}, ${flags.cases} cases, ${names} against memory\n`)
    for (const [name, reason] of Object.entries(skipped)) say(`Skipped ${name}: ${reason}\n`)
    const startMs = systemRuntime.monotonic()
    const report = await runFuzz({
      engines: there,
      cases: flags.cases,
      seed: flags.seed,
      maxMismatches: flags.max,
      onProgress: sometimes(({ cases, mismatches }) => {
        say(`  ${cases} cases, ${mismatches} mismatches\n`)
      }),
    })
    show(report, skipped, (systemRuntime.monotonic() - startMs) / 1000)
    return report.mismatches === 0
  } finally {
    for (const engine of there) await engine.close?.()
  }
}

/** Of the engines that are asked for each has to be there; else those that are, are taken. */
async function findEngines(asked: readonly string[] | undefined) {
  const there: Engine[] = []
  const skipped: Record<string, string> = {}
  for (const name of asked ?? Object.keys(engines)) {
    const engine = engines[name]!
    const reason = await engine.missing?.().catch((error: Error) => refuse(error.message, json))
    if (reason === undefined) there.push(engine)
    else if (asked === undefined) skipped[name] = reason
    else refuse(`${name} cannot be fuzzed: ${reason}`, json)
  }
  return { there, skipped }
}

async function fuzzFrames(): Promise<boolean> {
  const { frames, seed } = flags
  say(`Seed ${seed}, ${frames} frames\n`)
  const startMs = systemRuntime.monotonic()
  const onProgress = sometimes((sent: number, crashes: number) => {
    say(`  ${sent} frames, ${crashes} crashes\n`)
  })
  const report = await runFrames({ frames, seed, onProgress })
  showFrames(report, (systemRuntime.monotonic() - startMs) / 1000)
  return report.crashes === 0 && report.over50ms === 0
}

function showFrames({ endings, failures, ...figures }: FramesReport, seconds: number): void {
  const told = failures.map(({ frame, error }) => ({
    frame,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }))
  if (json) {
    const summary = { ...figures, ...(told.length > 0 && { failures: told }) }
    process.stdout.write(`${JSON.stringify(summary)}\n`)
    return
  }
  if (flags.verbose) say(endingsTable(endings))
  for (const { frame, error } of told) say(`\n${frame}\n  ${error}\n`)
  const { frames, crashes, slowest, over50ms, seed } = figures
  say(
    `\n${frames} frames in ${seconds.toFixed(1)} s, ${crashes} crashes, slowest ${slowest} ms, ` +
      `${over50ms} over 50 ms, seed ${seed}\n`,
  )
}

function show(
  report: FuzzReport,
  skipped: Readonly<Record<string, string>>,
  seconds: number,
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
  say(table(report))
  for (const [name, { cases: compared, mismatches: differing }] of Object.entries(figures)) {
    say(`${name.padEnd(10)} ${compared} cases, ${differing} mismatches\n`)
  }
  for (const { program } of failures) say(`\n${program}`)
  say(
    `\n${cases} cases in ${seconds.toFixed(1)} s, ${mismatches} mismatches ` +
      `(${failures.length} of different kinds), seed ${seed}\n`,
  )
}

function table(report: FuzzReport): string {
  const lines = report.coverage.map(({ dimension, reached, total, missing }) => {
    const line = `  ${dimension.padEnd(34)} ${String(reached).padStart(4)} of ${total}\n`
    const shown = flags.verbose ? missing.map((each) => `      ${each}\n`).join('') : ''
    return line + shown
  })
  return (
    `Combinations reached\n${lines.join('')}` + (flags.verbose ? endingsTable(report.endings) : '')
  )
}

function endingsTable(endings: ReadonlyMap<string, number>): string {
  const lines = Array.from(endings)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ending, count]) => `  ${ending.padEnd(34)} ${String(count).padStart(8)}\n`)
  return `Endings\n${lines.join('')}`
}
