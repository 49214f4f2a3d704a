import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { memory } from '../src/adapters/memory/index.ts'
import { sqlite } from '../src/adapters/sqlite/index.ts'
import { createDataService } from '../src/index.node.ts'
import { collection, defineSchema, t } from '../src/schema/index.ts'
import { kysely } from '../src/sql.ts'

const schema = defineSchema({
  notes: collection({ id: t.id(), text: t.text(), n: t.int().default(0), version: t.version() }),
})

interface Tables {
  notes: { id: string; text: string; n: number; version: number }
}

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-sql-'))
  const adapter = sqlite({ file: join(folder, 'test.db'), lockTimeoutMs: 200 })
  const data = createDataService({ schema, databases: [adapter] })
  await data.connect()
  onTestFinished(async () => {
    await data.close()
    rmSync(folder, { recursive: true })
  })
  return { data, db: kysely<Tables>(data, 'sqlite') }
}

const row = { id: 'a', text: 'x', n: 1, version: 1 }

describe('kysely()', () => {
  it('runs what the query language does not say', async () => {
    const { data, db } = await open()
    await data.notes.insertMany([1, 2, 3].map((n) => ({ text: `t${n}`, n })))
    const sums = db.selectFrom('notes').select(({ fn }) => fn.sum<number>('n').over().as('sum'))
    expect(await sums.distinct().execute()).toEqual([{ sum: 6 }])
    const [changed] = await db.updateTable('notes').set({ text: 'same' }).execute()
    expect(changed!.numUpdatedRows).toBe(3n)
  })

  it('has its writes in the log, with versions counted, so live queries show them', async () => {
    const { data, db } = await open()
    const seen: unknown[] = []
    let next = () => {}
    const told = () => new Promise<void>((resolve) => (next = resolve))
    let event = told()
    onTestFinished(
      data.notes.live().subscribe(({ rows }) => {
        seen.push(rows.map(({ text, version }) => `${text} ${version}`))
        next()
      }),
    )
    await event
    event = told()
    await db.insertInto('notes').values(row).execute()
    await event
    event = told()
    await db.updateTable('notes').set({ text: 'y' }).execute()
    await event
    expect(seen).toEqual([[], ['x 1'], ['y 2']])
  })

  it('commits a transaction as a whole, or rolls it back', async () => {
    const { data, db } = await open()
    const add = db.transaction().execute(async (trx) => {
      await trx.insertInto('notes').values(row).execute()
      throw new Error('no')
    })
    await expect(add).rejects.toThrow('no')
    expect(await data.notes.count()).toBe(0)
    await db.transaction().execute((trx) => trx.insertInto('notes').values(row).execute())
    expect(await data.notes.get('a')).toEqual(row)
  })

  it('waits for transactions of the service, and they for its own', async () => {
    const { data, db } = await open()
    await data.notes.insert({ id: 'a', text: 'x' })
    const add = () =>
      db
        .updateTable('notes')
        .set((eb) => ({ n: eb('n', '+', 1) }))
        .execute()
    const increment = () =>
      data.transaction(async (tx) => {
        const { n } = await tx.notes.get('a', { forUpdate: true })
        await tx.notes.update('a', { n: n + 1 })
      })
    await Promise.all([add(), increment(), add(), increment()])
    expect((await data.notes.get('a')).n).toBe(4)
  })

  it('takes back a transaction that nobody ended, and has no access modes', async () => {
    const { data, db } = await open()
    await sql`begin`.execute(db)
    await data.notes.insert({ id: 'a', text: 'x' })
    expect(await data.notes.count()).toBe(1)
    const reading = db.transaction().setAccessMode('read only')
    const read = reading.execute((trx) => trx.selectFrom('notes').selectAll().execute())
    await expect(read).rejects.toMatchObject({ code: 'Unsupported' })
  })

  it('refuses another engine’s name, and databases without SQL', async () => {
    const { data } = await open()
    expect(() => kysely(data, 'postgres')).toThrow(
      expect.objectContaining({
        code: 'InvalidOptions',
        message: expect.stringContaining("'sqlite'"),
      }),
    )
    const inMemory = createDataService({ schema, databases: [memory()] })
    expect(() => kysely(inMemory, 'memory')).toThrow('knows no SQL')
    expect(() => kysely({}, 'sqlite')).toThrow('data service')
  })

  it('refuses to run inside a transaction of the service, and after its end', async () => {
    const { data, db } = await open()
    const inside = data.transaction(() => db.selectFrom('notes').selectAll().execute())
    await expect(inside).rejects.toMatchObject({ code: 'OutsideTransaction' })
    await data.close()
    const after = db.selectFrom('notes').selectAll().execute()
    await expect(after).rejects.toMatchObject({ code: 'NotConnected' })
  })

  it('gives errors their codes, and streams nothing', async () => {
    const { db } = await open()
    const missing = db.selectFrom('nothing' as 'notes').selectAll()
    await expect(missing.execute()).rejects.toMatchObject({ code: 'SchemaMismatch' })
    await db.insertInto('notes').values(row).execute()
    const taken = db.insertInto('notes').values(row).execute()
    await expect(taken).rejects.toMatchObject({ code: 'UniqueViolation' })
    await expect(sql`selec 1`.execute(db)).rejects.toMatchObject({ code: 'InvalidQuery' })
    const rows = db.selectFrom('notes').selectAll().stream()
    await expect(rows.next()).rejects.toMatchObject({ code: 'Unsupported' })
  })
})
