import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { root } from '../lib/exec.ts'
import { repositoryFiles } from '../lib/repository.ts'
import { fromFindings, type Step } from './step.ts'

/** Lockfiles work with every registry and on every platform. */
export const lockfileStep: Step = {
  name: 'lockfile',
  what: 'lockfiles name no registry host, and the binaries of every platform',
  async run() {
    const findings = (await repositoryFiles('*package-lock.json')).flatMap((path) => {
      const lockfile = readFileSync(path, 'utf8')
      const found = [...hostsIn(lockfile), ...gapsIn(lockfile)]
      return found.map((finding) => `${relative(root, path)}: ${finding}`)
    })
    return fromFindings(findings)
  },
}

/** The lines of a lockfile that say where a package was fetched from. */
export function hostsIn(lockfile: string): string[] {
  return lockfile
    .split('\n')
    .map((line, index) => `line ${index + 1}: ${line.trim()}`)
    .filter((line) => /"resolved": "[a-z+]+:\/\//.test(line))
}

interface Locked {
  optionalDependencies?: Record<string, string>
}

/**
 * The optional dependencies that a lockfile leaves out. `npm install` leaves out what its registry
 * has not, which goes unnoticed until `npm ci` refuses the lockfile: choose a version of the
 * dependent that is there for every platform.
 */
export function gapsIn(lockfile: string): string[] {
  const { packages } = JSON.parse(lockfile) as { packages: Record<string, Locked> }
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => ![`node_modules/${name}`, `${path}/node_modules/${name}`].some(isLocked))
      .map(([name, version]) => `${path} has an optional ${name}@${version} that is not locked`),
  )

  function isLocked(path: string): boolean {
    return packages[path] !== undefined
  }
}
