import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { exec, root } from '../../scripts/lib/exec.ts'

const folder = join(root, 'bench')

/** What runs as a process: the benchmarks themselves, and what some of them start. */
const programs = [
  'run.ts',
  'rpc/server.ts',
  'rpc/generator.ts',
  'fanout/server.ts',
  'fanout/generator.ts',
  'memory/server.ts',
  'memory/generator.ts',
]

/**
 * Installs what only benchmarks need, unless it is there. better-sqlite3 is not part of it:
 * everything below bench/ finds the repository's own, which need not be compiled again.
 */
export async function installPeers(): Promise<void> {
  const wanted = versionsIn('package-lock.json')
  const installed = versionsIn(join('node_modules', '.package-lock.json'))
  if (Object.keys(wanted).every((path) => installed[path] === wanted[path])) return
  process.stderr.write('Installing what the benchmarks compare with into bench/node_modules …\n')
  const { ok, output } = await exec('npm', ['ci', '--ignore-scripts', '--prefix', folder])
  if (!ok) throw new Error(`What the benchmarks compare with could not be installed:\n${output}`)
}

/** The packages of a lockfile; npm keeps one of what is installed, too. */
function versionsIn(lockfile: string): Record<string, string | undefined> {
  const path = join(folder, lockfile)
  if (!existsSync(path)) return {}
  const { packages } = JSON.parse(readFileSync(path, 'utf8')) as Lockfile
  return Object.fromEntries(
    Object.entries(packages)
      .filter(([place]) => place !== '')
      .map(([place, { version }]) => [place, version]),
  )
}

interface Lockfile {
  packages: Record<string, { version?: string }>
}

/**
 * Compiles the benchmarks together with the sources that they measure, as the packages are built. The
 * loader that runs scripts would not do: it wraps every function to keep its name, which costs
 * more than some of what is measured.
 */
export async function compileBenchmarks(): Promise<string> {
  const outdir = join(folder, '.cache')
  await build({
    entryPoints: programs.map((program) => join(folder, program)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    conditions: ['@wherry/source'],
    external: ['better-sqlite3', 'isomorphic-ws', 'kysely', 'testcontainers', 'ws'],
    sourcemap: true,
    logLevel: 'error',
  })
  return join(outdir, 'run.mjs')
}
