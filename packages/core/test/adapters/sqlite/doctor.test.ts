import { describe, expect, it } from 'vitest'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { newFile } from '../../support/files.ts'
import { connected, connectedFile, inFile } from '../../support/service.ts'

const schema = defineSchema({
  teams: collection({ id: t.id(), rank: t.int() }).index('rank'),
  users: collection({
    id: t.id(),
    email: t.text({ maxLength: 50 }),
    team: t.ref('teams'),
  }).unique('email'),
})

const plain = defineSchema({ notes: collection({ id: t.id(), text: t.text() }) })

const teams = 'create table teams (id text primary key, rank int not null) strict'
const users = `create table users (id text primary key, email text not null,
  team text not null references teams(id)) strict`

/** What is found in a file that was made by statements, without what is always said. */
async function findingsOf(...statements: string[]) {
  const file = newFile()
  inFile(file, (db) => db.exec(statements.join(';')))
  const data = await connectedFile(schema, file, { ensure: 'off' })
  const found = await data.doctor()
  return found.flatMap(({ severity, subject, problem }) =>
    severity === 'note' || subject === 'wherry_log' ? [] : [`${severity} ${subject} ${problem}`],
  )
}

describe('doctor, on SQLite', () => {
  it('finds nothing in a database of its own', async () => {
    const data = await connectedFile(plain, newFile())
    expect(await data.doctor()).toEqual([])
  })

  it('finds what a service cannot work with', async () => {
    expect(
      await findingsOf(
        'create table teams (id text primary key, rank text) strict',
        `create table users (id text primary key, email text collate nocase not null,
          more int not null) strict`,
      ),
    ).toEqual([
      'error teams.rank is of type TEXT, which does not hold kind int',
      'error teams.rank may be null, the field may not',
      'error users has no unique index on (email)',
      'error users.email is of type TEXT collate nocase, which does not hold kind text',
      'error users.more is not in the schema, may not be null and has no default, so no row can be inserted',
      'error users.team is missing, and cannot be added, which a reference can only where it is nullable and has no default',
      'warning teams has no index on (rank), so what the schema means to be quick reads all rows',
    ])
  })

  it('finds a unique index that takes more texts for equal than there are', async () => {
    const index = 'create unique index u on users (email collate nocase)'
    expect(await findingsOf(teams, 'create index r on teams (rank)', users, index)).toEqual([
      'error users has no unique index on (email)',
    ])
  })

  it('finds references that nobody checks, and tables that hold anything', async () => {
    expect(
      await findingsOf(
        teams,
        'create index r on teams (rank)',
        'create table users (id text primary key, email text not null unique, team text not null)',
      ),
    ).toEqual([
      "error users.team is no foreign key to 'teams', so what it names may be missing",
      'warning users is not STRICT: other programs may put values of any type into its columns',
    ])
  })

  it('finds a log that misses changes, until it is made whole', async () => {
    const file = newFile()
    await (await connectedFile(schema, file)).close()
    inFile(file, (db) => db.exec('drop trigger wherry_users_delete'))
    const blind = await connectedFile(schema, file, { ensure: 'verify' })
    expect(await blind.doctor()).toContainEqual({
      severity: 'error',
      subject: 'wherry_log',
      problem: expect.stringMatching(/^does not see all changes/) as string,
      remedy: "connect with { ensure: 'create' }",
    })
    await blind.close()
    const data = await connectedFile(schema, file)
    expect((await data.doctor()).map(({ severity }) => severity)).toEqual(['note', 'note'])
  })

  it('warns of what may be lost', async () => {
    const fast = await connectedFile(plain, newFile(), { synchronous: 'normal' })
    expect(await fast.doctor()).toMatchObject([{ severity: 'warning', subject: 'synchronous' }])
    const kept = await connected(plain, sqlite({ file: ':memory:' }))
    expect(await kept.doctor()).toMatchObject([{ severity: 'warning', subject: 'the database' }])
  })

  it('says truly that the log misses a row that INSERT OR REPLACE removes', async () => {
    const file = newFile()
    const adapter = sqlite({ file })
    const data = await connected(schema, adapter)
    const said = (await data.doctor()).filter(({ problem }) => problem.includes('REPLACE'))
    expect(said).toMatchObject([{ severity: 'note', subject: 'users' }])
    const start = await adapter.log.head()
    inFile(file, (db) =>
      db.exec(`insert into teams values ('t', 1); insert into users values ('a', 'a@x', 't');
        insert or replace into users values ('b', 'a@x', 't')`),
    )
    expect(await data.users.find()).toMatchObject([{ id: 'b' }])
    const { changes } = await adapter.log.read(start)
    expect(changes.map(({ old, row }) => [old?.id, row?.id])).toEqual([
      [undefined, 't'],
      [undefined, 'a'],
      [undefined, 'b'],
    ])
  })

  it('says truly that other programs may break references', async () => {
    const file = newFile()
    const data = await connectedFile(schema, file)
    const said = (await data.doctor()).filter(({ problem }) => problem.includes('foreign keys'))
    expect(said).toMatchObject([{ severity: 'note', subject: 'users' }])
    inFile(file, (db) => {
      db.pragma('foreign_keys = off')
      db.exec(`insert into users values ('a', 'a@x', 'nobody')`)
    })
    expect(await data.users.find()).toMatchObject([{ team: 'nobody' }])
  })
})
