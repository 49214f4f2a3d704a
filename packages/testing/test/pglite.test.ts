import { PGlite } from '@electric-sql/pglite'
import { createDataService } from '@wherry/core'
import { pglite } from '@wherry/core/pglite'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { kysely } from '@wherry/core/sql'
import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

const schema = defineSchema({ notes: collection({ id: t.id() }) })

it('has as long as it takes to start, however short calls wait for each other', async () => {
  const data = createDataService({ schema, databases: [pglite({ lockTimeoutMs: 1 })] })
  onTestFinished(() => data.close())
  await data.connect({ ensure: 'off' })
  await data.ping()
})

describe('a PGlite of the application’s own', async () => {
  const client = await PGlite.create()
  afterAll(() => client.close())

  beforeEach(async () => {
    await client.exec('create table if not exists mine (n int); delete from mine')
  })

  async function open() {
    const data = createDataService({ schema, databases: [pglite({ client })] })
    await data.connect()
    onTestFinished(() => data.close())
    await data.notes.deleteMany({ where: {} })
    return data
  }

  const mine = async () => (await client.query('select n from mine')).rows

  it('keeps what others write to it while a transaction runs that is rolled back', async () => {
    const [data, other] = [await open(), await open()]
    const beside: Promise<unknown>[] = []
    const undone = data.transaction(async (tx) => {
      await tx.notes.insert({ id: 'undone' })
      beside.push(client.query('insert into mine values (1)'), other.notes.insert({ id: 'kept' }))
      await tx.notes.insert({ id: 'undone, too' })
      throw new Error('no')
    })
    await expect(undone).rejects.toThrow('no')
    await Promise.all(beside)
    expect(await mine()).toEqual([{ n: 1 }])
    expect(await data.notes.find()).toEqual([{ id: 'kept' }])
  })

  it('keeps them beside transactions of kysely(), however these begin and end', async () => {
    const data = await open()
    const db = kysely(data, 'pglite')
    const beside: Promise<unknown>[] = []
    await db.connection().execute(async (connection) => {
      await sql`start transaction isolation level serializable, read write`.execute(connection)
      await sql`insert into notes values ('undone')`.execute(connection)
      beside.push(client.query('insert into mine values (1)'))
      await sql`rollback work`.execute(connection)
      await sql`BEGIN`.execute(connection)
      await sql`insert into notes values ('done')`.execute(connection)
      await sql`END;`.execute(connection)
    })
    await Promise.all(beside)
    expect(await mine()).toEqual([{ n: 1 }])
    expect(await data.notes.find()).toEqual([{ id: 'done' }])
  })

  it('is free again when the time is over of a transaction that waits for itself', async () => {
    const data = await open()
    const beside: Promise<unknown>[] = []
    const stuck = data.transaction(
      async (tx) => {
        await tx.notes.insert({ id: 'undone' })
        beside.push(client.query('insert into mine values (1)'))
        await beside[0]
      },
      { timeoutMs: 1_000 },
    )
    await expect(stuck).rejects.toMatchObject({ code: 'TransactionTimeout' })
    await Promise.all(beside)
    expect(await mine()).toEqual([{ n: 1 }])
    expect(await data.notes.find()).toEqual([])
  })

  it('has transactions of the isolation that they ask for', async () => {
    const data = await open()
    const db = kysely(data, 'pglite')
    const level = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute((trx) => sql`show transaction_isolation`.execute(trx))
    expect(level.rows).toEqual([{ transaction_isolation: 'repeatable read' }])
  })
})
