import type { ServerDefinition } from '../definition.ts'
import { loadDriver } from '../load-driver.ts'

interface Mongodb {
  MongoClient: new (
    url: string,
    options: { serverSelectionTimeoutMS: number; minHeartbeatFrequencyMS: number },
  ) => Client
}

interface Client {
  db(name: string): Database
  close(): Promise<void>
}

interface Database {
  command(command: object): Promise<Record<string, unknown>>
}

export const mongodbDatabases: Pick<
  ServerDefinition,
  'url' | 'ping' | 'databaseUrl' | 'createDatabase' | 'dropDatabase'
> = {
  // A replica set tells an address of its member, by which none in a container can be reached.
  url: ({ host, port }) => `mongodb://${host}:${port}/admin?directConnection=true`,
  ping: (url, processId) => using(url, 'admin', (admin) => untilPrimary(admin, processId)),
  databaseUrl,
  // The first write to a database makes it.
  createDatabase: async () => undefined,
  dropDatabase: (url, name) =>
    using(url, name, async (database) => void (await database.command({ dropDatabase: 1 }))),
}

/** Whether it is FerretDB, which speaks MongoDB's protocol and can do less. */
export function isFerretdb(url: string): Promise<boolean> {
  return using(url, 'admin', async (admin) => {
    return 'ferretdbVersion' in (await admin.command({ buildInfo: 1 }))
  })
}

/** It has no password, so a server that has taken the port is known by its process. */
async function untilPrimary(admin: Database, processId: number | undefined): Promise<void> {
  const { pid } = await admin.command({ serverStatus: 1 })
  if (processId !== undefined && pid !== processId) {
    throw new Error(`process ${String(pid)} answers there, instead of ${processId}`)
  }
  const { isWritablePrimary } = await admin.command({ hello: 1 })
  if (isWritablePrimary === true) return
  // Without a configuration the set is this server alone. A set that is there already refuses.
  await admin.command({ replSetInitiate: {} })
  throw new Error('the replica set has no primary yet')
}

/**
 * Who logs in is looked up in the path's database, unless told otherwise. `URL` cannot parse several
 * hosts.
 */
function databaseUrl(url: string, name: string): string {
  const [, hosts, path, options] = /^([^/]+\/\/[^/?]+)\/?([^?]*)\??(.*)$/.exec(url) ?? []
  const its = new URLSearchParams(options)
  if (hosts?.includes('@') && !its.has('authSource')) its.set('authSource', path || 'admin')
  return `${hosts}/${name}${its.size > 0 ? '?' : ''}${its.toString()}`
}

async function using<T>(
  url: string,
  name: string,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const { MongoClient } = await loadDriver<Mongodb>('mongodb')
  const client = new MongoClient(url, {
    serverSelectionTimeoutMS: 10_000,
    // A server that was just started answers sooner than the driver looks again by default.
    minHeartbeatFrequencyMS: 25,
  })
  try {
    return await use(client.db(name))
  } finally {
    await client.close()
  }
}
