import { setTimeout as sleep } from 'node:timers/promises'
import { createContext, runInContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { fromFindings, type StepResult } from './step.ts'

export interface BundleCheck {
  /** The source that is bundled; what it exports becomes the global `bundle`. */
  readonly entry: string
  readonly budgetBytes: number
  /** Packages that must not be in it. */
  readonly foreign: RegExp
  /** Run before the bundle. */
  readonly prelude?: string
  /** Run behind the bundle; comes to 'here' when all is well. */
  readonly program: string
}

// Everything that the packages may expect of a host beside the language itself.
const host = {
  crypto,
  performance,
  setTimeout,
  clearTimeout,
  structuredClone,
  Event,
  EventTarget,
  TextEncoder,
  TextDecoder,
}

/** Bundles what the directory has installed, looks at what went in, and runs it. */
export async function checkBundle(directory: string, check: BundleCheck): Promise<StepResult> {
  const { code, inputs } = await bundle(directory, check.entry)
  const bytes = gzipSync(code, { level: 9 }).length
  const note = `${(bytes / 1000).toFixed(1)} of ${check.budgetBytes / 1000} kB gzipped`
  const findings = inputs
    .filter((path) => check.foreign.test(path))
    .map((path) => `the bundle holds ${path}`)
  if (bytes > check.budgetBytes) findings.push(`the bundle is too large: ${note}`)
  return fromFindings([...findings, ...(await run(code, check))], note)
}

async function bundle(directory: string, entry: string) {
  const result = await build({
    stdin: { contents: entry, resolveDir: directory },
    bundle: true,
    format: 'iife',
    globalName: 'bundle',
    metafile: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  })
  const [file] = result.outputFiles
  return { code: file?.text ?? '', inputs: Object.keys(result.metafile.inputs) }
}

const patienceMs = 10_000

/** Runs the bundle where there is no `process`, `Buffer` or `require`. */
async function run(code: string, { prelude = '', program }: BundleCheck): Promise<string[]> {
  const context = createContext({ ...host })
  const tooLate = sleep(patienceMs, `nothing within ${patienceMs} ms`, { ref: false })
  try {
    const running: unknown = runInContext(`${prelude}\n${code}\n${program}`, context)
    const answer = await Promise.race([running, tooLate])
    return answer === 'here' ? [] : [`the bundle read back ${String(answer)}`]
  } catch (error) {
    return [`the bundle does not run in a browser's place: ${String(error)}`]
  }
}
