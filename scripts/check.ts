import { availableParallelism } from 'node:os'
import { builtOnce, cleanUp } from './check/artifacts.ts'
import { browserBundleStep } from './check/browser-bundle.ts'
import { clientBundleStep } from './check/client-bundle.ts'
import { consumerStep } from './check/consumer.ts'
import { docsLinksStep } from './check/docs-links.ts'
import { lockfileStep } from './check/lockfile.ts'
import { publishedSteps } from './check/published.ts'
import type { Step, StepResult } from './check/step.ts'
import { toolSteps } from './check/tools.ts'
import { readCommandLine, refuse } from './lib/command.ts'

const build: Step = {
  name: 'build',
  what: 'every public package builds',
  async run() {
    const failed = (await builtOnce()).filter(({ ok }) => !ok)
    return { ok: failed.length === 0, output: failed.map(({ output }) => output).join('\n') }
  },
}

const steps: Step[] = [
  ...toolSteps,
  docsLinksStep,
  lockfileStep,
  build,
  ...publishedSteps,
  consumerStep,
  browserBundleStep,
  clientBundleStep,
]

const { json, args } = readCommandLine(`
npm run check [-- STEP… --json]

Runs these steps, two at a time, all of them even when one fails, or only those that are named:

${steps.map(({ name, what }) => `  ${name.padEnd(15)} ${what}`).join('\n')}

  --json          print { ok, steps: [{ name, ok, seconds, note?, output? }] }
`)

const unknown = args.find((name) => !steps.some((step) => step.name === name))
if (unknown !== undefined) refuse(`check has no step ${unknown}; --help lists them`, json)

const wanted = steps.filter(({ name }) => args.length === 0 || args.includes(name))
const results: Timed[] = []
const waiting = wanted.entries()
/** Each takes the next step until none is left: most steps keep one processor busy, not two. */
async function work(): Promise<void> {
  for (const [at, step] of waiting) {
    results[at] = await timed(step)
    if (!json) print(results[at])
  }
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work))
cleanUp()

const ok = results.every((result) => result.ok)
if (json) process.stdout.write(`${JSON.stringify({ ok, steps: results }, null, 2)}\n`)
process.exitCode = ok ? 0 : 1

interface Timed extends StepResult {
  name: string
  seconds: number
}

/** Runs a step. One that throws has failed; one that passed need not show a tool's chatter. */
async function timed(step: Step): Promise<Timed> {
  const startMs = performance.now()
  const {
    ok: passed,
    note,
    output,
  }: StepResult = await step.run().catch((error: unknown) => ({ ok: false, output: String(error) }))
  const seconds = Math.round((performance.now() - startMs) / 100) / 10
  const result: Timed = { name: step.name, ok: passed, seconds }
  if (note !== undefined) result.note = note
  if (!passed && output !== undefined) result.output = output
  return result
}

function print({ name, ok: passed, seconds, note, output }: Timed): void {
  const verdict = passed ? 'ok    ' : 'failed'
  process.stdout.write(`${name.padEnd(15)} ${verdict} ${seconds.toFixed(1).padStart(5)} s`)
  process.stdout.write(note === undefined ? '\n' : `  ${note}\n`)
  if (output) process.stdout.write(`${output.replace(/^/gm, '    ')}\n`)
}
