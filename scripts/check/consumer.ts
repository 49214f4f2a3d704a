import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exec, root, tool } from '../lib/exec.ts'
import { consumerOnce } from './artifacts.ts'
import type { Step, StepResult } from './step.ts'

// How strict consumers differ: the first emits declarations and is run, the second bundles.
const projects: Readonly<Record<string, object>> = {
  node: {
    module: 'nodenext',
    lib: ['es2023'],
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    declaration: true,
    outDir: 'out',
  },
  bundler: { module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom'], noEmit: true },
}

/** What a user of the published packages sees: our declarations under their compiler. */
export const consumerStep: Step = {
  name: 'consumer',
  what: 'a strict project without skipLibCheck compiles against the packed packages, and runs',
  async run() {
    const directory = await consumerOnce()
    cpSync(join(root, 'scripts/check/consumer/app.ts'), join(directory, 'app.ts'))
    return compileAndRun(directory)
  },
}

/** Compiles the directory's `app.ts` as each kind of consumer would, and runs it in Node. */
export async function compileAndRun(directory: string): Promise<StepResult> {
  for (const [name, compilerOptions] of Object.entries(projects)) {
    const compiled = await compile(directory, name, compilerOptions)
    if (!compiled.ok) return compiled
  }
  return exec(process.execPath, ['out/app.js', 'app.db'], { cwd: directory })
}

function compile(directory: string, name: string, options: object): Promise<StepResult> {
  const strict = { strict: true, skipLibCheck: false, target: 'es2023', types: ['node'] }
  const tsconfig = `tsconfig.${name}.json`
  const content = { compilerOptions: { ...strict, ...options }, files: ['app.ts'] }
  writeFileSync(join(directory, tsconfig), JSON.stringify(content))
  return exec(tool('tsc'), ['--project', tsconfig, '--pretty', 'false'], { cwd: directory })
}
