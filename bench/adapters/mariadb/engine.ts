import { mysql as adapter } from '@wherry/core/mysql'
import type { Engine, Reset } from '../engine.ts'
import { createDatabaseApart } from '../server.ts'
import { connect } from './driver.ts'
import { peersAt } from './peers.ts'
import { openRaw } from './raw.ts'

export const mariadb: Engine = {
  name: 'mariadb',
  async create() {
    const { url, drop } = await createDatabaseApart('mariadb')
    return {
      adapter: () => adapter({ url }),
      openRaw: () => openRaw(url),
      peers: peersAt(url),
      openReset: () => openReset(url),
      close: drop,
    }
  },
}

/** So many turns share a log, lest it grow without bound; emptying it is not free. */
const turnsPerLog = 100

async function openReset(url: string): Promise<Reset> {
  const connection = await connect(url)
  const [row] = (await connection.query('select max(id) as last from emotions')) as [
    { last: string },
  ]
  await connection.query('analyze table users, emotions')
  let turns = 0
  return {
    /** Takes back what was inserted: ids grow with time. */
    async run() {
      await connection.execute('delete from emotions where id > ?', [row.last])
      if (++turns % turnsPerLog === 0) await connection.query('truncate wherry_log')
    },
    close: () => connection.end(),
  }
}
