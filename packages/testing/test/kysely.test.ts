import { createDataService, type DataService } from '@wherry/core'
import { mysql } from '@wherry/core/mysql'
import { pglite } from '@wherry/core/pglite'
import { postgres } from '@wherry/core/postgres'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { kysely } from '@wherry/core/sql'
import { isMissing, testServer } from '@wherry/testing/servers'
import { sql } from 'kysely'
import { describe, expect, it, onTestFinished, vi, type TestContext } from 'vitest'
import { startProxy } from './postgres/support/proxy.ts'

const schema = defineSchema({
  notes: collection({ id: t.id(), n: t.int(), version: t.version() }).unique('n'),
  visits: collection({ id: t.id(), at: t.timestamp() }),
})

interface Tables {
  notes: { id: string; n: number; version: number }
  visits: { id: string; at: Date }
}

const adapters = { postgres, mariadb: mysql }

describe.each(['postgres', 'mariadb'] as const)('kysely() on %s', async (name) => {
  const server = await testServer(name)
  const reason = isMissing(server) ? server.reason : undefined

  async function open() {
    if (isMissing(server)) throw new Error(server.reason)
    const { url, drop } = await server.createDatabase()
    onTestFinished(drop)
    const proxy = await startProxy(url)
    const adapter = adapters[name]({ url: proxy.url, max: 1 })
    const data = createDataService({ schema, databases: [adapter] })
    await data.connect()
    onTestFinished(() => data.close())
    return { data, proxy, db: kysely<Tables>(data, adapter.name) }
  }

  it('writes what live queries show, with versions counted', async (test) => {
    if (reason !== undefined) return test.skip(reason)
    const { data, db } = await open()
    await db.insertInto('notes').values({ id: 'a', n: 1, version: 1 }).execute()
    const seen = firstRows(data, 2)
    await db.updateTable('notes').set({ n: 2 }).where('id', '=', 'a').execute()
    expect(await seen).toEqual([{ id: 'a', n: 2, version: 2 }])
  })

  it('commits and rolls back, and leaves no transaction to whoever comes next', async (test) => {
    if (reason !== undefined) return test.skip(reason)
    const { data, db } = await open()
    const row = { id: 'a', n: 1, version: 1 }
    await db.transaction().execute((trx) => trx.insertInto('notes').values(row).execute())
    const failing = db.transaction().execute(async (trx) => {
      await trx.deleteFrom('notes').execute()
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await sql`start transaction`.execute(db)
    await data.notes.insert({ id: 'b', n: 2 })
    await data.transaction(async (tx) => tx.notes.update('b', { n: 3 }))
    expect(await data.notes.count()).toBe(2)
  })

  it('has the times that the service has, in whatever time zone the process is', async (test) => {
    if (reason !== undefined) return test.skip(reason)
    vi.stubEnv('TZ', 'America/New_York')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { data, db } = await open()
    // In New York there is no such local time as the second is in UTC, because clocks go forward there.
    for (const time of ['2026-01-31T23:00:00.001Z', '2026-03-08T02:30:00.000Z']) {
      const at = new Date(time)
      await db.insertInto('visits').values({ id: time, at }).execute()
      expect(await data.visits.get(time)).toEqual({ id: time, at })
      const found = db.selectFrom('visits').selectAll().where('at', '=', at)
      expect(await found.execute()).toEqual([{ id: time, at }])
    }
    const none = db.insertInto('visits').values({ id: 'none', at: new Date(Number.NaN) })
    await expect(none.execute()).rejects.toMatchObject({ code: 'InvalidValue' })
  })

  it('does not know what became of a write or a commit whose answer was lost', async (test) => {
    if (reason !== undefined) return test.skip(reason)
    const { proxy, db } = await open()
    const isUnknown = { code: 'UnknownOutcome', details: { outcome: 'unknown' } }
    const insert = sql`insert into notes (id, n, version) values ('a', 1, 1)`
    proxy.dropNext(/insert into notes/)
    await expect(insert.execute(db)).rejects.toMatchObject(isUnknown)
    proxy.dropNext()
    const writing = db.transaction().execute((trx) => trx.deleteFrom('notes').execute())
    await expect(writing).rejects.toMatchObject(isUnknown)
  })

  it('knows that a read, and a transaction that was not to be committed, did nothing', async (test) => {
    if (reason !== undefined) return test.skip(reason)
    const { proxy, db } = await open()
    const isUndone = { code: 'DatabaseUnavailable', details: { outcome: 'not-applied' } }
    proxy.dropNext(/select/)
    await expect(db.selectFrom('notes').selectAll().execute()).rejects.toMatchObject(isUndone)
    const writing = db.transaction().execute(async (trx) => {
      proxy.dropNext(/delete/)
      await trx.deleteFrom('notes').execute()
    })
    await expect(writing).rejects.toMatchObject(isUndone)
  })

  it('gives the codes of errors', async (test) => {
    if (reason !== undefined) return test.skip(reason)
    const { data, db } = await open()
    await data.notes.insert({ id: 'a', n: 1 })
    const codes = async (work: Promise<unknown>) =>
      work.then(
        () => 'none',
        (error: { code: string; details: object }) => [error.code, error.details],
      )
    const refused = { outcome: 'not-applied' }
    const taken = db.insertInto('notes').values({ id: 'b', n: 1, version: 1 }).execute()
    expect(await codes(taken)).toEqual(['UniqueViolation', refused])
    const empty = sql`insert into notes (id, n, version) values ('c', null, 1)`.execute(db)
    expect(await codes(empty)).toEqual(['NotNullViolation', refused])
    const beyond = sql`update notes set n = 9007199254740992`.execute(db)
    expect(await codes(beyond)).toEqual(['CheckViolation', refused])
    expect(await codes(sql`selec 1`.execute(db))).toEqual(['InvalidQuery', refused])
    expect(await codes(sql`select * from nowhere`.execute(db))).toEqual(['SchemaMismatch', refused])
  })
})

describe.each(['postgres', 'pglite'] as const)('a transaction of kysely() on %s', (name) => {
  async function open(test: TestContext) {
    const data = createDataService({ schema, databases: [await newAdapter(test)] })
    await data.connect()
    onTestFinished(() => data.close())
    await data.notes.insert({ id: 'taken', n: 1 })
    return { data, db: kysely<Tables>(data, name) }
  }

  async function newAdapter(test: TestContext) {
    if (name === 'pglite') return pglite()
    const server = await testServer(name)
    if (isMissing(server)) return test.skip(server.reason)
    const { url, drop } = await server.createDatabase()
    onTestFinished(drop)
    return postgres({ url })
  }

  const row = (id: string) => ({ id, n: id.length, version: 1 })

  it('has failed with a statement, and says so to who goes on or commits', async (test) => {
    const { data, db } = await open(test)
    const isAborted = {
      code: 'TransactionAborted',
      details: { outcome: 'not-applied' },
      cause: { code: 'UniqueViolation' },
    }
    const writing = db.transaction().execute(async (trx) => {
      await trx.insertInto('notes').values(row('more')).execute()
      const same = trx.insertInto('notes').values(row('taken')).execute()
      await expect(same).rejects.toMatchObject({ code: 'UniqueViolation' })
      const next = trx.selectFrom('notes').selectAll().execute()
      await expect(next).rejects.toMatchObject(isAborted)
    })
    await expect(writing).rejects.toMatchObject(isAborted)
    expect(await data.notes.count()).toBe(1)
  })

  it('goes on from a savepoint before what failed, and commits', async (test) => {
    const { data, db } = await open(test)
    const trx = await db.startTransaction().execute()
    await trx.insertInto('notes').values(row('more')).execute()
    await sql`savepoint a`.execute(trx)
    const same = trx.insertInto('notes').values(row('taken')).execute()
    await expect(same).rejects.toMatchObject({ code: 'UniqueViolation' })
    await sql`rollback to savepoint a`.execute(trx)
    await trx.insertInto('notes').values(row('another')).execute()
    await trx.commit().execute()
    expect(await data.notes.count()).toBe(3)
  })
})

/** The rows once a live query shows such an `n`. */
function firstRows(data: DataService<typeof schema>, n: number): Promise<readonly unknown[]> {
  return new Promise((resolve) => {
    onTestFinished(
      data.notes.live().subscribe(({ rows }) => {
        if (rows[0]?.n === n) resolve(rows)
      }),
    )
  })
}
