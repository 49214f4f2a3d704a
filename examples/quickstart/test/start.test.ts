import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createClient, type Client } from '@wherry/client'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { AppSchema } from '../schema.ts'
import { startServer } from '../server.ts'
import { readSettings, StartError } from '../settings.ts'
import { eventually } from './support/eventually.ts'
import { launch, launchByNpm, startQuickstart, temporaryFolder } from './support/quickstart.ts'
import { holdLock, stranger } from './support/stranger.ts'

// Programs are started here, which takes as long as the machine is busy.
vi.setConfig({ testTimeout: 60_000 })

describe('What cannot be started says why and what to do:', () => {
  test('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const port = String((other.address() as AddressInfo).port)
    await expectRefusal({ PORT: port }, `Port ${port} is taken, perhaps by another quickstart.`)
  })

  test('a PORT that is no port', async () => {
    await expectRefusal({ PORT: 'http' }, `PORT is a whole number from 0 to 65535, not 'http'.`)
  })

  test('a path under a file', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    const path = join(folder, 'file', 'check-ins.db')
    await expectRefusal({ WHERRY_SQLITE_PATH: path }, `'${join(folder, 'file')}' cannot be made`)
  })

  test('a folder in which nobody may write', async ({ skip }) => {
    if (process.platform !== 'linux') skip('only Linux has a folder that not even root can write')
    const path = '/proc/check-ins.db'
    const fault = `'${path}' does not exist, and its folder cannot be written`
    await expectRefusal({ WHERRY_SQLITE_PATH: path }, fault)
  })

  test('a path that is a folder', async () => {
    const path = temporaryFolder()
    await expectRefusal({ WHERRY_SQLITE_PATH: path }, `'${path}' cannot be opened`)
  })

  test('a file that is no database, which stays as it is', async () => {
    const path = join(temporaryFolder(), 'letter.txt')
    writeFileSync(path, 'Dear Ada, '.repeat(1_000))
    await expectRefusal({ WHERRY_SQLITE_PATH: path }, `'${path}' is no SQLite database`)
    expect(readFileSync(path, 'utf8')).toBe('Dear Ada, '.repeat(1_000))
  })

  test('a database that is damaged', async () => {
    const path = join(temporaryFolder(), 'damaged.db')
    await stranger(path, 'create table check_ins (id text)')
    writeFileSync(path, readFileSync(path).fill(0xff, 100))
    await expectRefusal({ WHERRY_SQLITE_PATH: path }, `'${path}' is damaged`)
  })

  test('a database with check-ins of another form', async () => {
    const path = join(temporaryFolder(), 'other.db')
    await stranger(path, 'create table check_ins (id text primary key not null, emotion blob)')
    await expectRefusal({ WHERRY_SQLITE_PATH: path }, "'check_ins.emotion' is of type BLOB")
  })

  test('better-sqlite3 that is not installed, for which the program exits with 1', async () => {
    const hook = `export function resolve(name, context, next) {
      if (name === 'better-sqlite3') throw new Error('Cannot find package')
      return next(name, context)
    }`
    const register = `import { register } from 'node:module'; register(${JSON.stringify(asUrl(hook))})`
    const { ended } = launch({}, { nodeArgs: ['--import', asUrl(register)] })
    const { code, stdout, stderr } = await ended
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain("run 'npm install better-sqlite3'")
    expect(stderr).not.toMatch(/^\s+at |Error:/m)
  })
})

describe('A signal', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s stops it cleanly', async (signal) => {
    const quickstart = await startQuickstart()
    const db = connectTo(quickstart.url)
    await db.connect()
    const disconnected = new Promise((resolve) => db.on('disconnected', resolve))
    quickstart.signal(signal)
    const { code, stdout, stderr } = await quickstart.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/Stopping\.\n$/)
    expect(await disconnected).toMatchObject({ code: 1001 })
    // SQLite removes it when the last connection is closed.
    expect(existsSync(`${quickstart.file}-wal`)).toBe(false)
  })

  // A shell in between would keep it to itself: the script begins with exec.
  test.each(['SIGTERM', 'SIGINT'] as const)('%s to npm stops it cleanly', async (signal) => {
    const file = join(temporaryFolder(), 'check-ins.db')
    const npm = launchByNpm({ WHERRY_SQLITE_PATH: file })
    await npm.url
    npm.signal(signal)
    const { code, stdout } = await npm.ended
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/Stopping\.\n$/) })
  })

  test('that comes twice at once, as npm passes it on, stops it cleanly too', async () => {
    const quickstart = await startQuickstart()
    quickstart.signal('SIGINT')
    quickstart.signal('SIGTERM')
    expect(await quickstart.ended).toMatchObject({ code: 0, stderr: '' })
  })

  test('lets a write that is under way be finished', async () => {
    const quickstart = await startQuickstart()
    const db = connectTo(quickstart.url)
    const release = await holdLock(quickstart.file)
    const writing = db.checkIns.insert({ userId: 'Ada', emotion: 'calm', intensity: 5 })
    // Its answer comes after that of what was sent before, as far as the server has it.
    await db.ping()
    quickstart.signal('SIGTERM')
    release()
    expect(await writing).toMatchObject({ userId: 'Ada', version: 1 })
    expect(await quickstart.ended).toMatchObject({ code: 0 })
  })

  test('that is repeated ends it at once', async () => {
    const quickstart = await startQuickstart()
    const db = connectTo(quickstart.url)
    await holdLock(quickstart.file)
    db.checkIns.insert({ userId: 'Ada', emotion: 'calm', intensity: 5 }).catch(() => undefined)
    await db.ping()
    let ended: unknown
    void quickstart.ended.then((how) => (ended = how))
    await eventually(() => {
      quickstart.signal('SIGTERM')
      return ended
    }).toMatchObject({ code: 1, stderr: 'Stopped at once.\n' })
  })
})

test.each(['65536', '-1', '80.5', ' 80', '0x50', '1e3'])('%j is no PORT', (PORT) => {
  expect(() => readSettings({ PORT })).toThrow(StartError)
})

test('Variables that are empty are as good as none', () => {
  const defaults = { port: 3001, file: '.data/quickstart.db' }
  expect(readSettings({})).toEqual(defaults)
  expect(readSettings({ PORT: '', WHERRY_SQLITE_PATH: '' })).toEqual(defaults)
})

test('Without settings the file is .data/quickstart.db', async () => {
  const cwd = temporaryFolder()
  const { url, signal, ended } = launch({}, { cwd })
  await url
  signal('SIGTERM')
  await ended
  expect(existsSync(join(cwd, '.data', 'quickstart.db'))).toBe(true)
})

/** That the program would print this and exit with 1. */
async function expectRefusal(
  env: Readonly<Record<string, string>>,
  message: string,
): Promise<void> {
  const starting = async () => {
    const server = await startServer(readSettings({ PORT: '0', ...env }))
    onTestFinished(() => server.stop())
  }
  const error: unknown = await starting().catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(StartError)
  expect((error as StartError).message).toContain(message)
}

function connectTo(url: string): Client<AppSchema> {
  const db = createClient<AppSchema>({ url: `${url.replace('http', 'ws')}/wherry` })
  onTestFinished(() => db.close())
  return db
}

function asUrl(program: string): string {
  return `data:text/javascript,${encodeURIComponent(program)}`
}
