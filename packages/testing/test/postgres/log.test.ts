import { isWherryError, systemRuntime, type Adapter, type Runtime } from '@wherry/core'
import { expect, it } from 'vitest'
import { describePostgres, newDatabase, open, stranger, until } from './support/postgres.ts'
import { schema } from './support/schema.ts'

type Log = Adapter['log']
type Batch = Awaited<ReturnType<Log['read']>>
type Change = Batch['changes'][number]

/** All changes behind a position, and where that leads. */
async function readAll(log: Log, from: string, upTo?: string): Promise<Omit<Batch, 'isWhole'>> {
  const changes: Change[] = []
  for (let position = from; ;) {
    const batch = await log.read(position, upTo)
    changes.push(...batch.changes)
    position = batch.position
    if (batch.isWhole) return { changes, position }
  }
}

/** In whose time nobody looks from time to time: readers hear of commits by being told. */
const withoutLooking: Runtime = {
  ...systemRuntime,
  setTimeout: (callback, delayMs) =>
    delayMs <= 500 ? undefined : systemRuntime.setTimeout(callback, delayMs),
}

const tell = ({ old, row }: Change) => [old && [old.id, old.n], row && [row.id, row.n]]
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'none',
    (error: unknown) => (isWherryError(error) ? error.code : String(error)),
  )

describePostgres('the change log of PostgreSQL', (server) => {
  it('cuts what is much into batches, which together are everything once', async () => {
    const { data, adapter } = await open(await newDatabase(server))
    const { log } = adapter
    const start = await log.head()
    const notes = Array.from({ length: 1_250 }, (_each, n) => ({ id: String(n), n }))
    await data.notes.insertMany(notes)
    await data.notes.insertMany(notes.map(({ n }) => ({ id: `b${n}`, n })))
    const first = await log.read(start)
    expect(first.changes).toHaveLength(1_000)
    expect(first.isWhole).toBe(false)
    expect(first.position).toMatch(/^\w+:\d+:\d+:[\d,]*\/\d+:\d+:[\d,]*\/1000$/)
    // What comes while a reader is within a batch is behind all of the batch.
    await data.notes.deleteMany({ where: { n: 5 } })
    const rest = await readAll(log, first.position)
    expect([...first.changes, ...rest.changes].map(tell)).toEqual([
      ...notes.map(({ id, n }) => [null, [id, n]]),
      ...notes.map(({ id, n }) => [null, [`b${id}`, n]]),
      [['5', 5], null],
      [['b5', 5], null],
    ])
    expect(await log.read(rest.position)).toEqual({
      changes: [],
      position: rest.position,
      isWhole: true,
    })
  })

  it('reads up to a position and no further, also over batches', async () => {
    const { data, adapter } = await open(await newDatabase(server))
    const { log } = adapter
    const start = await log.head()
    const notes = Array.from({ length: 1_500 }, (_each, n) => ({ id: String(n), n }))
    await data.notes.insertMany(notes)
    const middle = await log.head()
    const cut = await log.read(start)
    await data.notes.deleteMany({ where: { n: { gte: 0 } } })
    const { changes, position } = await readAll(log, start, middle)
    expect(position).toBe(middle)
    expect(changes.map(({ row }) => row?.n)).toEqual(notes.map(({ n }) => n))
    // Behind the rest of a batch that was cut there is what was committed since.
    const end = await log.head()
    const rest = await readAll(log, cut.position, end)
    expect(rest.position).toBe(end)
    expect(rest.changes.slice(0, 500)).toEqual(changes.slice(1_000))
    expect(rest.changes).toHaveLength(2_000)
    expect((await readAll(log, middle)).changes).toHaveLength(1_500)
  })

  it('takes only positions that are its own, whatever they look like', async () => {
    const { data, adapter } = await open(await newDatabase(server))
    const { adapter: foreign } = await open(await newDatabase(server))
    await data.notes.insert({})
    const head = await adapter.log.head()
    const [generation, xmin, xmax] = head.split(':') as [string, string, string]
    const later = String(BigInt(xmax) + 1_000n)
    const places = [
      '',
      ':',
      '::',
      '1',
      '0:0:',
      `${xmax}:${Number(xmin) - 1}:`,
      `${xmin}:${xmax}:${later}`,
      `${xmin}:${xmax}:1`,
      `${xmin}:${xmax}:,`,
      `${xmin}:${later}:`,
      `${later}:${later}:`,
      `${'9'.repeat(20)}:${'9'.repeat(20)}:`,
      `${xmin}:${xmax}:/${xmin}:${xmax}:`,
      `${xmin}:${xmax}:' or true --`,
    ]
    const cut = `${generation}:${xmin}:${xmax}:/1:0:/5`
    expect(await codeOf(adapter.log.read(cut))).toBe('PositionLost')
    const wrong = [
      await foreign.log.head(),
      '',
      `x${head}`,
      `${head} `,
      ...places.map((place) => `${generation}:${place}`),
    ]
    for (const position of wrong) {
      expect([position, await codeOf(adapter.log.read(position))]).toEqual([
        position,
        'PositionLost',
      ])
      expect([position, await codeOf(adapter.log.read(head, position))]).toEqual([
        position,
        'PositionLost',
      ])
    }
    expect(await adapter.log.read(head)).toEqual({ changes: [], position: head, isWhole: true })
  })

  it('says PositionLost to who is behind what was removed, and to nobody else', async () => {
    const url = await newDatabase(server)
    const { data, adapter } = await open(url, { log: { keepMs: 0 } })
    const { log } = adapter
    const other = await stranger(url)
    const start = await log.head()
    await data.notes.insert({ id: 'a' })
    // The log is as long as if all those had been there.
    await other.query(`alter table wherry_log alter seq restart with 200000`)
    await data.notes.update('a', { n: 1 })
    // As long as this one runs, every reader's snapshot begins before it.
    await other.query('begin')
    await other.query(`insert into notes (id, text, n, version) values ('b', '', 0, 1)`)
    for (let n = 0; n < 1_000; n++) await data.notes.update('a', { n })
    await data.close()
    const { adapter: again } = await open(url)
    expect(await codeOf(again.log.read(start))).toBe('PositionLost')
    const position = await again.log.head()
    expect(await again.log.read(position)).toEqual({ changes: [], position, isWhole: true })
    await other.query('commit')
    const { changes } = await again.log.read(position)
    expect(changes.map(tell)).toEqual([[null, ['b', 0]]])
  })

  it('is searched by what is new, and not from its beginning, before it is ever analyzed', async () => {
    const url = await newDatabase(server)
    const { adapter } = await open(url)
    const other = await stranger(url)
    await other.query(`insert into notes (id, text, n, version)
      select n::text, '', n, 1 from generate_series(1, 200000) n`)
    const position = await adapter.log.head()
    await other.query(`insert into notes (id, text, n, version) values ('new', '', 0, 1)`)
    const scans = async (index: string) => {
      const [found] = await other.query(
        `select idx_scan from pg_stat_user_indexes where indexrelname = '${index}'`,
      )
      return Number(found!.idx_scan)
    }
    const before = await scans('wherry_log_pkey')
    await until(async () => {
      expect((await adapter.log.read(position)).changes.map(tell)).toEqual([[null, ['new', 0]]])
      return (await scans('wherry_log_xid')) > 100
    })
    // Whoever looks for what is old does so by the numbers, now and then.
    expect((await scans('wherry_log_pkey')) - before).toBeLessThan(20)
  })

  it('has nothing of what is rolled back, and a transaction’s changes when it commits', async () => {
    const url = await newDatabase(server)
    const { data, adapter } = await open(url)
    const other = await stranger(url)
    let position = await adapter.log.head()
    const next = async () => {
      const batch = await adapter.log.read(position)
      position = batch.position
      return batch.changes.map(tell)
    }
    const insert = (id: string) =>
      other.query(`insert into notes (id, text, n, version) values ('${id}', '', 0, 1)`)
    await other.query('begin')
    await insert('slow')
    await data.notes.insert({ id: 'quick' })
    expect(await next()).toEqual([[null, ['quick', 0]]])
    await other.query('savepoint s')
    await insert('undone')
    await other.query('rollback to s')
    expect(await next()).toEqual([])
    await other.query('commit')
    expect(await next()).toEqual([[null, ['slow', 0]]])
    await other.query('begin')
    await insert('never')
    await other.query('rollback')
    expect(await next()).toEqual([])
  })
})

