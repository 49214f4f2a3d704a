import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder of the running test's own, gone when it is over. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A path where there is no file yet. */
export function newFile(): string {
  return join(newFolder(), 'data.db')
}
