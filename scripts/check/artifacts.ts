import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buildPackages } from '../lib/build.ts'
import { exec, root } from '../lib/exec.ts'
import { publicPackages, type PublicPackage } from '../lib/workspaces.ts'

/** What `npm publish` would send. */
export interface Artifact extends PublicPackage {
  tarball: Uint8Array<ArrayBuffer>
  /** Where the tarball is unpacked. */
  unpacked: string
}

let scratch: string | undefined
let building: ReturnType<typeof buildPackages> | undefined
let packing: Promise<Artifact[]> | undefined
let installing: Promise<string> | undefined

/** Builds the packages, once however many steps need it. */
export function builtOnce(): ReturnType<typeof buildPackages> {
  return (building ??= buildPackages())
}

/** Builds and packs the public packages, once however many steps need it. */
export function packedOnce(): Promise<Artifact[]> {
  return (packing ??= packAll())
}

/** A project that has our packages from their tarballs, and beside them what they ask for. */
export function consumerOnce(): Promise<string> {
  return (installing ??= packedOnce().then(install))
}

/** A directory that is gone when the checks are over. */
function scratchDirectory(): string {
  return (scratch ??= mkdtempSync(join(tmpdir(), 'wherry-check-')))
}

/** Removes what the steps left on disk. */
export function cleanUp(): void {
  if (scratch !== undefined) rmSync(scratch, { recursive: true })
}

async function packAll(): Promise<Artifact[]> {
  const failed = (await builtOnce()).find(({ ok }) => !ok)
  if (failed) throw new Error(`${failed.package} cannot be built, so there is nothing to pack`)
  const artifacts: Artifact[] = []
  for (const each of publicPackages()) artifacts.push(await pack(each, scratchDirectory()))
  return artifacts
}

/** Packs a package below a scratch directory, and unpacks it there. */
export async function pack(each: PublicPackage, scratchPath: string): Promise<Artifact> {
  const target = join(scratchPath, 'packed', each.name)
  mkdirSync(target, { recursive: true })
  const flags = ['--ignore-scripts', '--pack-destination', target]
  const packed = await exec('npm', ['pack', ...flags], { cwd: each.directory })
  const file = readdirSync(target).find((name) => name.endsWith('.tgz'))
  if (!packed.ok || file === undefined) throw new Error(`npm pack ${each.name}: ${packed.output}`)

  const unpacked = join(target, 'package')
  const tar = await exec('tar', ['-xzf', file], { cwd: target })
  if (!tar.ok) throw new Error(`tar ${file}: ${tar.output}`)
  return { ...each, tarball: new Uint8Array(readFileSync(join(target, file))), unpacked }
}

/** Installs without a network: tarballs are copied, and what they require is linked from ours. */
function install(artifacts: readonly Artifact[]): string {
  const directory = join(scratchDirectory(), 'consumer')
  const modules = join(directory, 'node_modules')
  for (const { name, unpacked } of artifacts) {
    cpSync(unpacked, join(modules, name), { recursive: true })
  }
  const required = artifacts.flatMap(({ requires }) => requires)
  for (const name of new Set([...required, 'zod', '@types/node'])) {
    const target = join(modules, name)
    if (existsSync(target)) continue
    mkdirSync(dirname(target), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), target)
  }
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  return directory
}
