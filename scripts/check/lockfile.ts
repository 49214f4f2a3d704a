import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/exec.ts'
import { fromFindings, type Step } from './step.ts'

/** The lockfile works with every registry and on every platform. */
export const lockfileStep: Step = {
  name: 'lockfile',
  what: 'package-lock.json names no registry host, and the binaries of every platform',
  async run() {
    const lockfile = readFileSync(join(root, 'package-lock.json'), 'utf8')
    return fromFindings([...hostsIn(lockfile), ...gapsIn(lockfile)])
  },
}

/** The lines of a lockfile that say where a package was fetched from. */
export function hostsIn(lockfile: string): string[] {
  return lockfile
    .split('\n')
    .map((line, index) => `package-lock.json:${index + 1} ${line.trim()}`)
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
