import type * as MongodbModule from 'mongodb'
import { loadPeer } from '../../lib/peers.ts'
import type { Stored } from './columns.ts'

/**
 * What every subject but ours is given: one connection, the write concern that ours asks for, and
 * no field for what is undefined.
 */
export const clientOptions = {
  maxPoolSize: 1,
  w: 'majority',
  journal: true,
  ignoreUndefined: true,
} as const

interface Connected {
  readonly client: MongodbModule.MongoClient
  readonly emotions: MongodbModule.Collection<Stored>
}

export async function connect(url: string): Promise<Connected> {
  const { MongoClient } = await loadPeer<typeof MongodbModule>('mongodb')
  const client = await MongoClient.connect(url, clientOptions)
  return { client, emotions: client.db().collection('emotions') }
}
