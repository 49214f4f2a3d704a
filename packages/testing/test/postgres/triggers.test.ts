import { createDataService } from '@wherry/core'
import { postgres } from '@wherry/core/postgres'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { expect, it, onTestFinished } from 'vitest'
import { describePostgres, newDatabase, stranger } from './support/postgres.ts'

const schema = defineSchema({ items: collection({ id: t.id(), n: t.int() }) })

async function openItems(url: string) {
  const data = createDataService({ schema, databases: [postgres({ url })] })
  await data.connect()
  onTestFinished(() => data.close())
  return data.items
}

describePostgres('triggers of a PostgreSQL’s own', (server) => {
  it('have it said where they keep no row, or not all of a batch', async () => {
    const url = await newDatabase(server)
    const items = await openItems(url)
    const other = await stranger(url)
    await other.query(`create function leave() returns trigger language plpgsql as
      $$ begin return null; end $$`)
    await other.query(`create trigger leave before insert on items
      for each row when (new.n > 10) execute function leave()`)
    const row = { id: 'a', n: 11 }
    const refusals = [
      () => items.insert(row),
      () => items.insertMany([{ n: 1 }, row]),
      () => items.upsert({ on: ['id'], insert: row, update: { n: 11 } }),
    ]
    for (const refused of refusals) {
      await expect(refused()).rejects.toMatchObject({
        code: 'CheckViolation',
        details: { outcome: 'not-applied', collection: 'items' },
      })
    }
    expect(await items.count()).toBe(0)
    await items.insertMany([{ n: 1 }, { n: 2 }])
    expect(await items.count()).toBe(2)
  })
})
