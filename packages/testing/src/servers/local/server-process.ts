import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command, ServerDefinition, ServerProgram, Settings } from '../definition.ts'
import type { RunningServer } from '../server.ts'
import { pause, untilItAnswers } from '../until-it-answers.ts'
import { freePort } from './free-port.ts'
import { identityOf, openFolder, serverEnvironment, type Identity } from './server-folder.ts'
import { createWatchdog, type Watchdog } from './watchdog.ts'

/** Starts a program of this machine as a server on a free port, with its data in a new folder. */
export async function startProcess(
  definition: ServerDefinition,
  program: ServerProgram,
  password: string,
  settings: Settings,
): Promise<RunningServer> {
  const owner = await identityOf(program.user)
  const path = mkdtempSync(join(tmpdir(), `wherry-${definition.name}-`))
  const watchdog = createWatchdog(path, program.stopSignal)
  const urlAt = (port: number) => definition.url({ host: '127.0.0.1', port, password })
  let server: ChildProcess

  /**
   * Another may have taken the port in the meantime, and what is left of a killed server may hold its
   * data for a moment; both end the new one. Only our own server lets this password in or is this process.
   */
  const start = async (choosePort: () => Promise<number>): Promise<number> => {
    for (let delayMs = 50; delayMs <= 1_600; delayMs *= 2) {
      const port = await choosePort()
      server = await launch(program.command(path, port, settings), path, owner, watchdog)
      const ping = () => definition.ping(urlAt(port), server.pid)
      if (await untilItAnswers(ping, () => hasEnded(server))) return port
      await pause(delayMs)
    }
    const log = await readFile(logOf(path), 'utf8')
    throw new Error(
      `${definition.name} ends as soon as it is started. It says:\n${log.slice(-2_000)}`,
    )
  }

  try {
    await program.prepare(await openFolder(path, owner), password)
    const port = await start(freePort)
    return {
      url: urlAt(port),
      kill: (signal) => end(server, signal),
      async restart() {
        await end(server, 'SIGKILL')
        await start(async () => port)
      },
      async stop() {
        await end(server, program.stopSignal)
        await watchdog.release()
      },
    }
  } catch (error) {
    await watchdog.release()
    throw error
  }
}

async function launch(
  [program, ...args]: Command,
  path: string,
  owner: Identity,
  watchdog: Watchdog,
): Promise<ChildProcess> {
  const log = await open(logOf(path), 'a')
  try {
    const server = spawn(program, args, {
      ...owner,
      cwd: path,
      env: serverEnvironment,
      stdio: ['ignore', log.fd, log.fd],
      // With a session of its own, a Ctrl-C does not end it before those who use it.
      detached: true,
    })
    watchdog.watch(server.pid)
    server.once('exit', () => watchdog.watch(undefined))
    await once(server, 'spawn')
    server.unref()
    return server
  } finally {
    await log.close()
  }
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(server)) return
  server.ref()
  const ended = once(server, 'exit')
  server.kill(signal)
  await ended
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function logOf(path: string): string {
  return join(path, 'log')
}
