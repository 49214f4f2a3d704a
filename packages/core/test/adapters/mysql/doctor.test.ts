import { describe, expect, it } from 'vitest'
import { examineSettings } from '../../../src/adapters/mysql/doctor.ts'
import type { Finding } from '../../../src/contract/finding.ts'
import { introspect } from '../../../src/index.node.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { newMariadb } from '../../support/mariadb.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema({
  teams: collection({ id: t.id(), rank: t.int() }).index('rank'),
  users: collection({
    id: t.id(),
    email: t.text({ maxLength: 50 }),
    team: t.ref('teams'),
  }).unique('email'),
})

const bytes = 'character set utf8mb4 collate utf8mb4_nopad_bin'
const key = `id varchar(191) ${bytes} primary key`

/** Without the settings, which are those of the server that all tests share. */
const ofTables = (found: readonly Finding[]) =>
  found.flatMap(({ severity, subject, problem }) =>
    severity === 'warning' && problem.startsWith('is ')
      ? []
      : [`${severity} ${subject} ${problem}`],
  )

const unseen = 'note wherry_log does not see TRUNCATE, which fires no trigger'

describe('doctor, on MariaDB', () => {
  it('finds nothing in tables of its own but what no trigger sees', async (context) => {
    const database = await newMariadb(context)
    const adapter = database.adapter()
    const data = await connected(schema, adapter)
    expect(ofTables(await data.doctor())).toEqual([unseen])
    await data.teams.insert({ id: 't', rank: 1 })
    const start = await adapter.log.head()
    await database.run('set foreign_key_checks = 0', 'truncate teams')
    expect((await adapter.log.read(start)).changes).toEqual([])
  })

  it('finds what a service cannot work with, and what the log misses', async (context) => {
    const database = await newMariadb(context)
    await database.run(
      `create table teams (${key}, \`rank\` int not null, index (\`rank\`)) engine = InnoDB`,
      `create table users (${key}, email varchar(50) collate utf8mb4_general_ci not null unique,
        team varchar(191) ${bytes}, foreign key f (team) references teams (id) on delete cascade)`,
    )
    const data = await connected(schema, database.adapter(), { ensure: 'off' })
    const found = ofTables(await data.doctor())
    expect(found).toContain(
      'error users.email is of type varchar(50) collate utf8mb4_general_ci, which does not hold kind text',
    )
    expect(found).toContain('error users.team may be null, the field may not')
    expect(found).toContainEqual(
      expect.stringMatching(/^error wherry_log does not see all changes/),
    )
    expect(found).toContainEqual(
      expect.stringMatching(
        /^note users has the foreign key '\w+', which cascades: the log misses/,
      ),
    )
  })

  it('finds tables that are in no transaction, and references that nobody checks', async (context) => {
    const database = await newMariadb(context)
    await (await connected(schema, database.adapter())).close()
    await database.run('alter table users drop foreign key ' + (await referenceOf(database)))
    await database.run('alter table users engine = MyISAM')
    const data = await connected(schema, database.adapter(), { ensure: 'off' })
    expect(ofTables(await data.doctor())).toEqual([
      'error users is kept by MyISAM, whose writes are no part of a transaction',
      "error users.team is no foreign key to 'teams', so what it names may be missing",
      unseen,
    ])
  })

  it('says truly that the log misses what a cascade does', async (context) => {
    const database = await newMariadb(context)
    const adapter = database.adapter()
    const data = await connected(schema, adapter)
    const name = await referenceOf(database)
    await database.run(
      `alter table users drop foreign key ${name}, add foreign key c (team) references teams (id) on delete cascade`,
    )
    await data.teams.insert({ id: 't', rank: 1 })
    await data.users.insert({ id: 'a', email: 'a@x', team: 't' })
    const start = await adapter.log.head()
    await database.run(`delete from teams where id = 't'`)
    const { changes } = await adapter.log.read(start)
    expect(changes.map((change) => change.collection.name)).toEqual(['teams'])
    expect(await data.users.count()).toBe(0)
  })

  it('warns of settings by which something may be lost', () => {
    const settings = new Map([
      ['innodb_flush_log_at_trx_commit', '2'],
      ['innodb_doublewrite', 'OFF'],
      ['log_bin', 'ON'],
      ['sync_binlog', '0'],
      ['max_connections', '5'],
      ['sql_mode', 'NO_ENGINE_SUBSTITUTION'],
    ])
    const subjects = (changes: readonly (readonly [string, string])[]) =>
      examineSettings(new Map([...settings, ...changes]), 12).map(({ subject }) => subject)
    expect(subjects([])).toEqual([
      'sql_mode',
      'innodb_flush_log_at_trx_commit',
      'innodb_doublewrite',
      'sync_binlog',
      'max_connections',
    ])
    expect(
      subjects([
        ['innodb_flush_log_at_trx_commit', '1'],
        ['innodb_doublewrite', 'ON'],
        ['log_bin', 'OFF'],
        ['max_connections', '12'],
        ['sql_mode', 'STRICT_TRANS_TABLES'],
      ]),
    ).toEqual([])
  })
})

describe('introspect, on MariaDB', () => {
  it('describes tables of others as far as a schema can', async (context) => {
    const database = await newMariadb(context)
    await database.run(
      `create table customers (id int auto_increment primary key,
        email varchar(255) ${bytes} not null unique, name text ${bytes} not null default 'me',
        active tinyint(1) not null default 1, created datetime not null default now(),
        seen datetime(3), nick varchar(20) collate utf8mb4_general_ci, mood enum('a', 'b'),
        twice int as (id * 2))`,
      `create table orders (id char(36) ${bytes}, customer_id int not null,
        total decimal(10, 2) default -1.5, number varchar(9) ${bytes} primary key,
        foreign key (customer_id) references customers (id))`,
      'create view names as select name from customers',
      'create table logs (line int)',
    )
    const { source, skipped } = await introspect(database.adapter())
    expect(source).toContain(`
    customers: collection({
      id: t.int(),
      email: t.text({ maxLength: 191 }),
      name: t.text().default('me'),
      active: t.int().default(1),
      seen: t.timestamp().nullable(),
    })
      .key('id')
      .unique('email'),
    orders: collection({
      customerId: t.int(),
      total: t.decimal(10, 2).nullable().default('-1.50'),
      number: t.text({ maxLength: 9 }),
    })
      .key('number')
      .index('customerId'),
`)
    expect(skipped.map(({ table, column }) => [table, column])).toEqual([
      ['customers', 'created'],
      ['customers', 'nick'],
      ['customers', 'mood'],
      ['customers', 'twice'],
      ['logs', undefined],
      ['names', undefined],
      ['orders', 'id'],
    ])
  })
})

async function referenceOf(database: {
  run(...statements: string[]): Promise<unknown[][]>
}): Promise<string> {
  const [row] = await database.run(
    `select constraint_name from information_schema.referential_constraints
      where constraint_schema = database() and table_name = 'users'`,
  )
  return String(row![0])
}
