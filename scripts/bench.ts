import { parseArgs } from 'node:util'
import type { BenchmarkInfo } from '../bench/lib/benchmark.ts'
import { compileBenchmarks, installPeers } from '../bench/lib/prepare.ts'
import { registry } from '../bench/registry.ts'
import { readCommandLine, refuse } from './lib/command.ts'
import { exec } from './lib/exec.ts'

const help = `
npm run bench -- NAME [options]

Measures one of these:

${Object.entries(registry)
  .map(([name, info]) => `  ${name.padEnd(15)} ${info.what}\n${optionLines(info)}`)
  .join('\n')}
  --quick         fewer and shorter rounds: figures to look at, not to decide by
  --json          print { metrics: { name: figure } }

Other libraries to compare with are installed into bench/node_modules when first needed.
`
const { json, args } = readCommandLine(help)
const [name, ...words] = args
const names = Object.keys(registry).join(', ')
const info = name !== undefined && Object.hasOwn(registry, name) ? registry[name] : undefined
if (name === undefined && !json) {
  process.stdout.write(help.trimStart())
} else if (name === undefined || info === undefined) {
  refuse(`bench ${name === undefined ? 'needs a name' : `has no ${name}`}; it has ${names}`, json)
} else {
  process.exitCode = await run(name, info)
}

async function run(benchmark: string, about: BenchmarkInfo): Promise<number> {
  const settings = JSON.stringify({ json, ...readOptions(about) })
  try {
    if (about.needsPeers) await installPeers()
    const program = await compileBenchmarks()
    // Each contender's turn begins with a collected heap.
    const flags = ['--expose-gc', '--enable-source-maps']
    const { exitCode } = await exec(process.execPath, [...flags, program, benchmark, settings], {
      live: true,
    })
    return exitCode
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error), json)
  }
}

function optionLines({ options }: BenchmarkInfo): string {
  return Object.entries(options)
    .map(
      ([option, { values, what }]) => `    --${option.padEnd(11)} ${what}: ${values.join(', ')}\n`,
    )
    .join('')
}

/** The benchmark's own options that were given, each a list. */
function readOptions({ options }: BenchmarkInfo) {
  const lists = Object.keys(options).map((option) => [option, { type: 'string' }] as const)
  try {
    const { values } = parseArgs({
      args: words,
      options: { ...Object.fromEntries(lists), quick: { type: 'boolean', default: false } },
    })
    const given = values as Record<string, string | boolean | undefined>
    const chosen = Object.entries(options).map(([option, { values: known }]) => {
      const list = (given[option] as string | undefined)?.split(',')
      const stranger = list?.find((value) => !known.includes(value))
      if (stranger === undefined) return [option, list] as const
      throw new Error(`--${option} has no ${stranger}; it has ${known.join(', ')}`)
    })
    return { quick: given.quick === true, options: Object.fromEntries(chosen) }
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error), json)
  }
}
