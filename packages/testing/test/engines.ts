import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { mysql } from '@wherry/core/mysql'
import { pglite } from '@wherry/core/pglite'
import { postgres } from '@wherry/core/postgres'
import { sqlite } from '@wherry/core/sqlite'
import { remoteEngine, type DatabaseSettings, type Engine } from '@wherry/testing'
import { isMissing, testServer, type ServerName } from '@wherry/testing/servers'

const everything = {
  durable: true,
  transactions: true,
  serializable: true,
  foreignKeys: true,
  sharedBetweenProcesses: true,
  externalChanges: true,
}

/** What lives in one connection or one object ends with it, and nobody else can reach it. */
const onlyHere = { ...everything, durable: false, sharedBetweenProcesses: false }

export const memoryEngine: Engine = {
  name: 'memory',
  capabilities: onlyHere,
  knownGaps: {},
  create: async (settings) => {
    const adapter = memory(settings)
    return { adapter: () => adapter, dispose: () => undefined }
  },
}

export const sqliteEngine: Engine = {
  name: 'sqlite',
  capabilities: everything,
  knownGaps: {},
  create: async (settings) => {
    const folder = await mkdtemp(join(tmpdir(), 'wherry-conformance-'))
    return {
      adapter: () => sqlite({ file: join(folder, 'test.db'), synchronous: 'normal', ...settings }),
      dispose: () => rm(folder, { recursive: true }),
    }
  },
}

export const sqliteMemoryEngine: Engine = {
  name: 'sqlite-memory',
  adapterName: 'sqlite',
  capabilities: onlyHere,
  knownGaps: {
    'isolation: others read the last commit while a transaction is open':
      'it has one connection, so reads wait until the transaction has ended',
  },
  create: async (settings) => {
    const adapter = sqlite({ file: ':memory:', ...settings })
    return { adapter: () => adapter, dispose: () => undefined }
  },
}

/** Starting PGlite takes seconds, so one on disk has a schema for each database. */
let client: Promise<PGlite> | undefined
let schemas = 0

async function createClient(): Promise<PGlite> {
  const folder = await mkdtemp(join(tmpdir(), 'wherry-pglite-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return PGlite.create(folder)
}

export const pgliteEngine: Engine = {
  name: 'pglite',
  capabilities: { ...everything, sharedBetweenProcesses: false },
  knownGaps: sqliteMemoryEngine.knownGaps,
  create: async (settings) => {
    const db = await (client ??= createClient())
    const schema = `scenario${schemas++}`
    await db.exec(`create schema ${schema}; set search_path to ${schema}`)
    const adapter = pglite({ client: db, ...settings })
    return {
      adapter: () => adapter,
      dispose: async () => void (await db.exec(`drop schema ${schema} cascade`)),
    }
  },
}

/** An engine on a server of the tests, with a database of its own for each scenario. */
function serverEngine(
  server: ServerName,
  adapterName: string,
  createAdapter: (options: { readonly url: string } & DatabaseSettings) => Adapter,
  knownGaps: Engine['knownGaps'] = {},
): Engine {
  return {
    name: server,
    adapterName,
    capabilities: everything,
    knownGaps,
    async missing() {
      const found = await testServer(server)
      return isMissing(found) ? found.reason : undefined
    },
    async create(settings) {
      const found = await testServer(server)
      if (isMissing(found)) throw new Error(found.reason)
      const { url, drop } = await found.createDatabase()
      return { adapter: () => createAdapter({ url, ...settings }), dispose: drop }
    },
  }
}

export const postgresEngine: Engine = serverEngine('postgres', 'postgres', postgres)
export const mariadbEngine: Engine = serverEngine('mariadb', 'mysql', mysql, {
  'json: values nested 64 levels deep are kept, deeper ones refused, endless ones too':
    'MariaDB reads JSON up to 32 levels deep, and what is deeper is refused as Unsupported',
})
export const mysqlEngine: Engine = serverEngine('mysql', 'mysql', mysql)

/** The engines that `npm run conformance` runs; what others add to themselves stays with them. */
export const engines: readonly Engine[] = [
  memoryEngine,
  sqliteEngine,
  postgresEngine,
  pgliteEngine,
  mariadbEngine,
  mysqlEngine,
  remoteEngine(memoryEngine),
  remoteEngine(sqliteEngine),
  remoteEngine(postgresEngine),
]
