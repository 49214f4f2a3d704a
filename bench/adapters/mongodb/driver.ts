import type * as MongodbModule from 'mongodb'
import { loadPeer } from '../../lib/peers.ts'
import type { Stored } from './columns.ts'

/** What every subject but ours is given: one connection, and no field for what is undefined. */
export const clientOptions = { maxPoolSize: 1, ignoreUndefined: true } as const

/** What ours asks for. Each write is given it, because for a whole client it slows reads down, too. */
export const writeConcern = { w: 'majority', journal: true } as const

interface Connected {
  readonly client: MongodbModule.MongoClient
  readonly emotions: MongodbModule.Collection<Stored>
}

export async function connect(url: string): Promise<Connected> {
  const { MongoClient } = await loadPeer<typeof MongodbModule>('mongodb')
  const client = await MongoClient.connect(url, clientOptions)
  return { client, emotions: client.db().collection('emotions') }
}
