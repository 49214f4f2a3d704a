import { isMissing, testServer, type Database, type ServerName } from '@wherry/testing/servers'
import { Unavailable } from './engine.ts'

/** An empty database on the server that tests use: a given one, a container or a program here. */
export async function createDatabase(name: ServerName): Promise<Database> {
  const server = await testServer(name)
  if (isMissing(server)) throw new Unavailable(server.reason)
  return server.createDatabase()
}
