import { isMissing, testServer, type DatabaseServer } from '@wherry/testing/servers'
import { onTestFinished, type TestContext } from 'vitest'
import { openContext, type MongoContext } from '../../src/adapters/mongodb/context.ts'
import { loadDriver, type Database } from '../../src/adapters/mongodb/driver.ts'
import { mongodb } from '../../src/adapters/mongodb/index.ts'
import { parseOptions, type MongodbOptions } from '../../src/adapters/mongodb/options.ts'
import type { Adapter } from '../../src/contract/adapter.ts'
import { systemRuntime, type Runtime } from '../../src/lib/runtime.ts'
import type { SchemaDefinition } from '../../src/schema/definition.ts'

export interface TestDatabase {
  readonly url: string
  /** The database as another program has it. */
  readonly database: Database
  adapter(options?: Omit<MongodbOptions, 'url'>): Adapter
  /** What the parts of an adapter are given, open until the test is over. */
  open(definition: SchemaDefinition, runtime?: Runtime): Promise<MongoContext>
}

/** A database on the MongoDB of the tests; without one the test is skipped, and says why. */
export async function newMongodb(context: TestContext): Promise<TestDatabase> {
  const server = await testServer('mongodb')
  return isMissing(server) ? context.skip(server.reason) : databaseOn(server)
}

/** The same on one that has no transactions and no change streams. */
export async function newStandalone(context: TestContext): Promise<TestDatabase> {
  const standalone = await testServer('mongodb-standalone')
  if (!isMissing(standalone)) return databaseOn(standalone)
  const other = await newMongodb(context)
  const { setName } = await other.database.command({ hello: 1 })
  return setName === undefined ? other : context.skip(standalone.reason)
}

async function databaseOn(server: DatabaseServer): Promise<TestDatabase> {
  const { url, drop } = await server.createDatabase()
  onTestFinished(drop)
  const { MongoClient } = await loadDriver()
  const stranger = new MongoClient(url, {})
  onTestFinished(() => stranger.close())
  return {
    url,
    database: stranger.db(),
    adapter: (options) => mongodb({ url, ...options }),
    async open(schema, runtime = systemRuntime) {
      const opened = { schema, runtime, mayCreate: true }
      const mongo = await openContext(parseOptions({ url }), opened, () => undefined)
      onTestFinished(() => mongo.client.close())
      return mongo
    },
  }
}
