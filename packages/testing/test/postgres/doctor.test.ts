import { createDataService, type Finding } from '@wherry/core'
import { postgres } from '@wherry/core/postgres'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { expect, it, onTestFinished } from 'vitest'
import { describePostgres, newDatabase, stranger, urlWith } from './support/postgres.ts'

const schema = defineSchema({
  teams: collection({ id: t.id(), rank: t.int() }).index('rank'),
  users: collection({
    id: t.id(),
    email: t.text({ maxLength: 50 }),
    team: t.ref('teams'),
  }).unique('email'),
})

const teams = `create table teams (id text collate "C" primary key, rank int not null);
  create index on teams (rank);`

type Options = Parameters<typeof postgres>[0] & { ensure?: 'create' | 'off' }

async function open(url: string, { ensure = 'create', ...options }: Options = {}) {
  const adapter = postgres({ url, ...options })
  const data = createDataService({ schema, databases: [adapter] })
  onTestFinished(() => data.close())
  await data.connect({ ensure })
  return { adapter, data }
}

/** A URL whose sessions begin with settings of their own. */
function withSettings(url: string, settings: string): string {
  const its = new URL(url)
  its.searchParams.set('options', settings)
  return its.href
}

const withoutNotes = (found: readonly Finding[]) =>
  found.flatMap(({ severity, subject, problem }) =>
    severity === 'note' ? [] : [`${severity} ${subject} ${problem}`],
  )

/** The servers of tests may be set to lose what a crash of the machine would take. */
const lasting = (found: readonly string[]) =>
  found.filter((each) => !/warning (fsync|full_page_writes|synchronous_commit) /.test(each))

