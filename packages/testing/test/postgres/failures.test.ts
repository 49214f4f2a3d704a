import { systemRuntime } from '@wherry/core'
import { kysely } from '@wherry/core/sql'
import { isMissing, startServer, type OwnServer } from '@wherry/testing/servers'
import { sql } from 'kysely'
import { expect, it, onTestFinished } from 'vitest'
import {
  describePostgres,
  newDatabase,
  open,
  sessions,
  stranger,
  unavailable,
  until,
  type Data,
} from './support/postgres.ts'
import { startProxy } from './support/proxy.ts'

/** A promise that somebody else resolves. */
function createGate() {
  let pass!: () => void
  const passed = new Promise<void>((resolve) => (pass = resolve))
  return { pass, passed }
}

/** A transaction that holds a row until it is told to end. */
async function holdRow(data: Data, id: string) {
  const [held, end] = [createGate(), createGate()]
  const holding = data.transaction(async (tx) => {
    await tx.notes.update(id, { text: 'held' })
    held.pass()
    await end.passed
  })
  await held.passed
  return async () => {
    end.pass()
    await holding
  }
}

describePostgres('a PostgreSQL that is slow', (server) => {
  it('ends a statement that takes too long, and keeps its connection', async () => {
    const url = await newDatabase(server)
    const { data } = await open(url, { statementTimeoutMs: 1_000, max: 1 })
    const { data: other } = await open(url)
    const { id } = await data.notes.insert({})
    const release = await holdRow(other, id)
    const watcher = await stranger(url)
    const pids = `select array_agg(pid order by pid) as pids from pg_stat_activity
      where application_name = 'wherry' and datname = current_database()`
    const before = await watcher.query(pids)
    await expect(data.notes.update(id, { n: 1 })).rejects.toMatchObject({
      code: 'Timeout',
      retryable: true,
      details: { outcome: 'not-applied' },
    })
    await release()
    expect(await data.notes.update(id, { n: 2 })).toMatchObject({ n: 2, text: 'held' })
    expect(await watcher.query(pids)).toEqual(before)
  })

  it('says LockTimeout to who waits for a row, and keeps its connection', async () => {
    const url = await newDatabase(server)
    const { data } = await open(url, { lockTimeoutMs: 1_000, max: 1 })
    const { data: other } = await open(url)
    const { id } = await data.notes.insert({})
    const release = await holdRow(other, id)
    await expect(data.notes.delete(id)).rejects.toMatchObject({ code: 'LockTimeout' })
    await release()
    await data.notes.delete(id)
    expect(data.stats()).toEqual({ total: 1, idle: 1, active: 0, waiting: 0 })
  })

  it('ends a transaction in time that waits for a row', async () => {
    const url = await newDatabase(server)
    const { data } = await open(url, { lockTimeoutMs: 20_000 })
    const { data: other } = await open(url)
    const { id } = await data.notes.insert({})
    const release = await holdRow(other, id)
    const late = data.transaction((tx) => tx.notes.update(id, { n: 1 }), { timeoutMs: 300 })
    await expect(late).rejects.toMatchObject({ code: 'TransactionTimeout' })
    await release()
    expect(await data.notes.get(id)).toMatchObject({ n: 0, text: 'held' })
    await data.notes.update(id, { n: 2 })
  })

  it('serves a thousand reads at once through two connections, and one for those by key', async () => {
    const url = await newDatabase(server)
    const { data } = await open(url, { max: 2 })
    await data.notes.insertMany(Array.from({ length: 10 }, (_each, n) => ({ id: `${n}`, n })))
    const reads = Array.from({ length: 1_000 }, (_each, at) =>
      at % 2 === 0
        ? data.notes.get(`${at % 10}`).then(({ n }) => n)
        : data.notes.find({ where: { n: at % 10 } }).then(([note]) => note!.n),
    )
    expect(data.stats().total).toBeLessThanOrEqual(3)
    expect(await Promise.all(reads)).toEqual(reads.map((_each, at) => at % 10))
    expect(data.stats()).toEqual({ total: 3, idle: 3, active: 0, waiting: 0 })
  })

  it('reads by key behind a read that failed before their statement was prepared', async () => {
    const url = await newDatabase(server)
    const { data } = await open(url, { lockTimeoutMs: 500 })
    const ids = Array.from({ length: 20 }, (_each, n) => `${n}`)
    await data.notes.insertMany(ids.map((id) => ({ id })))
    const migration = await stranger(url)
    await migration.query('begin')
    await migration.query('lock table notes in access exclusive mode')
    const [first, ...others] = ids.map((id) => data.notes.get(id))
    await expect(first).rejects.toMatchObject({ code: 'LockTimeout' })
    await migration.query('rollback')
    expect((await Promise.all(others)).map(({ id }) => id)).toEqual(ids.slice(1))
  })

  it('reads on where somebody has discarded what was prepared', async () => {
    const url = await newDatabase(server)
    const { data } = await open(url, { max: 1 })
    await data.notes.insert({ id: 'a' })
    const notes = () => data.notes.find({ where: { n: 0 }, select: ['id'] })
    expect(await notes()).toEqual([{ id: 'a' }])
    await sql`deallocate all`.execute(kysely(data, 'postgres'))
    expect(await notes()).toEqual([{ id: 'a' }])
  })

  it('has a write again that a deadlock ended', async () => {
    const url = await newDatabase(server)
    const { data } = await open(url)
    const [other, watcher] = [await stranger(url), await stranger(url)]
    const insert = (id: string) =>
      other.query(`insert into notes (id, text, n, version) values ('${id}', '', 0, 1)`)
    // Whose patience ends first is the victim.
    await other.query(`set deadlock_timeout = '60s'`)
    await other.query('begin')
    await insert('b')
    const writing = data.notes.insertMany([{ id: 'a' }, { id: 'b' }])
    const isWaiting = `select count(*)::int as n from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`
    await until(async () => (await watcher.query(isWaiting))[0]!.n === 1)
    await insert('a')
    await other.query('rollback')
    await writing
    expect(await data.notes.count()).toBe(2)
  })
})

