import type { Settings } from './lib/benchmark.ts'
import { refuse } from '../scripts/lib/command.ts'
import { registry } from './registry.ts'

/**
 * Runs one benchmark in a process of its own: `run.ts NAME OPTIONS`, where the options are JSON, as
 * the command has read them. Prints the report on stdout.
 */
const [name = '', text = '{}'] = process.argv.slice(2)
const { json, quick, options } = JSON.parse(text) as { json: boolean } & Omit<Settings, 'progress'>

const benchmark = await registry[name]!.load()
const settings = {
  quick,
  options,
  progress: (message: string) => process.stderr.write(`${message}\n`),
}
const report = await benchmark.run(settings).catch((error: unknown) => {
  // Standard output is for one object; where it went wrong is told beside it.
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  return refuse(error instanceof Error ? error.message : String(error), json)
})
process.stdout.write(json ? `${JSON.stringify({ metrics: report.metrics })}\n` : `${report.text}\n`)
