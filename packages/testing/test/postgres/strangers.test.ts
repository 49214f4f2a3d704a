import { createDataService, type Adapter } from '@wherry/core'
import { postgres } from '@wherry/core/postgres'
import { collection, defineSchema, t } from '@wherry/core/schema'
import * as fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { describePostgres, newDatabase, stranger, urlWith } from './support/postgres.ts'

const schema = defineSchema(
  {
    teams: collection({ id: t.id(), name: t.text({ maxLength: 9 }).nullable() }),
    people: collection({
      id: t.id(),
      name: t.text({ maxLength: 9 }).nullable(),
      teamId: t.ref('teams').nullable(),
      rank: t.int().default(0),
      updatedAt: t.updatedAt(),
      version: t.version(),
    }).unique('name'),
  },
  { naming: 'snake_case' },
)

const values = defineSchema({
  values: collection({
    id: t.id(),
    float: t.float(),
    decimal: t.decimal(8, 3),
    bigint: t.bigint(),
    timestamp: t.timestamp(),
    date: t.date(),
    bytes: t.bytes(),
    boolean: t.boolean(),
    json: t.json(),
    texts: t.array(t.text()),
  }),
})

async function openPeople(url: string) {
  const adapter = postgres({ url })
  const data = createDataService({ schema, databases: [adapter] })
  await data.connect()
  onTestFinished(() => data.close())
  return { data, adapter }
}

type Row = Readonly<Record<string, unknown>>

/** What a reader of the log holds, who began when there was nothing. */
function createReplica(log: Adapter['log'], start: string) {
  const rows = new Map<string, Row>()
  let position = start
  return async () => {
    for (let from; from !== position;) {
      from = position
      const batch = await log.read(from)
      for (const {
        collection: { name },
        old,
        row,
      } of batch.changes) {
        const before = old && rows.get(`${name} ${String(old.id)}`)
        if (old !== null) {
          expect(before).toEqual(old)
          rows.delete(`${name} ${String(old.id)}`)
        }
        if (row !== null) {
          expect(rows.has(`${name} ${String(row.id)}`)).toBe(false)
          rows.set(`${name} ${String(row.id)}`, row)
        }
      }
      position = batch.position
    }
    return rows
  }
}

const id = fc.constantFrom('1', '2', '3', '4', '5')
const name = fc.constantFrom('null', `'a'`, `'b'`, `'c'`)
const team = fc.constantFrom('null', `'t1'`, `'t2'`)
const rank = fc.integer({ min: 0, max: 4 })
const columns = 'people (id, name, team_id, rank, updated_at, version)'
const row = fc
  .tuple(id, name, team, rank)
  .map((each) => `('${each[0]}', ${each.slice(1).join()}, now(), 1)`)
const rows = fc.array(row, { minLength: 1, maxLength: 3 }).map((each) => each.join())
const conflict = fc.constantFrom(
  '',
  'on conflict do nothing',
  'on conflict (id) do update set rank = people.rank + 1',
  'on conflict (name) do update set id = excluded.id',
)

/** What other programs do to a table, which may fail like any statement. */
const statement = fc.oneof(
  fc.tuple(rows, conflict).map(([each, how]) => `insert into ${columns} values ${each} ${how}`),
  fc
    .tuple(name, rank)
    .map(([value, above]) => `update people set name = ${value} where rank > ${above}`),
  fc
    .tuple(rank, id)
    .map(([value, key]) => `update people set rank = ${value} where id >= '${key}'`),
  fc.tuple(id, id).map(([key, other]) => `update people set id = '${key}' where id = '${other}'`),
  // Keys that change places, and keys that move on.
  fc.constantFrom(
    `update people set id = case id when '1' then '6' when '2' then '1' else id end`,
    `update people set id = (id::int % 5 + 1)::text`,
  ),
  id.map((key) => `update people set version = version + 1, rank = 3 where id = '${key}'`),
  id.map((key) => `delete from people where id > '${key}'`),
  fc.tuple(id, row).map(
    ([key, each]) => `with gone as (delete from people where id = '${key}' returning *),
      more as (insert into ${columns} values ${each} on conflict do nothing returning id)
      update people set rank = rank + (select count(*) from gone) + (select count(*) from more)`,
  ),
  fc.constantFrom(
    `delete from teams where id = 't2'`,
    `insert into teams values ('t2', null) on conflict do nothing`,
  ),
)
const commit = fc.record({
  statements: fc.array(statement, { minLength: 1, maxLength: 4 }),
  end: fc.constantFrom('commit', 'commit', 'rollback'),
})

