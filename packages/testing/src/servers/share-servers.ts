import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { definitions } from './definitions/all.ts'
import { randomName } from './random-name.ts'
import { isMissing, type Missing, type OwnServer, type ServerName } from './server.ts'
import { startServer } from './start-server.ts'

/** Tells the processes that this one starts where it hands out servers. */
export const shareVariable = 'WHERRY_TEST_SERVERS'

/**
 * Lets this process and those that it starts share one server of each kind, which is started when
 * the first of them asks for it with `testServer`. Returns what ends them; without it they end with
 * this process. It changes nothing where the process that started this one shares already.
 */
export async function shareServers(): Promise<() => Promise<void>> {
  if (process.env[shareVariable] !== undefined) return async () => undefined

  const started = new Map<ServerName, Promise<OwnServer | Missing>>()
  const serverNamed = (name: ServerName) => {
    const server = started.get(name) ?? startServer(name)
    started.set(name, server)
    return server
  }
  // Who has a URL is the server's administrator, so only who knows this path is told.
  const path = `/${randomName()}`
  const desk = createServer((request, response) => {
    const asked = Object.values(definitions).find(({ name }) => request.url === `${path}/${name}`)
    if (asked === undefined) {
      response.writeHead(404).end()
      return
    }
    serverNamed(asked.name).then(
      (server) => response.end(JSON.stringify(isMissing(server) ? server : { url: server.url })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  }).listen(0, '127.0.0.1')
  await once(desk, 'listening')
  desk.unref()
  process.env[shareVariable] = `http://127.0.0.1:${(desk.address() as AddressInfo).port}${path}`

  return async () => {
    delete process.env[shareVariable]
    desk.close()
    desk.closeAllConnections()
    await Promise.allSettled([...started.values()].map(stop))
  }
}

async function stop(starting: Promise<OwnServer | Missing>): Promise<void> {
  const server = await starting
  if (!isMissing(server)) await server.stop()
}
