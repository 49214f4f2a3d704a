import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { Adapter } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { mongodb } from '@wherry/core/mongodb'
import { mysql } from '@wherry/core/mysql'
import { pglite } from '@wherry/core/pglite'
import { postgres } from '@wherry/core/postgres'
import { sqlite } from '@wherry/core/sqlite'
import {
  remoteEngine,
  type DatabaseSettings,
  type Engine,
  type Expectations,
} from '@wherry/testing'
import { isMissing, testServer, type ServerName } from '@wherry/testing/servers'
import { isFerretdb } from '../src/servers/definitions/mongodb-like.ts'

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
  expectations: Partial<Expectations> = {},
): Engine {
  return {
    name: server,
    adapterName,
    capabilities: everything,
    knownGaps: {},
    ...expectations,
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
  knownGaps: {
    'json: values nested 64 levels deep are kept, deeper ones refused, endless ones too':
      'MariaDB reads JSON up to 32 levels deep, and what is deeper is refused as Unsupported',
  },
})
export const mysqlEngine: Engine = serverEngine('mysql', 'mysql', mysql)

/** What MongoDB has on a replica set, and what without one. */
const replicated = { ...everything, serializable: false, foreignKeys: false }
const alone = { ...replicated, transactions: false, externalChanges: false }

/** Of all that speaks its protocol: collections have no columns. */
const mongodbGaps = {
  'ensure: what a service that knows less leaves out has its default':
    'MongoDB has no defaults: what an older service leaves out, a newer one misses',
  "ensure: with 'off' what does not fit shows when it is used":
    'MongoDB reads a field or a collection that nobody has written as empty',
}

const waitsLong =
  'MongoDB’s writers wait for the end of a transaction as long as their call may take'

const replicatedGaps = {
  ...mongodbGaps,
  'isolation: a writer that waits too long gets LockTimeout, and nothing is written': waitsLong,
  'isolation: a service waits for the transaction of another one, but not for ever': waitsLong,
}

const ferretdbGaps = {
  ...mongodbGaps,
  'json: lists in lists come back as they were': 'FerretDB refuses arrays in arrays',
  'json: keys with dots come back as they were': "FerretDB refuses keys with a '.'",
  'json paths: a path goes through arrays in arrays': 'FerretDB refuses arrays in arrays',
}

let askedServer: Promise<boolean> | undefined

const createMongodb = ({ url }: { readonly url: string }) => mongodb({ url })

export const mongodbStandaloneEngine: Engine = serverEngine(
  'mongodb-standalone',
  'mongodb',
  createMongodb,
  { capabilities: alone, knownGaps: mongodbGaps },
)

/** On a replica set, or on FerretDB where there is no MongoDB. */
export const mongodbEngine: Engine = {
  ...serverEngine('mongodb', 'mongodb', createMongodb),
  capabilities: replicated,
  knownGaps: replicatedGaps,
  async expectedHere() {
    const server = await testServer('mongodb')
    if (isMissing(server) || !(await (askedServer ??= isFerretdb(server.url)))) return {}
    return { capabilities: alone, knownGaps: ferretdbGaps }
  },
}

/** The engines that `npm run conformance` runs; what others add to themselves stays with them. */
export const engines: readonly Engine[] = [
  memoryEngine,
  sqliteEngine,
  postgresEngine,
  pgliteEngine,
  mariadbEngine,
  mysqlEngine,
  mongodbEngine,
  mongodbStandaloneEngine,
  remoteEngine(memoryEngine),
  remoteEngine(sqliteEngine),
  remoteEngine(postgresEngine),
  remoteEngine(mongodbEngine),
]
