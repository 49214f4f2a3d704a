import type { Settings } from './lib/benchmark.ts'
import { registry } from './registry.ts'

/**
 * Runs one benchmark in a process of its own: `run.ts NAME OPTIONS`, where the options are JSON, as
 * the command has read them. Prints the report on stdout.
 */
const [name = '', text = '{}'] = process.argv.slice(2)
const { json, quick, options } = JSON.parse(text) as { json: boolean } & Omit<Settings, 'progress'>

const benchmark = await registry[name]!.load()
const report = await benchmark.run({
  quick,
  options,
  progress: (message) => process.stderr.write(`${message}\n`),
})
process.stdout.write(json ? `${JSON.stringify({ metrics: report.metrics })}\n` : `${report.text}\n`)
