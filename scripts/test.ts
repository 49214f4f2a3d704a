import { readCommandLine, refuse } from './lib/command.ts'
import { exec, tool } from './lib/exec.ts'

const { json, args } = readCommandLine(`
npm test [-- FILTER… | vitest options]

Runs the tests of every workspace from source, and lists at the end what was skipped and why.

  FILTER    only test files whose path contains this
  --json    print { passed, failed, skipped: [{ test, reason }], failures: [{ test, message }] }
`)

const reporter = json ? ['--reporter=./scripts/reporters/summary.ts'] : []
const options = ['run', '--config', 'vitest.workspace.ts', ...reporter, ...args]
const live = json ? 'stderr' : true
const { exitCode, output, stdout } = await exec(tool('vitest'), options, { live })
// The reporter prints nothing where vitest does not begin, of an option that it does not know.
if (json && stdout === '') refuse(`vitest did not begin: ${reasonIn(output)}`, json)
process.stdout.write(stdout)
process.exitCode = exitCode

/** What was thrown, without its stack. */
function reasonIn(told: string): string {
  return /^\w*Error: (.+)$/m.exec(told)?.[1] ?? told
}
