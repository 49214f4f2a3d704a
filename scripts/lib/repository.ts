import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { exec, root } from './exec.ts'

/** The paths of the repository's files that match a git pathspec: tracked, or new and not ignored. */
export async function repositoryFiles(pathspec: string): Promise<string[]> {
  const listed = await exec('git', ['ls-files', '-co', '--exclude-standard', '--', pathspec])
  if (!listed.ok) throw new Error(`git ls-files: ${listed.output}`)
  const paths = listed.output.split('\n').filter((path) => path !== '')
  return paths.map((path) => join(root, path)).filter((path) => existsSync(path))
}
