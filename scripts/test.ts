import { readCommandLine } from './lib/command.ts'
import { exec, tool } from './lib/exec.ts'

const { json, args } = readCommandLine(`
npm test [-- FILTER… | vitest options]

Runs the tests of every workspace from source, and lists at the end what was skipped and why.

  FILTER    only test files whose path contains this
  --json    print { passed, failed, skipped: [{ test, reason }], failures: [{ test, message }] }
`)

const reporter = json ? ['--reporter=./scripts/reporters/summary.ts'] : []
const options = ['run', '--config', 'vitest.workspace.ts', ...reporter, ...args]
const { exitCode } = await exec(tool('vitest'), options, { live: true })
process.exitCode = exitCode