describePostgres('a PostgreSQL that does not answer', (server) => {
  it('keeps nobody waiting for ever, and is used again when it answers', async () => {
    const proxy = await startProxy(await newDatabase(server))
    const { data } = await open(proxy.url, { statementTimeoutMs: 1_000, acquireTimeoutMs: 2_000 })
    const { id } = await data.notes.insert({})
    await data.notes.get(id)
    proxy.freeze()
    const [read, byKey, write, many, transaction] = await Promise.allSettled([
      data.notes.find(),
      data.notes.get(id),
      data.notes.update(id, { n: { increment: 1 } }),
      data.notes.insertMany([{ id: 'x' }, { id: 'y' }]),
      data.transaction((tx) => tx.notes.insert({ id: 'z' }), { timeoutMs: 300 }),
    ])
    const because = (code: string) => ({ status: 'rejected', reason: { code } })
    expect(read).toMatchObject(because('DatabaseUnavailable'))
    expect(byKey).toMatchObject(because('DatabaseUnavailable'))
    expect(write.status).toBe('rejected')
    expect(many.status).toBe('rejected')
    expect(transaction.status).toBe('rejected')
    proxy.thaw()
    await until(() =>
      data.ping().then(
        () => true,
        () => false,
      ),
    )
    expect(await data.notes.get(id)).toMatchObject({ id })
    await data.notes.insert({ id: 'after' })
  })

  it('has as long for all of a login as for a part of it', async () => {
    const proxy = await startProxy(await newDatabase(server))
    let [elapsedMs, stepMs] = [0, 0]
    const runtime = { ...systemRuntime, monotonic: () => (elapsedMs += stepMs) }
    const { data } = await open(proxy.url, { acquireTimeoutMs: 60_000, runtime })
    // The first part takes nearly all of the time, and the second is not answered.
    stepMs = 59_000
    proxy.freezeAt(/set_config/)
    await expect(data.notes.get('a')).rejects.toEqual(unavailable)
  }, 20_000)

  it('may have done a write that it was given before', async () => {
    const proxy = await startProxy(await newDatabase(server))
    const { data } = await open(proxy.url, { statementTimeoutMs: 1_000, max: 1 })
    proxy.freeze()
    await expect(data.notes.insert({ id: 'a' })).rejects.toMatchObject({
      code: 'UnknownOutcome',
      details: { outcome: 'unknown' },
    })
    proxy.thaw()
    await until(() =>
      data.ping().then(
        () => true,
        () => false,
      ),
    )
    expect(await data.notes.count()).toBeLessThanOrEqual(1)
  })

  it('does not hold up a transaction that takes too long', async () => {
    const proxy = await startProxy(await newDatabase(server))
    const { data } = await open(proxy.url)
    const late = data.transaction(
      async (tx) => {
        await tx.notes.insert({ id: 'a' })
        proxy.freeze()
        await new Promise(() => undefined)
      },
      { timeoutMs: 100 },
    )
    await expect(late).rejects.toMatchObject({ code: 'TransactionTimeout' })
    proxy.thaw()
    expect(await data.notes.find()).toEqual([])
  }, 20_000)

  it('does not hold up who closes', async () => {
    const proxy = await startProxy(await newDatabase(server))
    const { data } = await open(proxy.url, { acquireTimeoutMs: 2_000 })
    await data.notes.get('x').catch(() => undefined)
    const end = data.notes.live().subscribe(() => undefined)
    await until(async () => data.stats().idle > 0)
    proxy.freeze()
    end()
    await data.close()
  })
})

