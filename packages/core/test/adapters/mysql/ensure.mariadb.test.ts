import { describe, expect, it, type TestContext } from 'vitest'
import { introspect } from '../../../src/index.node.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { newMariadb, type TestDatabase } from '../../support/mariadb.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema(
  {
    users: collection({
      id: t.id(),
      email: t.text({ maxLength: 50 }),
      nickName: t.text({ maxLength: 20 }).nullable(),
      role: t.enum(['admin', "o'clock\\"]).default("o'clock\\"),
      bossId: t.ref('users').nullable(),
      rank: t.int().default(7),
      big: t.bigint().default(-5n),
      rate: t.decimal(6, 2).default('1.5'),
      ratio: t.float().default(0.25),
      on: t.boolean().default(true),
      since: t.timestamp().default(new Date(5)),
      day: t.date().default('2026-01-31'),
      key: t.bytes().default(Uint8Array.of(1, 255)),
      settings: t.json().default({ theme: "it's é\\" }),
      tags: t.array(t.text()).default(['a']),
      createdAt: t.createdAt(),
      updatedAt: t.updatedAt(),
      version: t.version(),
    })
      .unique('email')
      .index('nickName', 'rank'),
  },
  { naming: 'snake_case' },
)

const bytes = 'character set utf8mb4 collate utf8mb4_nopad_bin'
const old = `create table users (
  id varchar(191) ${bytes} primary key, email varchar(50) ${bytes} not null`

const schemaText = async (database: TestDatabase) => [
  await database.run('show create table users'),
  await database.run(
    `select trigger_name, action_statement from information_schema.triggers
      where trigger_schema = database() order by trigger_name`,
  ),
]

async function problemsOf(context: TestContext, ...statements: string[]) {
  const database = await newMariadb(context)
  await database.run(...statements)
  const error = await rejectionOf(() => connected(schema, database.adapter()))
  expect(error.code).toBe('SchemaMismatch')
  return error.details.problems!.join('\n')
}

