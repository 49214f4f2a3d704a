import { postgres as adapter } from '@wherry/core/postgres'
import type { Engine, Reset } from '../engine.ts'
import { createDatabaseApart } from '../server.ts'
import { connect } from './driver.ts'
import { peersAt } from './peers.ts'
import { openRaw, openRawPool } from './raw.ts'

const callers = 16

export const postgres: Engine = {
  name: 'postgres',
  async create() {
    const { url, drop } = await createDatabaseApart('postgres')
    return {
      adapter: () => adapter({ url }),
      openRaw: () => openRaw(url),
      peers: peersAt(url),
      together: { callers, openRaw: () => openRawPool(url, callers) },
      openReset: () => openReset(url),
      close: drop,
    }
  },
}

/** So many turns share a log, lest it grow without bound; emptying it is not free. */
const turnsPerLog = 100

async function openReset(url: string): Promise<Reset> {
  const client = await connect(url)
  const { rows } = await client.query('select max(id) as last from emotions')
  const { last } = rows[0] as { last: string }
  await client.query('vacuum analyze')
  let turns = 0
  return {
    /** Takes back what was inserted: ids grow with time. */
    async run() {
      const text = 'delete from emotions where id > $1'
      await client.query({ name: 'reset', text, values: [last] })
      if (++turns % turnsPerLog === 0) await client.query('truncate wherry_log')
    },
    close: () => client.end(),
  }
}
