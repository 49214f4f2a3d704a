import { constants } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Debian keeps these off an ordinary user's PATH. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** The path of the first program of this name, on PATH, in the system's folders or in these. */
export async function findProgram(
  name: string,
  otherFolders: readonly string[] = [],
): Promise<string | undefined> {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const folder of [...onPath, ...systemFolders, ...otherFolders]) {
    const program = join(folder, name)
    if (await isExecutable(program)) return program
  }
  return undefined
}

/** Where Debian keeps the programs of PostgreSQL: a folder for each version, the newest first. */
export async function postgresFolders(): Promise<string[]> {
  const root = '/usr/lib/postgresql'
  const versions = await readdir(root).catch(() => [])
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(root, version, 'bin'))
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
