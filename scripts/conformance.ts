import { runAdapterSuites, type SuiteReport } from '@wherry/testing'
import { engines } from '../packages/testing/test/engines.ts'
import { readCommandLine, refuse } from './lib/command.ts'

const known = engines.map(({ name }) => name)

const { json, args } = readCommandLine(`
npm run conformance [-- --engines ${known.join(',')}] [--json]

Runs every scenario of the adapter conformance suite against each engine. Those that are not on this
machine are skipped with the reason; one that is asked for by name must be there.

  --engines LIST   which engines, by name, with commas between; default: ${known.join(',')}
  --json           print { engines: { NAME: { passed, failed, skipped: [{ scenario, reason }],
                   failures: [{ scenario, message }] } } }
`)

const names = readEngines(args)
const tty = process.stderr.isTTY && !json
let done = 0
const reports = await runAdapterSuites(names, engines, (engine, { scenario, outcome }) => {
  done++
  if (tty) process.stderr.write(`\r\x1b[K${done} ${engine}: ${scenario} ${outcome}`.slice(0, 120))
})
if (tty) process.stderr.write('\r\x1b[K')
process.stdout.write(json ? `${JSON.stringify({ engines: reports })}\n` : tableOf(reports))
const isAsked = args.length > 0
const hasFailed = ({ passed, failed }: SuiteReport) => failed > 0 || (isAsked && passed === 0)
process.exitCode = Object.values(reports).some(hasFailed) ? 1 : 0

function readEngines(words: readonly string[]): string[] {
  if (words.length === 0) return known
  const [option, ...rest] = words[0]!.split('=').concat(words.slice(1))
  if (option !== '--engines' || rest.length !== 1 || rest[0] === '') {
    refuse(`conformance does not understand ${words.join(' ')}; --help explains it`, json)
  }
  return rest[0]!.split(',')
}

function tableOf(all: Readonly<Record<string, SuiteReport>>): string {
  const rows = Object.entries(all).map(([engine, { passed, failed, skipped }]) => {
    const figures = [passed, failed, skipped.length].map((figure) => String(figure).padStart(8))
    return `${engine.padEnd(16)}${figures.join('')}`
  })
  const head = `${'engine'.padEnd(16)}${['passed', 'failed', 'skipped'].map((word) => word.padStart(8)).join('')}`
  const notes = Object.entries(all).flatMap(([engine, { skipped, failures }]) => [
    ...skipped.map(({ scenario, reason }) => `${engine} skipped ${scenario}\n    ${reason}`),
    ...failures.map(({ scenario, message }) => `${engine} FAILED ${scenario}\n    ${message}`),
  ])
  return `${[head, ...rows].join('\n')}\n${notes.map((note) => `\n${note}`).join('')}\n`
}
