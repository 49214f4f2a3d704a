import type { Adapter } from '../../contract/adapter.ts'
import { MongodbAdapter } from './adapter.ts'
import { parseOptions, type MongodbOptions } from './options.ts'

export type { MongodbOptions } from './options.ts'

/**
 * A database of MongoDB 6.0 or newer, through its driver (`npm install mongodb`), or of a server
 * that speaks its protocol. A replica set has transactions and a log of all that is written; a
 * server that stands alone has neither, and `capabilities` say so once it is connected.
 */
export function mongodb(options?: MongodbOptions): Adapter {
  return new MongodbAdapter(parseOptions(options))
}
