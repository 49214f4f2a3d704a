import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/lib/exec.ts'

/**
 * Loads a library that is measured beside ours. By a name that the compiler does not follow, since
 * it is there only once the benchmarks have been installed; `T` is the part that is used.
 */
export async function loadPeer<T>(name: string): Promise<T> {
  return (await import(name)) as T
}

/** The folder of all such libraries. Throws, and says how to install it, when it has not this one. */
export function folderOfPeer(name: string): string {
  const folder = join(root, 'bench/node_modules')
  if (existsSync(join(folder, name, 'package.json'))) return folder
  throw new Error(
    `${name} is not installed in bench/node_modules; npm ci --ignore-scripts --prefix bench does that`,
  )
}
