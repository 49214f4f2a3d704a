import { buildPackages } from './lib/build.ts'
import { readCommandLine, refuse } from './lib/command.ts'

const { json, args } = readCommandLine(`
npm run build [-- --json]

Builds every public package into its dist folder: ES modules, source maps and declarations.
Tests and commands run from source and need no build.

  --json    print { packages: [{ package, ok, seconds, output }] }
`)
if (args.length > 0) refuse(`build does not understand ${args.join(' ')}; see --help`, json)

const packages = await buildPackages(({ package: name, ok, seconds, output }) => {
  if (json) return
  process.stdout.write(`${name}  ${ok ? 'built' : 'failed'}  ${seconds} s\n`)
  if (!ok) process.stdout.write(`${output}\n`)
})
if (json) process.stdout.write(`${JSON.stringify({ packages }, null, 2)}\n`)
process.exitCode = packages.every(({ ok }) => ok) ? 0 : 1
