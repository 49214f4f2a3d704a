import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pairedRatio, spreadOf } from '../bench/lib/statistics.ts'
import { placeApplication, type LibraryName, type PeerName } from './compile/libraries.ts'
import type { Check } from './compile/measure.ts'
import { readCommandLine, refuse } from './lib/command.ts'
import { exec, tool } from './lib/exec.ts'

/**
 * What a prototype of the typed API cost on an application of this size. Instantiations are the
 * same on every machine, so they are the figure that is enforced; the others are for people.
 */
const target = {
  instantiations: 261_000,
  checkMs: 2_100,
  memoryMb: 153,
  keystrokeMs: 121,
}
/** What the same application cost with the peers, on the machine of the prototype. */
const prototype = {
  kysely: { checkMs: 4_700 },
  drizzle: { checkMs: 6_600, keystrokeMs: 2_660 },
}
const ratioTarget = {
  kyselyCheck: threeDigits(target.checkMs / prototype.kysely.checkMs),
  drizzleCheck: threeDigits(target.checkMs / prototype.drizzle.checkMs),
  drizzleKeystroke: threeDigits(target.keystrokeMs / prototype.drizzle.keystrokeMs),
}
const tolerance = 1.15
const sizes = { collections: 100, statements: 300, perFile: 10 }
const peerNames = ['kysely', 'drizzle'] as const
const peerRounds = 5

const { json, args } = readCommandLine(`
npx tsx scripts/compile-figures.ts [--peers] [--json]

Measures what the typed API costs a compiler and an editor, on a generated application of
${sizes.collections} collections of 20 fields and 3 relations, and ${sizes.statements} statements that use them. The application
reads Wherry's declarations, as it does of an installed package. Exits 1 when it does not
compile, or takes more than ${(target.instantiations * tolerance).toLocaleString('en')} type instantiations.

  check           the whole application from nothing, as \`tsc --noEmit\` does it
  keystroke       an edit in a file of ${sizes.perFile} statements, until an editor has the errors of that file
  floor           the same in a file that only names the type of the data service

Times are those that the compiler's thread runs, where the system is Linux and tells; a clock's
elsewhere. Each is measured in a process of its own.

  --peers   also measure the same application written with Kysely and with Drizzle, which have to
            be installed in bench/node_modules. The three take turns in ${peerRounds} rounds; times are medians,
            and ratios, ours to theirs, medians of the rounds. Times differ between machines, ratios
            hardly. Takes about 5 minutes
  --keep    leave the folders of the applications in place and print their path on stderr
  --json    print { collections, statements, checkMs, instantiations, memoryMb, keystrokeMs, floorMs,
            target, ok }; with --peers also { peers: { kysely: { checkMs, keystrokeMs }, drizzle: … },
            ratios: { kyselyCheck, kyselyKeystroke, drizzleCheck, drizzleKeystroke }, ratioTarget }
`)
const unknown = args.find((word) => word !== '--keep' && word !== '--peers')
if (unknown !== undefined) refuse(`compile-figures knows no ${unknown}; see --help`, json)

interface Figures extends Check {
  readonly keystrokeMs: number
}
type Round = Record<LibraryName, Figures>

const folder = mkdtempSync(join(tmpdir(), 'wherry-compile-'))
const failure = await main(args.includes('--peers')).then(
  () => undefined,
  (error: Error) => error.message,
)
if (args.includes('--keep')) process.stderr.write(`${folder}\n`)
else rmSync(folder, { recursive: true })
if (failure !== undefined) refuse(failure, json)

async function main(withPeers: boolean): Promise<void> {
  const names: LibraryName[] = ['wherry', ...(withPeers ? peerNames : [])]
  for (const name of names) placeApplication(name, join(folder, name), sizes)
  const rounds: Round[] = []
  while (rounds.length < (withPeers ? peerRounds : 1)) rounds.push(await measureRound(names))
  report(rounds, await measure<number>('wherry', 'empty.ts'), withPeers)
}