describePostgres('a PostgreSQL that ends sessions', (server) => {
  it('costs the calls that run, and none after them', async () => {
    const url = await newDatabase(server)
    const { data } = await open(url)
    const other = await stranger(url)
    const { id } = await data.notes.insert({})
    const release = await holdRow((await open(url)).data, id)
    const writing = expect(data.notes.update(id, { n: 1 })).rejects.toMatchObject({
      code: 'UnknownOutcome',
    })
    await until(async () => (await sessions(other, 'active')) === 1)
    await other.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'wherry' and datname = current_database() and state <> 'idle in transaction'`,
    )
    await writing
    await release()
    await data.notes.insert({ id: 'b' })
    expect(await data.notes.get('b')).toMatchObject({ id: 'b' })
    expect(await data.notes.count()).toBe(2)
  })
})

describePostgres('a PostgreSQL that is killed', () => {
  it('is used again as soon as it is back, by all that were connected', async (test) => {
    const own = await startServer('postgres')
    if (isMissing(own)) return test.skip(own.reason)
    onTestFinished(() => own.stop())
    await killAndRestart(own)
  })
})

async function killAndRestart(own: OwnServer): Promise<void> {
  const { url } = await own.createDatabase()
  const { data } = await open(url, { acquireTimeoutMs: 2_000 })
  const { id } = await data.notes.insert({ id: 'a' })
  const seen: string[][] = []
  data.notes.live({ orderBy: { id: 'asc' } }).subscribe(({ rows }) => {
    seen.push(rows.map((row) => row.id))
  })
  await until(async () => (await data.notes.get(id), seen.length > 0))
  const [began, release] = [createGate(), createGate()]
  const cut = data.transaction(async (tx) => {
    await tx.notes.insert({ id: 'lost' })
    began.pass()
    await release.passed
    await tx.notes.insert({ id: 'lost too' })
  })
  await began.passed
  await own.kill()
  release.pass()
  await expect(cut).rejects.toMatchObject({ code: 'DatabaseUnavailable' })
  await expect(data.notes.get(id)).rejects.toEqual(unavailable)
  await expect(data.notes.find()).rejects.toEqual(unavailable)
  // A connection whose end nobody has noticed yet may have taken it.
  await expect(data.notes.insert({ id: 'b' })).rejects.toMatchObject({
    code: expect.stringMatching(/^(DatabaseUnavailable|UnknownOutcome)$/),
  })
  await own.restart()
  await data.notes.insert({ id: 'c' })
  expect(await data.notes.get('c')).toMatchObject({ id: 'c' })
  expect((await data.notes.find({ orderBy: { id: 'asc' } })).map((row) => row.id)).toEqual([
    'a',
    'c',
  ])
  await until(async () => seen.at(-1)?.join() === 'a,c' || (await data.ping(), false))
  const other = await stranger(url)
  await until(
    async () =>
      (
        await other.query(`select count(*)::int as n from pg_stat_activity
        where query = 'listen wherry_log' and datname = current_database()`)
      )[0]!.n === 1,
  )
}
