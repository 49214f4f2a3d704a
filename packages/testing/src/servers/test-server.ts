import { serverAt, urlVariable } from './server-at.ts'
import { isMissing, type DatabaseServer, type Missing, type ServerName } from './server.ts'
import { shareVariable } from './share-servers.ts'
import { startServer } from './start-server.ts'

const found = new Map<ServerName, Promise<DatabaseServer | Missing>>()

/**
 * The server that all tests of a run share: that of `TEST_<NAME>_URL`, for instance
 * `TEST_POSTGRES_URL`, else one that is started when it is first asked for, by the process that
 * called `shareServers` where one did, else by this one. It ends with the process that started it.
 * With `CI=true` it rejects where an engine is missing that a machine for CI can have.
 */
export function testServer(name: ServerName): Promise<DatabaseServer | Missing> {
  const known = found.get(name) ?? findServer(name)
  found.set(name, known)
  return known
}

async function findServer(name: ServerName): Promise<DatabaseServer | Missing> {
  const given = process.env[urlVariable(name)]
  if (given) return serverAt(name, given)
  const shared = process.env[shareVariable]
  if (shared === undefined) return startServer(name)
  const response = await fetch(`${shared}/${name}`)
  if (!response.ok) throw new Error(await response.text())
  const answer = (await response.json()) as { url: string } | Missing
  return isMissing(answer) ? answer : serverAt(name, answer.url)
}
