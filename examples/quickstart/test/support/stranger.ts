import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished, type TestContext } from 'vitest'

const run = promisify(execFile)
const cwd = fileURLToPath(new URL('../../', import.meta.url))

const program = `
  const db = require('better-sqlite3')(process.argv[1])
  const statement = db.prepare(process.argv[2])
  console.log(JSON.stringify(statement.reader ? statement.all() : [statement.run()]))
`

/** Runs one statement on the file, in a process that knows nothing of Wherry. */
export async function stranger(file: string, sql: string): Promise<Record<string, unknown>[]> {
  const { stdout } = await run(process.execPath, ['-e', program, file, sql], { cwd })
  return JSON.parse(stdout) as Record<string, unknown>[]
}

const pythonProgram = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=5) as db: db.execute(sys.argv[2])
`

/** The same in another language, where there is one. */
export async function pythonStranger(file: string, sql: string): Promise<void> {
  await run('python3', ['-c', pythonProgram, file, sql])
}

export async function needsPython({ skip }: TestContext): Promise<void> {
  try {
    await run('python3', ['-c', 'import sqlite3'])
  } catch {
    skip('there is no python3 with its sqlite3 module')
  }
}

const lockProgram = `
  const db = require('better-sqlite3')(process.argv[1])
  db.exec('begin immediate')
  console.log('held')
  process.stdin.on('data', () => db.exec('rollback')).on('end', () => process.exit())
`

/** Lets nobody else write to the file until what this resolves with is called. */
export async function holdLock(file: string): Promise<() => void> {
  const child = spawn(process.execPath, ['-e', lockProgram, file], {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill())
  await once(child.stdout, 'data')
  return () => void child.stdin.end('release')
}
