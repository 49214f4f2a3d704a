import type { AdapterContext } from '../../contract/adapter.ts'
import { isWherryError, WherryError } from '../../errors/wherry-error.ts'
import { keptInMemory } from '../log-limits.ts'
import { loggedOf } from './capture.ts'
import { invalidOptions } from '../../lib/options.ts'
import type { Runtime } from '../../lib/runtime.ts'
import type { CollectionDefinition, SchemaDefinition } from '../../schema/definition.ts'
import { askDeployment, type Deployment } from './deployment.ts'
import { DocumentCode } from './documents.ts'
import { loadDriver, type Client, type Collection, type Database, type Driver } from './driver.ts'
import type { MongodbSettings } from './options.ts'

/** An open database, and all that is known of it. */
export interface MongoContext {
  readonly schema: SchemaDefinition
  /** The same without the collections that are to have no entries in the log. */
  readonly logged: SchemaDefinition
  /** How many changes the service's own log keeps. */
  readonly keepEntries: number
  readonly runtime: Runtime
  readonly driver: Driver
  readonly client: Client
  readonly database: Database
  readonly deployment: Deployment
  readonly code: DocumentCode
  /** How long one call may take until the server ends it. */
  readonly statementTimeoutMs: number
  /** Options of every read: how long it may take, and what it may show. */
  readonly readOptions: object
  /** Options of every write: how long it may take, and by whom it has to be acknowledged. */
  readonly writeOptions: object
  collection(definition: CollectionDefinition): Collection
}

/** Connects, and leaves nothing open where that fails. */
export async function openContext(
  settings: MongodbSettings,
  { schema, runtime, mayCreate, log }: AdapterContext,
  onClient: (client: Client) => void,
): Promise<MongoContext> {
  const driver = await loadDriver()
  const maxTimeMS = settings.statementTimeoutMs
  const { client, database, writeConcern } = prepare(driver, settings)
  onClient(client)
  try {
    await client.connect()
    const deployment = await askDeployment(database)
    const wanted = { schema, ...(log && { log }) }
    const logged = loggedOf(wanted, deployment)
    if (!mayCreate) await checkExists(database)
    const collections = new Map<CollectionDefinition, Collection>()
    for (const definition of schema.collections.values()) {
      collections.set(definition, database.collection(definition.table))
    }
    return {
      schema,
      logged,
      keepEntries: keptInMemory(wanted),
      runtime,
      driver,
      client,
      database,
      deployment,
      code: new DocumentCode(driver),
      statementTimeoutMs: settings.statementTimeoutMs,
      // What a majority has is not rolled back when the primary fails.
      readOptions: {
        maxTimeMS,
        ...(deployment.isReplicated && { readConcern: { level: 'majority' } }),
      },
      writeOptions: { maxTimeMS, ...writeConcern },
      collection: (definition) => collections.get(definition)!,
    }
  } catch (error) {
    await client.close()
    throw error
  }
}

/** Errors that the driver finds in the URL and the options quote no more of them than a name. */
function prepare(driver: Driver, { url, client: options }: MongodbSettings) {
  try {
    const client = new driver.MongoClient(url, options)
    return { client, database: client.db(), writeConcern: writeConcernOf(client) }
  } catch (error) {
    if (isWherryError(error) || !(error instanceof Error)) throw error
    throw invalidOptions(`The driver refuses the URL or the options of mongodb(): ${error.message}`)
  }
}

/** By a majority and on disk, unless the URL asks for something else. */
function writeConcernOf({ options: { writeConcern } }: Client): object {
  if (writeConcern === undefined) return { writeConcern: { w: 'majority', journal: true } }
  if (writeConcern.w !== 0) return {}
  throw invalidOptions(
    "With 'w=0' no write is ever acknowledged, so nobody could say what became of it; leave it out",
  )
}

/** MongoDB makes databases by itself, as soon as something is written. */
async function checkExists(database: Database): Promise<void> {
  const [any] = await database.listCollections({}, { nameOnly: true }).toArray()
  if (any !== undefined) return
  throw new WherryError(
    'DatabaseMissing',
    `There is no database '${database.databaseName}', or it is empty; connect with { ensure: 'create' } to make it`,
  )
}
