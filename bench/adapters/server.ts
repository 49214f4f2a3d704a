import { isMissing, testServer, type Database, type ServerName } from '@wherry/testing/servers'
import { chooseCores, runOn } from '../lib/cores.ts'
import { Unavailable } from './engine.ts'

/** An empty database on the server that tests use: a given one, a container or a program here. */
export async function createDatabase(name: ServerName): Promise<Database> {
  const server = await testServer(name)
  if (isMissing(server)) throw new Unavailable(server.reason)
  return server.createDatabase()
}

/** Chosen while this process may still run on all. */
const cores = chooseCores()

/**
 * The same, on a processor that a program started here has for itself, as a server has. Else the
 * system decides with each connection whether its two ends share one, which doubles or halves the
 * time of a read.
 */
export async function createDatabaseApart(name: ServerName): Promise<Database> {
  if (cores === undefined) return createDatabase(name)
  runOn(cores.server)
  try {
    return await createDatabase(name)
  } finally {
    runOn(cores.generator)
  }
}