describe('the tables of MariaDB', () => {
  it('are made once, also where many start at once', async (context) => {
    const database = await newMariadb(context)
    await Promise.all(
      Array.from({ length: 8 }, () => connected(schema, database.adapter({ max: 1 }))),
    )
    const made = await schemaText(database)
    const data = await connected(schema, database.adapter())
    await connected(schema, database.adapter(), { ensure: 'verify' })
    expect(await schemaText(database)).toEqual(made)
    expect(JSON.stringify(made)).toMatch(/users_email_unique.*users_nick_name_rank_index/s)
    const row = await data.users.insert({ email: 'a@x' })
    expect(await data.users.get(row.id)).toEqual(row)
  })

  it('get what they lack, and their rows values for it', async (context) => {
    const database = await newMariadb(context)
    await database.run(`${old})`, `insert into users (id, email) values ('a', 'a@x'), ('b', 'b@x')`)
    const data = await connected(schema, database.adapter())
    const row = await data.users.get('a')
    expect(row).toMatchObject({
      nickName: null,
      bossId: null,
      role: "o'clock\\",
      rank: 7,
      big: -5n,
      rate: '1.50',
      ratio: 0.25,
      on: true,
      since: new Date(5),
      day: '2026-01-31',
      key: Uint8Array.of(1, 255),
      settings: { theme: "it's é\\" },
      tags: ['a'],
      version: 1,
    })
    expect(row.createdAt.getTime()).toBeGreaterThan(Date.UTC(2020, 0))
    await database.run(
      `set time_zone = '+05:00'`,
      `insert into users (id, email) values ('c', 'c@x')`,
    )
    const stranger = await data.users.get('c')
    expect(stranger).toMatchObject({ role: "o'clock\\", settings: { theme: "it's é\\" } })
    expect(stranger.createdAt.getTime() - row.createdAt.getTime()).toBeLessThan(60_000)
  })

  it('may be those of others, where their columns hold the same', async (context) => {
    const database = await newMariadb(context)
    await database.run(
      `create table things (
        id varchar(255) ${bytes} primary key, name mediumtext ${bytes} not null,
        n int not null, price decimal(8,2), data json, extra text)`,
      `insert into things values ('a', 'x', 5, 1.5, '{"a": 1}', 'e')`,
    )
    const things = defineSchema({
      things: collection({
        id: t.id(),
        name: t.text(),
        n: t.int(),
        price: t.decimal(8, 2).nullable(),
        data: t.json().nullable(),
      }),
    })
    const data = await connected(things, database.adapter())
    expect(await data.things.find({ where: { data: { path: ['a'], eq: 1 } } })).toEqual([
      { id: 'a', name: 'x', n: 5, price: '1.50', data: { a: 1 } },
    ])
    const beyond = await rejectionOf(() => data.things.update('a', { n: { increment: 2 ** 31 } }))
    expect(beyond).toMatchObject({ code: 'OutOfRange', details: { fields: ['n'] } })
  })

  it('are described where they keep their history, and left out where their key is part of a text', async (context) => {
    const database = await newMariadb(context)
    await database.run(
      `create table kept (id varchar(191) ${bytes} primary key, n bigint not null)
        with system versioning`,
      `create table parts (t longtext ${bytes} not null, primary key (t(20)))`,
    )
    const { source, skipped } = await introspect(database.adapter())
    expect(source).toContain('kept: collection')
    expect(skipped).toEqual([{ table: 'parts', reason: 'it has no primary key' }])
    const kept = defineSchema({ kept: collection({ id: t.id(), n: t.int() }) })
    const data = await connected(kept, database.adapter())
    await data.kept.insert({ id: 'a', n: 1 })
    await data.kept.update('a', { n: 2 })
    expect(await data.kept.find()).toEqual([{ id: 'a', n: 2 }])
  })

  it('may have numbers of every size, also without a sign, as keys and references', async (context) => {
    const database = await newMariadb(context)
    await database.run(
      `create table owners (id int unsigned auto_increment primary key, tiny tinyint unsigned not null,
        small smallint unsigned not null, medium mediumint unsigned not null) engine = InnoDB`,
      `create table pets (id mediumint primary key, owner_id int unsigned,
        foreign key (owner_id) references owners (id)) engine = InnoDB`,
    )
    const adapter = database.adapter()
    const found = await introspect(adapter)
    expect(found.skipped).toEqual([])
    const { owners, pets } = Object.fromEntries(
      Array.from(found.schema.definition.collections.values(), (each) => [each.table, each]),
    )
    expect(owners!.fieldList.map(({ kind }) => kind)).toEqual(['int', 'int', 'int', 'int'])
    // t.ref() is for keys of t.id(); the database checks these all the same.
    expect(pets!.fieldList.map(({ kind }) => kind)).toEqual(['int', 'int'])
    const numbers = { tiny: t.int(), small: t.int(), medium: t.int() }
    const schemaOfNumbers = defineSchema(
      {
        owners: collection({ id: t.int(), ...numbers }).key('id'),
        pets: collection({ id: t.int(), ownerId: t.int().nullable() }).key('id'),
      },
      { naming: 'snake_case' },
    )
    const data = await connected(schemaOfNumbers, adapter)
    const largest = { id: 4_294_967_295, tiny: 255, small: 65_535, medium: 16_777_215 }
    await data.owners.insert(largest)
    await data.pets.insert({ id: -1, ownerId: largest.id })
    expect(await data.owners.get(largest.id)).toEqual(largest)
    await data.owners.update(largest.id, { tiny: { increment: -5 } })
    for (const tiny of [{ increment: -251 }, { increment: 6 }, 256, -1]) {
      const beyond = await rejectionOf(() => data.owners.update(largest.id, { tiny }))
      expect(beyond).toMatchObject({ code: 'OutOfRange', details: { fields: ['tiny'] } })
    }
    expect(await rejectedCode(() => data.pets.insert({ id: 1, ownerId: 7 }))).toBe(
      'ForeignKeyViolation',
    )
    expect((await data.owners.get(largest.id)).tiny).toBe(250)
  })

  it.for<[what: string, column: string, problem: RegExp]>([
    [
      'another order of texts',
      'role varchar(191) collate utf8mb4_general_ci',
      /'users.role' is of type varchar\(191\) collate/,
    ],
    ['an order that pads', 'role varchar(191) collate utf8mb4_bin', /'users.role' is of type/],
    [
      'too short a text',
      `nick_name varchar(5) ${bytes}`,
      /'users.nick_name' is of type varchar\(5\)/,
    ],
    ['times without milliseconds', 'since datetime not null', /'users.since' is of type datetime,/],
    ['times that end in 2038', 'since timestamp(3) not null', /'users.since' is of type timestamp/],
    ['another scale', 'rate decimal(6,3) not null', /'users.rate' is of type decimal\(6,3\)/],
    [
      'numbers without a sign',
      '`rank` bigint unsigned not null',
      /'users.rank' is of type bigint unsigned/,
    ],
    [
      'a column made for another kind',
      `settings longtext comment 'array of text' not null`,
      /'users.settings' is of type array of text/,
    ],
    ['a column that every row needs', 'must int not null', /'users.must' is not in the schema/],
  ])('are refused for %s', async ([, column, problem], context) => {
    expect(await problemsOf(context, `${old}, ${column})`)).toMatch(problem)
  })

  it('are refused where rows are in the way of a unique index', async (context) => {
    const problems = await problemsOf(
      context,
      `${old}, index (email(10)), index (email))`,
      `insert into users values ('a', 'x'), ('b', 'x')`,
    )
    expect(problems).toMatch(
      /the unique index on 'users' \(email\) cannot be added: Duplicate entry/,
    )
  })
})
