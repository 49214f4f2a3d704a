import type * as KyselyModule from 'kysely'
import { loadPeer } from '../../lib/peers.ts'
import { complete, fromStored, writeDecimal, type Stored } from '../columns.ts'
import { openDatabase } from '../driver.ts'
import type { Emotion, Kind } from '../schema.ts'
import { rangeSize } from '../workload.ts'
import type { Subject } from '../subject.ts'

interface Tables {
  emotions: {
    id: string
    user_id: string
    kind: Kind
    intensity: number
    confidence: number
    note: string | null
    active: number
    data: string
    created_at: number
    updated_at: number
    version: number
  }
}

const columns = [
  'id',
  'user_id as userId',
  'kind',
  'intensity',
  'confidence',
  'note',
  'active',
  'data',
  'created_at as createdAt',
  'updated_at as updatedAt',
  'version',
] as const

/** Kysely as its documentation uses it. It knows no kinds of value, so rows are mapped by hand. */
export async function openKysely(file: string): Promise<Subject> {
  const { Kysely, SqliteDialect, sql } = await loadPeer<typeof KyselyModule>('kysely')
  const database = (await openDatabase(file)) as unknown as KyselyModule.SqliteDatabase
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
  return {
    name: 'kysely',
    async point(id) {
      const row = await db
        .selectFrom('emotions')
        .select(columns)
        .where('id', '=', id)
        .executeTakeFirst()
      return row === undefined ? null : fromStored(row)
    },
    async range100(userId) {
      const rows = await db
        .selectFrom('emotions')
        .select(columns)
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(rangeSize)
        .execute()
      return rows.map(fromStored)
    },
    async insert(input) {
      const row = complete(input)
      await db.insertInto('emotions').values(toColumns(row)).execute()
      return row
    },
    async batch100(inputs) {
      const rows = inputs.map(complete)
      await db.insertInto('emotions').values(rows.map(toColumns)).execute()
      return rows
    },
    async update(id, { intensity, note }) {
      const row: Stored = await db
        .updateTable('emotions')
        .set({ intensity, note, updated_at: Date.now(), version: sql`version + 1` })
        .where('id', '=', id)
        .returning(columns)
        .executeTakeFirstOrThrow()
      return fromStored(row)
    },
    close: () => db.destroy(),
  }
}

function toColumns(row: Emotion): Tables['emotions'] {
  return {
    id: row.id,
    user_id: row.userId,
    kind: row.kind,
    intensity: row.intensity,
    confidence: writeDecimal(row.confidence),
    note: row.note,
    active: row.active ? 1 : 0,
    data: JSON.stringify(row.data),
    created_at: row.createdAt.getTime(),
    updated_at: row.updatedAt.getTime(),
    version: row.version,
  }
}
