import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { exec, root, tool } from '../lib/exec.ts'
import { consumerOnce, packedOnce, type Artifact } from './artifacts.ts'
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
  what: 'a strict project without skipLibCheck compiles against every packed entry, and runs',
  async run() {
    const directory = await consumerOnce()
    cpSync(join(root, 'scripts/check/consumer/app.ts'), join(directory, 'app.ts'))
    const entries = (await packedOnce()).flatMap(entriesOf)
    const everything = entries.map((entry, index) => `export * as entry${index} from '${entry}'\n`)
    writeFileSync(join(directory, 'entries.ts'), everything.join(''))
    return compileAndRun(directory, ['app', 'entries'])
  },
}

/** Compiles programs of a directory as each kind of consumer would, and runs them in Node. */
export async function compileAndRun(
  directory: string,
  programs: readonly string[],
): Promise<StepResult> {
  const files = programs.map((program) => `${program}.ts`)
  for (const [name, compilerOptions] of Object.entries(projects)) {
    const compiled = await compile(directory, name, compilerOptions, files)
    if (!compiled.ok) return compiled
  }
  for (const program of programs) {
    const ran = await exec(process.execPath, [`out/${program}.js`], { cwd: directory })
    if (!ran.ok) return ran
  }
  return { ok: true }
}

/** What can be imported from a package. */
function entriesOf({ name, unpacked }: Artifact): string[] {
  const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>
  }
  return Object.keys(manifest.exports).map((subpath) => posix.join(name, subpath))
}

function compile(
  directory: string,
  name: string,
  options: object,
  files: readonly string[],
): Promise<StepResult> {
  const strict = { strict: true, skipLibCheck: false, target: 'es2023', types: ['node'] }
  const tsconfig = `tsconfig.${name}.json`
  const content = { compilerOptions: { ...strict, ...options }, files }
  writeFileSync(join(directory, tsconfig), JSON.stringify(content))
  return exec(tool('tsc'), ['--project', tsconfig, '--pretty', 'false'], { cwd: directory })
}
