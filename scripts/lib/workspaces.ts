import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './exec.ts'

/** A package that is published, so one that is built and whose packed artifact is checked. */
export interface PublicPackage {
  name: string
  directory: string
  /** Its dependencies and peers, which a consumer has installed beside it. */
  requires: string[]
}

interface Manifest {
  name: string
  private?: boolean
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** The public packages, each after those that it depends on. */
export function publicPackages(): PublicPackage[] {
  const found = readdirSync(join(root, 'packages')).flatMap((folder) => {
    const directory = join(root, 'packages', folder)
    const manifest = readManifest(directory)
    if (manifest.private) return []
    const requires = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    return [{ name: manifest.name, directory, requires }]
  })
  return found.sort(
    (a, b) => Number(a.requires.includes(b.name)) - Number(b.requires.includes(a.name)),
  )
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
}