describePostgres('doctor, on PostgreSQL', (server) => {
  it('finds nothing in a database of its own but what no trigger sees', async () => {
    const { data } = await open(await newDatabase(server))
    const found = await data.doctor()
    expect(lasting(withoutNotes(found))).toEqual([])
    expect(found.filter(({ severity }) => severity === 'note')).toMatchObject([
      { subject: 'wherry_log', problem: expect.stringContaining('replica') as string },
      { subject: 'wherry_log', problem: expect.stringContaining('TRUNCATE') as string },
    ])
  })

  it('finds what a service cannot work with', async () => {
    const url = await newDatabase(server)
    await (
      await stranger(url)
    ).query(`${teams}
      create table users (id text collate "C" primary key, email text collate "und-x-icu",
        team text collate "C" not null, more int not null)`)
    const { data } = await open(url, { ensure: 'off' })
    expect(lasting(withoutNotes(await data.doctor()))).toEqual([
      'error users has no unique index on (email)',
      'error users.email is of type text collate "und-x-icu", which does not hold kind text',
      'error users.email may be null, the field may not',
      'error users.more is not in the schema, may not be null and has no default, so no row can be inserted',
      "error users.team is no foreign key to 'teams', so what it names may be missing",
      'error wherry_log does not see all changes: a table or trigger of it is missing, disabled or of an earlier schema',
    ])
  })

  it('finds a unique index that takes different texts for the same, as connect does', async () => {
    const url = await newDatabase(server)
    const client = await stranger(url)
    await client.query(`${teams}
      create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table users (id text collate "C" primary key, email text collate "C" not null,
        team text collate "C" not null references teams);
      create unique index loose on users (email collate loose)`)
    const problem =
      'has a unique index on (email) whose collation is not deterministic, so it takes different texts for the same'
    await expect(open(url)).rejects.toMatchObject({
      code: 'SchemaMismatch',
      message: expect.stringContaining(problem) as string,
    })
    const { data } = await open(url, { ensure: 'off' })
    expect(withoutNotes(await data.doctor())).toContain(`error users ${problem}`)
    await client.query('drop index loose')
    await open(url)
  })

  it('says what to do with times that are finer or coarser than those of a Date', async () => {
    const url = await newDatabase(server)
    const client = await stranger(url)
    await client.query('create table visits (id text collate "C" primary key, at timestamptz)')
    const visits = defineSchema({
      visits: collection({ id: t.id(), at: t.timestamp().nullable() }),
    })
    const data = createDataService({ schema: visits, databases: [postgres({ url })] })
    onTestFinished(() => data.close())
    const remedy = 'alter table "visits" alter column "at" type timestamptz(3)'
    await expect(data.connect()).rejects.toThrow(
      `which does not hold kind timestamp (for a t.timestamp(), ${remedy})`,
    )
    await client.query('alter table visits alter column at type timestamptz(0)')
    await expect(data.connect()).rejects.toMatchObject({ code: 'SchemaMismatch' })
    await client.query(remedy)
    await data.connect()
    expect(await data.visits.find()).toEqual([])
  })

  it.each(['disable trigger all', 'enable replica trigger wherry_users_insert'])(
    'finds triggers that do not fire: %s',
    async (change) => {
      const url = await newDatabase(server)
      const { data, adapter } = await open(url)
      const client = await stranger(url)
      await client.query(`insert into teams values ('t', 1)`)
      await client.query(`alter table users ${change}`)
      const start = await adapter.log.head()
      await client.query(`insert into users values ('a', 'a@x', 't')`)
      expect((await adapter.log.read(start)).changes).toEqual([])
      expect(lasting(withoutNotes(await data.doctor()))).toEqual([
        'error wherry_log does not see all changes: a table or trigger of it is missing, disabled or of an earlier schema',
      ])
      const mended = await open(url)
      expect(lasting(withoutNotes(await mended.data.doctor()))).toEqual([])
    },
  )

  it('warns of what is slow, or lost', async () => {
    const url = await newDatabase(server)
    const { data } = await open(withSettings(url, '-c synchronous_commit=off'))
    const client = await stranger(url)
    const [index] = await client.query(
      `select indexname from pg_indexes where indexname like 'teams_rank_index_%'`,
    )
    await client.query(`drop index ${String(index!.indexname)}`)
    await client.query('alter table users set unlogged')
    const found = withoutNotes(await data.doctor())
    expect(found).toContain(
      'warning synchronous_commit is off: the last writes that were acknowledged are lost if the server fails',
    )
    expect(found).toContain('warning users is unlogged: after a crash of the server it is empty')
    expect(found).toContain(
      'warning teams has no index on (rank), so what the schema means to be quick reads all rows',
    )
  })

  it('warns of a pool that the server has no room for', async () => {
    const { data } = await open(await newDatabase(server), { max: 100_000 })
    expect(withoutNotes(await data.doctor()).join()).toMatch(
      /warning max_connections leaves \d+ connections, fewer than the 100002 that this service may open/,
    )
  })

  it('says truly that the log misses what sessions write as replicas', async () => {
    const url = await newDatabase(server)
    const { adapter } = await open(url)
    const client = await stranger(url)
    const start = await adapter.log.head()
    await client.query(`set session_replication_role = 'replica'`)
    await client.query(`insert into teams values ('t', 1)`)
    expect((await adapter.log.read(start)).changes).toEqual([])
  })

  it('says truly that the log misses what is written to a child of a table', async () => {
    const url = await newDatabase(server)
    const { adapter, data } = await open(url)
    const client = await stranger(url)
    await client.query('create table old_teams () inherits (teams)')
    const start = await adapter.log.head()
    await client.query(`insert into old_teams values ('t', 1)`)
    expect((await adapter.log.read(start)).changes).toEqual([])
    expect(await data.teams.count()).toBe(1)
    expect(await data.doctor()).toContainEqual(
      expect.objectContaining({ severity: 'note', subject: 'teams' }),
    )
    // The key of a child is its own.
    await client.query(`insert into teams values ('t', 1)`)
    expect(await data.teams.count({ where: { id: 't' } })).toBe(2)
    expect(withoutNotes(await data.doctor())).toContain(
      'error teams has children by INHERITS, whose rows are among its own: no key is unique across them',
    )
  })

  it('finds a database that cannot keep every text', async () => {
    const admin = await stranger(server.url)
    const name = `latin_${process.pid}`
    await admin.query(
      `create database ${name} encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0`,
    )
    onTestFinished(async () => {
      await (await stranger(server.url)).query(`drop database ${name} with (force)`)
    })
    const { data } = await open(urlWith(server.url, { pathname: `/${name}` }))
    expect(withoutNotes(await data.doctor())).toContain(
      'error server_encoding is LATIN1, which cannot keep every text',
    )
  })
})
