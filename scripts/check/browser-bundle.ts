import { createContext, runInContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { consumerOnce } from './artifacts.ts'
import { fromFindings, type Step, type StepResult } from './step.ts'

const budgetBytes = 28_000

const entry = ['@wherry/core', '@wherry/core/schema', '@wherry/core/memory']
  .map((name, index) => `export * as m${index} from '${name}'`)
  .join('\n')

// Everything that the packages may expect of a host beside the language itself.
const host = { crypto, performance, setTimeout, clearTimeout, TextEncoder, TextDecoder }

const program = `(async () => {
  const { createDataService } = bundle.m0
  const { collection, defineSchema, t } = bundle.m1
  const schema = defineSchema({ notes: collection({ id: t.id(), text: t.text() }) })
  const data = createDataService({ schema, databases: [bundle.m2.memory()] })
  await data.connect()
  await data.notes.insert({ text: 'here' })
  const rows = await data.notes.find()
  await data.close()
  return rows.map((row) => row.text).join()
})()`

/** What a browser gets of core without an adapter for a server's database. */
export const browserBundleStep: Step = {
  name: 'browser-bundle',
  what: 'core, schema and memory bundle and run without Node, drivers, Kysely or zod, in budget',
  run: async () => bundleAndRun(await consumerOnce()),
}

/** Bundles what the directory has installed, looks at what went in, and runs it. */
export async function bundleAndRun(directory: string): Promise<StepResult> {
  const { code, inputs } = await bundle(directory)
  const bytes = gzipSync(code, { level: 9 }).length
  const note = `${(bytes / 1000).toFixed(1)} of ${budgetBytes / 1000} kB gzipped`
  const foreign = inputs.filter((path) => /node_modules\/(zod|kysely|better-sqlite3)\//.test(path))
  const findings = foreign.map((path) => `the bundle holds ${path}`)
  if (bytes > budgetBytes) findings.push(`the bundle is too large: ${note}`)
  return fromFindings([...findings, ...(await run(code))], note)
}

async function bundle(directory: string): Promise<{ code: string; inputs: string[] }> {
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

/** Runs the bundle where there is no `process`, `Buffer` or `require`. */
async function run(code: string): Promise<string[]> {
  const context = createContext({ ...host })
  try {
    const answer: unknown = await runInContext(`${code}\n${program}`, context)
    return answer === 'here' ? [] : [`the bundle read back ${String(answer)}`]
  } catch (error) {
    return [`the bundle does not run in a browser's place: ${String(error)}`]
  }
}
