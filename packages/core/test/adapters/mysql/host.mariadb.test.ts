import type { Kysely } from 'kysely'
import { describe, expect, it } from 'vitest'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { kysely } from '../../../src/sql.ts'
import { newMariadb } from '../../support/mariadb.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema({
  notes: collection({ id: t.id(), n: t.int() }),
})

interface Tables {
  notes: { id: string; n: number }
}

describe('kysely() on MariaDB', () => {
  it('runs nothing more in a transaction that a deadlock has ended', async (context) => {
    const data = await connected(schema, (await newMariadb(context)).adapter())
    const db = kysely<Tables>(data, 'mysql')
    await data.notes.insertMany([{ id: 'x', n: 0 }, { id: 'y', n: 0 }]) // prettier-ignore
    const set = (trx: Kysely<Tables>, id: string) =>
      trx.updateTable('notes').set({ n: 5 }).where('id', '=', id).execute()
    let holding = 0
    let bothHold = () => {}
    const both = new Promise<void>((resolve) => (bothHold = resolve))
    const caught: unknown[] = []
    const run = (first: string, second: string) =>
      db.transaction().execute(async (trx) => {
        await set(trx, first)
        if (++holding === 2) bothHold()
        await both
        await set(trx, second).catch(async (error: unknown) => {
          caught.push(error)
          const late = trx.insertInto('notes').values({ id: 'late', n: 1 }).execute()
          await late.catch((refusal: unknown) => caught.push(refusal))
        })
      })
    const runs = await Promise.allSettled([run('x', 'y'), run('y', 'x')])
    expect(caught).toMatchObject([{ code: 'SerializationFailure' }, { code: 'TransactionAborted' }])
    const failed = runs.filter(({ status }) => status === 'rejected')
    expect(failed).toMatchObject([{ reason: { code: 'TransactionAborted' } }])
    expect(await data.notes.find()).toEqual([{ id: 'x', n: 5 }, { id: 'y', n: 5 }]) // prettier-ignore
    await db.transaction().execute((trx) => set(trx, 'x'))
  })
})
