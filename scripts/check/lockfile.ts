import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/exec.ts'
import { fromFindings, type Step } from './step.ts'

/** The lockfile works with every registry. */
export const lockfileStep: Step = {
  name: 'lockfile',
  what: 'package-lock.json names versions and hashes, and no registry host',
  async run() {
    return fromFindings(hostsIn(readFileSync(join(root, 'package-lock.json'), 'utf8')))
  },
}

/** The lines of a lockfile that say where a package was fetched from. */
export function hostsIn(lockfile: string): string[] {
  return lockfile
    .split('\n')
    .map((line, index) => `package-lock.json:${index + 1} ${line.trim()}`)
    .filter((line) => /"resolved": "[a-z+]+:\/\//.test(line))
}
