import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { exec, root, tool } from '../lib/exec.ts'
import type { Step, StepResult } from './step.ts'

/** The steps that are a tool's own command, configured where the tool looks for it. */
export const toolSteps: Step[] = [
  {
    name: 'lint',
    what: 'oxlint with type-aware rules finds nothing',
    run: () => exec(tool('oxlint'), ['--format=unix']),
  },
  {
    name: 'format',
    what: 'every file is formatted by Prettier',
    run: () => exec(tool('prettier'), ['--check', '--log-level=warn', '.']),
  },
  {
    name: 'types',
    what: 'everything compiles; the packages also with isolated declarations',
    run: types,
  },
  {
    name: 'compile-figures',
    what: 'the typed API costs a compiler no more than it should',
    run: () => exec(tool('tsx'), ['scripts/compile-figures.ts']),
  },
  {
    name: 'knip',
    what: 'no file, export or dependency is unused',
    run: () => exec(tool('knip'), ['--no-progress', '--no-config-hints']),
  },
]

async function types(): Promise<StepResult> {
  const packages = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name, 'tsconfig.json'))
    .filter((path) => existsSync(path))
  const runs: StepResult[] = []
  for (const project of [join(root, 'tsconfig.json'), ...packages]) {
    runs.push(await exec(tool('tsc'), ['--project', project, '--pretty', 'false']))
  }
  const failed = runs.filter(({ ok }) => !ok)
  return { ok: failed.length === 0, output: failed.map(({ output }) => output).join('\n') }
}