describePostgres('readers of PostgreSQL’s log', (server) => {
  it('hear of a stranger’s commit, and again after the connection that listens is lost', async () => {
    const url = await newDatabase(server)
    const { data, adapter } = await open(url, { runtime: withoutLooking })
    const other = await stranger(url)
    const listens = `select pid from pg_stat_activity
      where query = 'listen wherry_log' and datname = current_database()`
    let onCommit: () => void = () => undefined
    const end = adapter.log.watch(() => onCommit())
    const listener = async (besides?: number) => {
      for (;;) {
        await adapter.log.read(await adapter.log.head())
        const [found] = await other.query(listens)
        if (found !== undefined && found.pid !== besides) return found.pid as number
      }
    }
    const first = await listener()
    await other.query(`select pg_terminate_backend(${first})`)
    await listener(first)
    const woken = new Promise<void>((resolve) => (onCommit = resolve))
    await other.query(`insert into notes (id, text, n, version) values ('a', '', 0, 1)`)
    await woken
    end()
    while ((await other.query(listens)).length > 0);
    await data.notes.insert({ id: 'b' })
    expect(await other.query(listens)).toEqual([])
  })

  it('have nobody tell them of commits while there are very many, and miss none', async () => {
    const url = await newDatabase(server)
    const { data } = await open(url)
    const [writer, other] = [await stranger(url), await stranger(url)]
    const seen = new Set<unknown>()
    data.notes.liveCount().subscribe(({ value }) => seen.add(value))
    const commits = (from: number) => `do $$ begin
      for n in ${from}..${from + 499} loop
        insert into notes (id, text, n, version) values (n, '', n, 1); commit;
      end loop; end $$`
    const isHushed = async () => {
      const held = await other.query(`select from pg_locks
        where locktype = 'advisory' and mode = 'ShareLock' and granted
          and database = (select oid from pg_database where datname = current_database())`)
      return held.length > 0
    }
    let count = 0
    await until(async () => {
      const written = writer.query(commits(count))
      count += 500
      const isSo = await isHushed()
      await written
      return isSo || (await isHushed())
    })
    await until(async () => {
      await data.ping()
      return seen.has(count)
    })
  })

  it('listen also where connecting failed at first', async () => {
    const url = await newDatabase(server)
    const other = await stranger(url)
    await other.query('create table notes (id text primary key)')
    const { data, adapter } = await open(url, { ensure: 'off' })
    await expect(adapter.ensure('verify')).rejects.toMatchObject({ code: 'SchemaMismatch' })
    await data.close()
    await other.query('drop table notes')
    await (await open(url)).data.close()
    await adapter.connect({
      schema: schema.definition,
      runtime: systemRuntime,
      mayCreate: true,
    })
    const end = adapter.log.watch(() => undefined)
    const listens = `select 1 from pg_stat_activity
      where query = 'listen wherry_log' and datname = current_database()`
    while ((await other.query(listens)).length === 0);
    end()
    await adapter.close()
  })
})
