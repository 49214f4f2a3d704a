import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'

/** For one test, a machine without Docker; returns the folder that servers get their folders in. */
export function withoutDocker(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-test-'))
  // A server's user has to get through to its own folder.
  chmodSync(folder, 0o711)
  vi.stubEnv('TMPDIR', folder)
  vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1')
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })
  return folder
}

/** Whether nothing listens where the server was, and nothing lies where its data were. */
export async function isGone(folder: string, url: string): Promise<boolean> {
  const left = readdirSync(folder).filter((name) => name.startsWith('wherry-'))
  return left.length === 0 && !(await isListening(url))
}

export function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
