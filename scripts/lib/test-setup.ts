import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { shareServers } from '@wherry/testing/servers'

const memory = '/dev/shm'
const enoughBytes = 4 * 2 ** 30

/**
 * What vitest runs once, before the tests. All their files share database servers, and a run without
 * such files starts none. What they write is kept in memory where there is plenty: tests make and
 * delete so many small files that ext4, which uses no inode again that was freed in the last seconds,
 * spends more time on passing over those than everything else takes together.
 */
export async function setup(): Promise<() => Promise<void>> {
  const folder = process.env.TMPDIR === undefined ? await makeFolder() : undefined
  if (folder !== undefined) process.env.TMPDIR = folder
  const end = await shareServers()
  return async () => {
    await end()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}

/** A folder in memory, if there is room, and programs can be started from it. */
async function makeFolder(): Promise<string | undefined> {
  let path: string | undefined
  try {
    const { bavail, bsize } = await statfs(memory)
    if (bavail * bsize < enoughBytes) return undefined
    path = await mkdtemp(join(memory, 'wherry-tests-'))
    // As of any folder for temporary files: servers run as users of their own.
    await chmod(path, 0o1777)
    const program = join(path, 'program')
    await writeFile(program, '#!/bin/sh\n', { mode: 0o700 })
    await promisify(execFile)(program)
    return path
  } catch {
    if (path !== undefined) await rm(path, { recursive: true, force: true })
    return undefined
  }
}
