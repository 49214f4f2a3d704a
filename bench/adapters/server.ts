import { isMissing, testServer, type Database, type ServerName } from '@wherry/testing/servers'
import { chooseCores, runOn } from '../lib/cores.ts'
import { Unavailable } from './engine.ts'

/** Chosen while this process may still run on all. */
const cores = chooseCores()

/**
 * An empty database on the server that tests use: a given one, a container or a program here. A
 * program gets a processor of its own, as a server has. Else the system decides anew with each
 * connection whether its two ends share one, which doubles or halves the time of a read.
 */
export async function createDatabase(name: ServerName): Promise<Database> {
  if (cores !== undefined) runOn(cores.server)
  const server = await testServer(name)
  if (cores !== undefined) runOn(cores.generator)
  if (isMissing(server)) throw new Unavailable(server.reason)
  return server.createDatabase()
}
