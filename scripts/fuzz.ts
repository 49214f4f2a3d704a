import { systemRuntime } from '@wherry/core'
import { engines, printFailure, runFuzz, type FuzzReport } from '@wherry/testing/fuzz'
import { readCommandLine, refuse } from './lib/command.ts'

interface Subject {
  readonly what: string
  /** Resolves to whether everything agreed. */
  readonly run: () => Promise<boolean>
}

/** What can be fuzzed; the first is what is fuzzed when none is named. */
const subjects: Readonly<Record<string, Subject>> = {
  queries: { what: 'schemas, rows, writes and queries on engines', run: fuzzQueries },
}

const { json, args } = readCommandLine(`
npm run fuzz -- [SUBJECT] [--engines NAME,…] [--cases N] [--seed N] [--json] …

Does the same random things on every engine and on memory, and compares everything that comes of
them: rows in their order, counts, error codes, and the rows that are left.

${Object.entries(subjects)
  .map(([name, { what }]) => `  ${name.padEnd(16)} ${what}`)
  .join('\n')}

  --engines NAMES  what to measure against memory: ${Object.keys(engines).join(', ')} (default: all)
  --cases N        how many operations to compare (default 20000); a case is one operation: a write
                   or a read, a transaction, or a law such as "p and NOT p part the rows". About 200
                   of them, on growing data, share one random schema and its database
  --seed N         decides every choice; printed always (default: a random one)
  --max N          stop after so many mismatches (default 10)
  --verbose        list the combinations that were not reached, and how operations ended
  --json           print { cases, mismatches, seed }, and failures when there are any

Ends with 1 when an engine and memory disagree; then each case, minimized, is printed as a program.
`)

const flags = readFlags(args)
process.exitCode = (await subjects[flags.subject]!.run()) ? 0 : 1

interface Flags {
  subject: string
  engines: string[]
  cases: number
  seed: number
  max: number
  verbose: boolean
}

function readFlags(words: readonly string[]): Flags {
  const read: Flags = {
    subject: Object.keys(subjects)[0]!,
    engines: Object.keys(engines),
    cases: 20_000,
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
  const unknown = read.engines.find((name) => !Object.hasOwn(engines, name))
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

async function fuzzQueries(): Promise<boolean> {
  say(`Seed ${flags.seed}, ${flags.cases} cases, ${flags.engines.join(', ')} against memory\n`)
  const startMs = systemRuntime.monotonic()
  let shownMs = startMs
  const report = await runFuzz({
    engines: flags.engines.map((name) => engines[name]!),
    cases: flags.cases,
    seed: flags.seed,
    maxMismatches: flags.max,
    onProgress({ cases, mismatches }) {
      if (systemRuntime.monotonic() - shownMs < 2_000) return
      shownMs = systemRuntime.monotonic()
      say(`  ${cases} cases, ${mismatches} mismatches\n`)
    },
  })
  show(report, (systemRuntime.monotonic() - startMs) / 1000)
  return report.mismatches === 0
}

function show(report: FuzzReport, seconds: number): void {
  const { cases, mismatches, seed } = report
  const failures = report.failures.map((failure) => ({
    engine: failure.mismatch.engine,
    operation: failure.mismatch.operation,
    difference: failure.mismatch.difference,
    program: printFailure(failure),
  }))
  if (json) {
    const summary = { cases, mismatches, seed, ...(mismatches > 0 && { failures }) }
    process.stdout.write(`${JSON.stringify(summary)}\n`)
    return
  }
  say(table(report))
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
  const endings = Array.from(report.endings)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ending, count]) => `  ${ending.padEnd(34)} ${String(count).padStart(6)}\n`)
  return (
    `Combinations reached\n${lines.join('')}` +
    (flags.verbose ? `Endings\n${endings.join('')}` : '')
  )
}