type Client = Awaited<ReturnType<typeof stranger>>

/** A violation undoes its statement, and its entries of the log. */
async function run(client: Client, statements: readonly string[], end: string): Promise<void> {
  await client.query('begin')
  for (const sql of statements) {
    await client.query('savepoint s')
    await client.query(sql).catch(async (error: { code?: string }) => {
      if (!/^(23|21000)/.test(error.code ?? '')) throw error
      await client.query('rollback to s')
    })
  }
  await client.query(end)
}

const settings = [
  `set timezone = 'Asia/Kathmandu'`,
  `set datestyle = 'SQL, DMY'`,
  `set intervalstyle = 'sql_standard'`,
  'set extra_float_digits = -15',
  'set bytea_output = escape',
  `set lc_numeric = 'C'`,
  'set standard_conforming_strings = off',
]

describePostgres('what other programs do to PostgreSQL', (server) => {
  it('is in the log as it is in the tables, whatever they write', async () => {
    const seed = Number(process.env.WHERRY_SEED ?? 20_260_101)
    const url = await newDatabase(server)
    const { data, adapter } = await openPeople(url)
    const client = await stranger(url)
    await fc.assert(
      fc.asyncProperty(fc.array(commit, { maxLength: 12 }), async (commits) => {
        await client.query('delete from people; delete from teams')
        const readOn = createReplica(adapter.log, await adapter.log.head())
        await client.query(`insert into teams values ('t1', null), ('t2', 'x')`)
        for (const { statements, end } of commits) {
          await run(client, statements, end)
          const replica = await readOn()
          const held = (of: string) =>
            [...replica].filter(([key]) => key.startsWith(of)).map(([, each]) => each)
          const byId = (a: Row, b: Row) => (String(a.id) < String(b.id) ? -1 : 1)
          expect(held('people').sort(byId)).toEqual(await data.people.find())
          expect(held('teams').sort(byId)).toEqual(await data.teams.find())
        }
      }),
      { seed, numRuns: 60 },
    )
  })

  it('is counted, unless they count themselves', async () => {
    const url = await newDatabase(server)
    const { data } = await openPeople(url)
    const client = await stranger(url)
    const before = await data.people.insert({ id: '1' })
    await client.query(`update people set rank = 7`)
    const after = await data.people.get('1')
    expect(after).toMatchObject({ rank: 7, version: before.version + 1 })
    expect(after.updatedAt.getTime()).toBeGreaterThanOrEqual(before.updatedAt.getTime())
    await client.query(`update people set version = 9, updated_at = '2000-01-01T00:00:00Z'`)
    expect(await data.people.get('1')).toMatchObject({
      version: 9,
      updatedAt: new Date('2000-01-01'),
    })
  })

  it('is lost for who follows a table that is emptied at once', async () => {
    const url = await newDatabase(server)
    const { data, adapter } = await openPeople(url)
    const client = await stranger(url)
    await data.people.insert({ id: '1' })
    const position = await adapter.log.head()
    const seen: string[][] = []
    data.people.live().subscribe(({ rows: each }) => seen.push(each.map((person) => person.id)))
    while (seen.length === 0) await data.ping()
    await client.query('truncate people')
    await expect(adapter.log.read(position)).rejects.toMatchObject({ code: 'PositionLost' })
    while (seen.at(-1)!.length > 0) await data.ping()
    await data.people.insert({ id: '2' })
    while (seen.at(-1)!.join() !== '2') await data.ping()
  })

  it('is written in one way, whatever their sessions are set to', async () => {
    const url = await newDatabase(server)
    const adapter = postgres({ url })
    const data = createDataService({ schema: values, databases: [adapter] })
    await data.connect()
    onTestFinished(() => data.close())
    const client = await stranger(url)
    for (const setting of settings) await client.query(setting)
    const start = await adapter.log.head()
    const inserted = await data.values.insert({
      id: '1',
      float: 0.1 + 0.2,
      decimal: '-1.500',
      bigint: 2n ** 63n - 1n,
      timestamp: new Date('0001-01-01T00:00:00.001Z'),
      date: '9999-12-31',
      bytes: new Uint8Array([0, 92, 255]),
      boolean: true,
      json: { 'ü"': [1.5, null] },
      texts: ['\\', '"', "'"],
    })
    await client.query(`insert into "values" select '2', float, "decimal", "bigint", "timestamp",
      "date", bytes, "boolean", json, texts from "values"`)
    await client.query(`update "values" set id = '3' where id = '2'`)
    const { changes } = await adapter.log.read(start)
    expect(changes.map(({ old, row: now }) => [old, now])).toEqual([
      [null, inserted],
      [null, { ...inserted, id: '2' }],
      [{ ...inserted, id: '2' }, null],
      [null, { ...inserted, id: '3' }],
    ])
  })

  it('holds no number and no time that a field cannot be', async () => {
    const url = await newDatabase(server)
    const data = createDataService({ schema: values, databases: [postgres({ url })] })
    await data.connect()
    onTestFinished(() => data.close())
    await data.values.insert({
      id: '1',
      float: 1,
      decimal: '1.000',
      bigint: 1n,
      timestamp: new Date(0),
      date: '2000-01-01',
      bytes: new Uint8Array(),
      boolean: true,
      json: {},
      texts: [],
    })
    const client = await stranger(url)
    const impossible = [
      `float = 'NaN'`,
      `float = '-Infinity'`,
      `"decimal" = 'NaN'`,
      `"decimal" = 'Infinity'`,
      `"timestamp" = 'infinity'`,
      `"timestamp" = '0044-03-15 BC'`,
      `"date" = '-infinity'`,
      `"date" = '10000-01-01'`,
      `texts = '{}'`,
    ]
    for (const set of impossible) {
      const update = client.query(`update "values" set ${set}`)
      await expect(update, set).rejects.toMatchObject({
        code: expect.stringMatching(/^(23514|22003)$/),
      })
    }
  })

  it('is seen of who has no rights on the log, and hides no entry in a table of his own', async () => {
    const url = await newDatabase(server)
    const { data, adapter } = await openPeople(url)
    const admin = await stranger(url)
    const user = `user_${new URL(url).pathname.slice(1)}`
    await admin.query(`create role ${user} login password 'x'`)
    onTestFinished(async () => {
      const cleaner = await stranger(url)
      await cleaner.query(`drop owned by ${user}; drop role ${user}`)
    })
    await admin.query(`grant insert, select on people to ${user}`)
    const poor = await stranger(urlWith(url, { username: user, password: 'x' }))
    await poor.query(`set extra_float_digits = -15`)
    await poor.query(`create temp table wherry_log (collection text, operation text,
      schema_hash text, key json, version bigint, "row" json, old json)`)
    const start = await adapter.log.head()
    await poor.query(`insert into people (id, rank, updated_at, version) values ('1', 2, now(), 1)`)
    const { changes } = await adapter.log.read(start)
    expect(changes.map(({ row: now }) => now)).toEqual(await data.people.find())
    expect(await poor.query('select 1 from pg_temp.wherry_log')).toEqual([])
    await expect(poor.query('select 1 from public.wherry_log')).rejects.toThrow(/permission denied/)
  })
})

