import type * as KyselyModule from 'kysely'
import { loadPeer } from '../../lib/peers.ts'
import { columnNames, complete, type RowCodec, type StoredRow } from '../rows.ts'
import type { EmotionPatch } from '../schema.ts'
import type { Subject } from '../subject.ts'
import { rangeSize } from '../workload.ts'

interface Tables {
  emotions: StoredRow
}

export interface KyselyEngine {
  dialect(module: typeof KyselyModule): KyselyModule.Dialect
  readonly codec: RowCodec
  /** Whether an update can return the row; else it is read in the same transaction. */
  readonly updateReturns: boolean
}

/** Kysely as its documentation uses it. It knows no kinds of value, so rows are mapped by hand. */
export async function openKysely({
  dialect,
  codec,
  updateReturns,
}: KyselyEngine): Promise<Subject> {
  const module = await loadPeer<typeof KyselyModule>('kysely')
  const { sql } = module
  const db = new module.Kysely<Tables>({ dialect: dialect(module) })

  const byId = (on: typeof db, id: string) =>
    on.selectFrom('emotions').select(columnNames).where('id', '=', id)
  const changeById = (on: typeof db, id: string, { intensity, note }: EmotionPatch) =>
    on
      .updateTable('emotions')
      .set({
        intensity,
        note,
        updated_at: codec.time(new Date()),
        version: sql`version + 1`,
      })
      .where('id', '=', id)

  return {
    name: 'kysely',
    async point(id) {
      const row = await byId(db, id).executeTakeFirst()
      return row === undefined ? null : codec.fromStored(row)
    },
    async range100(userId) {
      const rows = await db
        .selectFrom('emotions')
        .select(columnNames)
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(rangeSize)
        .execute()
      return rows.map(codec.fromStored)
    },
    async insert(input) {
      const row = complete(input)
      await db.insertInto('emotions').values(codec.toStored(row)).execute()
      return row
    },
    async batch100(inputs) {
      const rows = inputs.map(complete)
      await db.insertInto('emotions').values(rows.map(codec.toStored)).execute()
      return rows
    },
    async update(id, patch) {
      const row = updateReturns
        ? await changeById(db, id, patch).returning(columnNames).executeTakeFirstOrThrow()
        : await db.transaction().execute(async (tx) => {
            await changeById(tx, id, patch).execute()
            return byId(tx, id).executeTakeFirstOrThrow()
          })
      return codec.fromStored(row)
    },
    close: () => db.destroy(),
  }
}
