import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'

export interface Ended {
  /** null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Launched {
  /** Where the page is; rejects when it ends before it says so. */
  readonly url: Promise<string>
  readonly ended: Promise<Ended>
  signal(signal: NodeJS.Signals): void
}

export interface Quickstart {
  readonly url: string
  readonly file: string
  /** Kills it outright, and resolves once it is gone. */
  kill(): Promise<void>
  /** Starts it again, at the same address and on the same file. */
  restart(): Promise<void>
  /** How it ended, since it was started last. */
  readonly ended: Promise<Ended>
  signal(signal: NodeJS.Signals): void
}

const main = fileURLToPath(new URL('../../main.ts', import.meta.url))
const require = createRequire(import.meta.url)
const tsx = pathToFileURL(require.resolve('tsx')).href

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-quickstart-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts the program as it is, in a folder of its own unless told otherwise. */
export function launch(
  env: Readonly<Record<string, string>>,
  { cwd = temporaryFolder(), nodeArgs = [] as readonly string[] } = {},
): Launched {
  const args = ['--import', tsx, '--conditions=@wherry/source', ...nodeArgs, main]
  return watch(spawn(process.execPath, args, { cwd, ...settings(env) }))
}

/** Starts it as the README says. */
export function launchByNpm(env: Readonly<Record<string, string>>): Launched {
  const cwd = fileURLToPath(new URL('../../../../', import.meta.url))
  return watch(spawn('npm', ['start'], { cwd, ...settings(env) }))
}

function settings(env: Readonly<Record<string, string>>) {
  return {
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
  }
}

function watch(child: ChildProcessByStdio<null, Readable, Readable>): Launched {
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stderr.on('data', (data) => (stderr += String(data)))
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data) => {
      stdout += String(data)
      const [address] = /http:\S+:\d+/.exec(stdout) ?? []
      if (address !== undefined) resolve(address)
    })
    void ended.then(() => reject(new Error(`The quickstart has ended: ${stderr}`)))
  })
  // Those who only wait for its end do not ask for its address.
  url.catch(() => undefined)
  return { url, ended, signal: (signal) => void child.kill(signal) }
}

/** Starts it on a file of its own, at any port that is free. */
export async function startQuickstart(): Promise<Quickstart> {
  const cwd = temporaryFolder()
  const file = join(cwd, 'check-ins.db')
  const start = (port: string) => launch({ PORT: port, WHERRY_SQLITE_PATH: file }, { cwd })
  let launched = start('0')
  const url = await launched.url
  return {
    url,
    file,
    async kill() {
      launched.signal('SIGKILL')
      await launched.ended
    },
    async restart() {
      launched = start(new URL(url).port)
      await launched.url
    },
    get ended() {
      return launched.ended
    },
    signal: (signal) => launched.signal(signal),
  }
}
