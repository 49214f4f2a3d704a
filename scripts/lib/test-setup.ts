import { execFile } from 'node:child_process'
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
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
  if (process.env.TMPDIR === undefined && (await isFitForFiles(memory))) {
    process.env.TMPDIR = memory
  }
  return shareServers()
}

/** Whether a folder has room, and programs can be started from it. */
async function isFitForFiles(folder: string): Promise<boolean> {
  let path: string | undefined
  try {
    const { bavail, bsize } = await statfs(folder)
    if (bavail * bsize < enoughBytes) return false
    path = await mkdtemp(join(folder, 'wherry-'))
    const program = join(path, 'program')
    await writeFile(program, '#!/bin/sh\n', { mode: 0o700 })
    await promisify(execFile)(program)
    return true
  } catch {
    return false
  } finally {
    if (path !== undefined) await rm(path, { recursive: true })
  }
}
