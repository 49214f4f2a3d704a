import type { Runtime } from '../../lib/runtime.ts'
import type { CollectionDefinition, SchemaDefinition } from '../../schema/definition.ts'
import type { Deployment } from './deployment.ts'
import type { DocumentCode } from './documents.ts'
import type { Client, Collection, Database, Driver } from './driver.ts'

/** An open database, and all that is known of it. */
export interface MongoContext {
  readonly schema: SchemaDefinition
  readonly runtime: Runtime
  readonly driver: Driver
  readonly client: Client
  readonly database: Database
  readonly deployment: Deployment
  readonly code: DocumentCode
  /** Options of every read: how long the server may take, and what it may show. */
  readonly readOptions: object
  /** Options of every write: what it takes to be acknowledged. */
  readonly writeOptions: object
  collection(definition: CollectionDefinition): Collection
}