async function measureRound(names: readonly LibraryName[]): Promise<Round> {
  const round: Partial<Round> = {}
  for (const name of names) {
    const check = await measure<Check>(name)
    const keystrokeMs = await measure<number>(name, `use${sizes.statements / sizes.perFile - 1}.ts`)
    round[name] = { ...check, keystrokeMs }
  }
  return round as Round
}

/** Checks an application, or edits one file of it, in a process that does only this. */
async function measure<T>(name: LibraryName, file?: string): Promise<T> {
  const words = [join(folder, name), ...(file === undefined ? [] : [file])]
  const { ok, output } = await exec(tool('tsx'), ['scripts/compile/measurement.ts', ...words])
  if (!ok) throw new Error(`The application with ${name} cannot be measured:\n${output}`)
  return JSON.parse(output) as T
}

function report(rounds: readonly Round[], floorMs: number, withPeers: boolean): void {
  const median = (name: LibraryName, figure: keyof Figures) =>
    Math.round(spreadOf(rounds.map((round) => round[name][figure])).median)
  const timesOf = (name: LibraryName) => ({
    checkMs: median(name, 'checkMs'),
    keystrokeMs: median(name, 'keystrokeMs'),
  })
  const ratio = (peer: PeerName, figure: keyof Figures) => {
    const [ours, theirs] = (['wherry', peer] as const).map((name) =>
      rounds.map((round) => round[name][figure]),
    )
    return threeDigits(pairedRatio(ours!, theirs!).median)
  }
  const figures = {
    ...timesOf('wherry'),
    instantiations: median('wherry', 'instantiations'),
    memoryMb: median('wherry', 'memoryMb'),
    floorMs: Math.round(floorMs),
  }
  const compared = withPeers && {
    peers: { kysely: timesOf('kysely'), drizzle: timesOf('drizzle') },
    ratios: {
      kyselyCheck: ratio('kysely', 'checkMs'),
      kyselyKeystroke: ratio('kysely', 'keystrokeMs'),
      drizzleCheck: ratio('drizzle', 'checkMs'),
      drizzleKeystroke: ratio('drizzle', 'keystrokeMs'),
    },
    ratioTarget,
  }
  const ok = figures.instantiations <= target.instantiations * tolerance
  if (!ok) process.exitCode = 1
  if (json) {
    const { collections, statements } = sizes
    const all = { collections, statements, ...figures, target, ...compared, ok }
    process.stdout.write(`${JSON.stringify(all)}\n`)
    return
  }
  print('check', figures.checkMs, ' ms', target.checkMs)
  print('instantiations', figures.instantiations, '', target.instantiations)
  print('memory', figures.memoryMb, ' MB', target.memoryMb)
  print('keystroke', figures.keystrokeMs, ' ms', target.keystrokeMs)
  print('floor', figures.floorMs, ' ms')
  if (!compared) return
  const { peers, ratios } = compared
  print('kysely check', peers.kysely.checkMs, ' ms')
  print('  ours to it', ratios.kyselyCheck, '', ratioTarget.kyselyCheck)
  print('kysely keystroke', peers.kysely.keystrokeMs, ' ms')
  print('  ours to it', ratios.kyselyKeystroke, '')
  print('drizzle check', peers.drizzle.checkMs, ' ms')
  print('  ours to it', ratios.drizzleCheck, '', ratioTarget.drizzleCheck)
  print('drizzle keystroke', peers.drizzle.keystrokeMs, ' ms')
  print('  ours to it', ratios.drizzleKeystroke, '', ratioTarget.drizzleKeystroke)
}

function print(name: string, value: number, unit: string, aim?: number): void {
  const text = (figure: number) => figure.toLocaleString('en', { maximumSignificantDigits: 15 })
  const aimed = aim === undefined ? '' : `  (aim ${text(aim)}${unit})`
  process.stdout.write(`${name.padEnd(18)}${`${text(value)}${unit}`.padStart(12)}${aimed}\n`)
}

function threeDigits(figure: number): number {
  return Number(figure.toPrecision(3))
}
