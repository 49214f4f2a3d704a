import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlite as adapter } from '@wherry/core/sqlite'
import { contendSync } from '../cases.ts'
import type { Engine, Reset } from '../engine.ts'
import { openDatabase } from './driver.ts'
import { peersOn } from './peers.ts'
import { openRaw, rawSubject, type RawDriver } from './raw.ts'

export const sqlite: Engine = {
  name: 'sqlite',
  async create() {
    const folder = mkdtempSync(join(tmpdir(), 'wherry-bench-'))
    const file = join(folder, 'bench.db')
    let raw: RawDriver
    return {
      adapter: () => adapter({ file, synchronous: 'normal' }),
      async openRaw() {
        raw = await openRaw(file)
        return rawSubject(raw)
      },
      peers: peersOn(file),
      extras: (name, load) => [contendSync(raw, name, load)],
      openReset: () => openReset(file),
      close: async () => rmSync(folder, { recursive: true }),
    }
  },
}

/** Takes back what was inserted and empties the WAL, so that every turn starts from the same file. */
async function openReset(file: string): Promise<Reset> {
  const db = await openDatabase(file)
  const { last } = db.prepare('select max(rowid) as last from emotions').get() as { last: number }
  const remove = db.prepare('delete from emotions where rowid > ?')
  return {
    run() {
      remove.run(last)
      db.pragma('wal_checkpoint(truncate)')
    },
    close: async () => void db.close(),
  }
}
