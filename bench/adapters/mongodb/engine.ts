import { mongodb as adapter } from '@wherry/core/mongodb'
import type { Engine, Reset } from '../engine.ts'
import { createDatabaseApart } from '../server.ts'
import { connect } from './driver.ts'
import { peersAt } from './peers.ts'
import { openRaw } from './raw.ts'

export const mongodb: Engine = {
  name: 'mongodb',
  // FerretDB reads all of a collection for whatever it does with it. Fewer rows leave more of the
  // time to those who are measured.
  size: { rows: 128, users: 1 },
  async create() {
    const { url, drop } = await createDatabaseApart('mongodb')
    return {
      adapter: () => adapter({ url }),
      openRaw: () => openRaw(url),
      peers: peersAt(url),
      openReset: () => openReset(url),
      close: drop,
    }
  },
}

async function openReset(url: string): Promise<Reset> {
  const { client, emotions } = await connect(url)
  const newest = await emotions.findOne({}, { sort: { _id: -1 } })
  return {
    /** Takes back what was inserted: ids grow with time. */
    async run() {
      await emotions.deleteMany({ _id: { $gt: newest!._id } })
    },
    close: () => client.close(),
  }
}