describePostgres('tables that others change', (server) => {
  const itemSchema = defineSchema({
    items: collection({ id: t.id(), n: t.int(), s: t.text({ maxLength: 9 }).nullable() }).unique(
      's',
    ),
  })
  async function openItems(url: string) {
    const data = createDataService({ schema: itemSchema, databases: [postgres({ url, max: 1 })] })
    onTestFinished(() => data.close())
    await data.connect()
    return data.items
  }

  it('are read, written and counted as before when a column has another type', async () => {
    const url = await newDatabase(server)
    const other = await stranger(url)
    await other.query(`create table items
      (id text collate "C" primary key, n integer not null, s text collate "C")`)
    const items = await openItems(url)
    const everything = async () => [
      await items.update('a', { n: { increment: 1 } }),
      await items.get('a'),
      await items.find({ where: { n: { gt: 0 } } }),
      await items.aggregate({ groupBy: ['n'], measures: { rows: 'count' } }),
    ]
    await items.insert({ id: 'a', n: 0 })
    await everything()
    await other.query('alter table items alter column n type bigint')
    const a = { id: 'a', n: 2, s: null }
    expect(await everything()).toEqual([a, a, [a], [{ n: 2, rows: 1 }]])
  })

  it('hold no whole number that a t.int() cannot be, and say so where they do', async () => {
    const url = await newDatabase(server)
    const other = await stranger(url)
    await other.query(`create table items
      (id text collate "C" primary key, n bigint not null, s text collate "C")`)
    const items = await openItems(url)
    await other.query(`insert into items values ('a', 9007199254740992), ('b', -9007199254740991)`)
    await expect(items.get('a')).rejects.toMatchObject({ code: 'CorruptValue' })
    expect(await items.get('b')).toMatchObject({ n: Number.MIN_SAFE_INTEGER })
  })

  it('have no unique index where it lets one row be null, or looks at the end only', async () => {
    for (const kind of ['unique nulls not distinct (s)', 'unique (s) deferrable']) {
      const url = await newDatabase(server)
      const other = await stranger(url)
      const [{ server_version_num: version }] = (await other.query('show server_version_num')) as [
        { readonly server_version_num: string },
      ]
      if (kind.includes('nulls') && Number(version) < 150_000) continue
      await other.query(`create table items
        (id text collate "C" primary key, n bigint not null, s text collate "C", ${kind})`)
      const data = createDataService({ schema: itemSchema, databases: [postgres({ url })] })
      await expect(data.connect({ ensure: 'verify' }), kind).rejects.toMatchObject({
        code: 'SchemaMismatch',
        message: expect.stringContaining('has no unique index on (s)') as string,
      })
    }
  })

  it('refuse what their constraints and triggers refuse, and say so', async () => {
    const url = await newDatabase(server)
    const items = await openItems(url)
    const other = await stranger(url)
    await other.query('alter table items add exclude using btree (n with =)')
    await other.query(`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'not more than ten'; end $$`)
    await other.query(`create trigger refuse before insert on items
      for each row when (new.n > 10) execute function refuse()`)
    await items.insert({ n: 1 })
    for (const n of [1, 11]) {
      await expect(items.insert({ n })).rejects.toMatchObject({
        code: 'CheckViolation',
        details: { outcome: 'not-applied', collection: 'items' },
      })
    }
    await expect(items.insert({ n: 11 })).rejects.toThrow('not more than ten')
    for (const fault of [
      `raise 'no' using errcode = 'TP013'`,
      'raise no_data_found',
      'n = 1 / n',
    ]) {
      await other.query(`create or replace function refuse() returns trigger language plpgsql as
        $$ declare n int = 0; begin ${fault}; end $$`)
      await expect(items.insert({ n: 11 }), fault).rejects.toMatchObject({
        code: 'CheckViolation',
        details: { outcome: 'not-applied', collection: 'items' },
      })
    }
  })
})
