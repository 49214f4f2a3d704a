import { isDockerThere, startContainer } from './container.ts'
import type { ServerDefinition } from './definition.ts'
import { definitions } from './definitions/all.ts'
import { startProcess } from './local/server-process.ts'
import { randomName } from './random-name.ts'
import { serverAt, urlVariable } from './server-at.ts'
import {
  isMissing,
  type Missing,
  type OwnServer,
  type RunningServer,
  type ServerName,
  type StartOptions,
} from './server.ts'

/**
 * Starts a server that nobody else uses, for tests that kill it: in Docker where its daemon answers,
 * else from a program on PATH or where Debian keeps it. With `CI=true` it rejects where an engine is
 * missing that a machine for CI can have.
 */
export async function startServer(
  name: ServerName,
  options: StartOptions = {},
): Promise<OwnServer | Missing> {
  const definition = definitions[name]
  const settings = { durable: false, ...options }
  const password = randomName()

  if (await isDockerThere()) return own(name, await startContainer(definition, password, settings))
  const program = await definition.findProgram()
  if (isMissing(program)) return await missing(definition, program.reason)
  return own(name, await startProcess(definition, program, password, settings))
}

function own(name: ServerName, server: RunningServer): OwnServer {
  const { createDatabase } = serverAt(name, server.url)
  return { ...server, createDatabase, kill: (signal = 'SIGKILL') => server.kill(signal) }
}

async function missing(definition: ServerDefinition, found: string): Promise<Missing> {
  const { name } = definition
  const reason =
    `there is no ${name} here: no Docker that answers, and ${found}; ` +
    `start the one, install the other, or name a server that tests may share in ${urlVariable(name)}`
  if (process.env.CI === 'true' && (await definition.isExpectedInCi())) {
    throw new Error(`CI is to have every engine that it can have, but ${reason}`)
  }
  return { reason }
}
