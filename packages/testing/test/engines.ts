import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { memory } from '@wherry/core/memory'
import { mysql } from '@wherry/core/mysql'
import { pglite } from '@wherry/core/pglite'
import { postgres } from '@wherry/core/postgres'
import { sqlite } from '@wherry/core/sqlite'
import { remoteEngine, type Engine } from '@wherry/testing'
import { isMissing, testServer } from '@wherry/testing/servers'

const everything = {
  durable: true,
  transactions: true,
  foreignKeys: true,
  sharedBetweenProcesses: true,
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

export const postgresEngine: Engine = {
  name: 'postgres',
  capabilities: everything,
  knownGaps: {},
  create: async (settings) => {
    const server = await testServer('postgres')
    if (isMissing(server)) throw new Error(server.reason)
    const database = await server.createDatabase()
    return {
      adapter: () => postgres({ url: database.url, ...settings }),
      dispose: () => database.drop(),
    }
  },
}

export const mariadbEngine: Engine = {
  name: 'mariadb',
  adapterName: 'mysql',
  capabilities: everything,
  knownGaps: {},
  create: async (settings) => {
    const server = await testServer('mariadb')
    if (isMissing(server)) throw new Error(server.reason)
    const database = await server.createDatabase()
    return {
      adapter: () => mysql({ url: database.url, ...settings }),
      dispose: () => database.drop(),
    }
  },
}

/** The engines that `npm run conformance` runs; what others add to themselves stays with them. */
export const engines: readonly Engine[] = [
  memoryEngine,
  sqliteEngine,
  pgliteEngine,
  postgresEngine,
  mariadbEngine,
  remoteEngine(memoryEngine),
  remoteEngine(sqliteEngine),
  remoteEngine(postgresEngine),
]
