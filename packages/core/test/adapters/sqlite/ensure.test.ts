import { describe, expect, it } from 'vitest'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { newFile } from '../../support/files.ts'
import { connectedFile, inFile } from '../../support/service.ts'

const schema = defineSchema(
  {
    users: collection({
      id: t.id(),
      email: t.text({ maxLength: 50 }),
      nickName: t.text({ maxLength: 20 }).nullable(),
      role: t.enum(['admin', "o'clock"]).default("o'clock"),
      bossId: t.ref('users').nullable(),
      rank: t.int().default(7),
      big: t.bigint().default(-5n),
      rate: t.decimal(6, 2).default('1.5'),
      ratio: t.float().default(0.25),
      on: t.boolean().default(true),
      since: t.timestamp().default(new Date(5)),
      day: t.date().default('2026-01-31'),
      key: t.bytes().default(Uint8Array.of(1, 255)),
      settings: t.json().default({ theme: "it's" }),
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
const connect = (file: string, ensure: 'create' | 'verify' | 'off' = 'create') =>
  connectedFile(schema, file, { ensure })
const old = 'create table users (id text not null primary key, email text not null'
const twoRows = `insert into users (id, email) values ('a', 'a@x'), ('b', 'b@x')`

function schemaText(file: string): unknown {
  return inFile(file, (db) => db.prepare('select name, sql from sqlite_schema order by name').all())
}

function problemsOf(file: string, ensure: 'create' | 'verify' = 'create') {
  return rejectionOf(() => connect(file, ensure)).then(({ code, details }) => {
    expect(code).toBe('SchemaMismatch')
    return details.problems ?? []
  })
}

describe("ensure: 'create'", () => {
  it.each(['sqlite', 'SQLite'])(
    'indexes a table named %s beside what is SQLite’s own',
    async (name) => {
      const own = collection({ id: t.id(), n: t.int(), ref: t.ref('own') })
        .index('n')
        .table(name)
      const file = newFile()
      await (await connectedFile(defineSchema({ own }), file)).close()
      await (await connectedFile(defineSchema({ own }), file, { ensure: 'verify' })).close()
    },
  )

  it('makes everything from nothing, once', async () => {
    const file = newFile()
    await (await connect(file)).close()
    const made = schemaText(file)
    await (await connect(file)).close()
    expect(schemaText(file)).toEqual(made)
    await (await connect(file, 'verify')).close()
    expect(JSON.stringify(made)).toMatch(/users_email_unique.*users_nick_name_rank_index/s)
  })

  it('adds fields with a default or without need of one, and gives the old rows their values', async () => {
    const file = newFile()
    inFile(file, (db) => db.exec(`${old}) strict; ${twoRows}`))
    const data = await connect(file)
    const row = await data.users.get('a')
    expect(row).toMatchObject({
      id: 'a',
      email: 'a@x',
      nickName: null,
      bossId: null,
      role: "o'clock",
      rank: 7,
      big: -5n,
      rate: '1.50',
      ratio: 0.25,
      on: true,
      since: new Date(5),
      day: '2026-01-31',
      key: Uint8Array.of(1, 255),
      settings: { theme: "it's" },
      tags: ['a'],
      version: 1,
    })
    expect(row.createdAt.getTime()).toBeGreaterThan(Date.UTC(2020, 0))
    expect(row.updatedAt).toBeInstanceOf(Date)
    expect(await data.users.update('a', { rank: { increment: 1 } })).toMatchObject({
      rank: 8,
      version: 2,
    })
    expect(await rejectedCode(() => data.users.insert({ email: 'b@x' }))).toBe('UniqueViolation')
  })

  it('adds what is missing among what is there, and touches nothing else', async () => {
    const file = newFile()
    const extras = `
      create table others (n int);
      insert into others values (5);
      create index users_by_note on users (note);
      create trigger watch after insert on users begin insert into others values (6); end;`
    inFile(file, (db) =>
      db.exec(`${old}, note text default 'kept', shape blob) strict; ${extras} ${twoRows}`),
    )
    const before = schemaText(file) as { name: string; sql: string }[]
    const data = await connect(file)
    await data.users.insert({ id: 'c', email: 'c@x' })
    await data.close()
    const after = schemaText(file) as typeof before
    for (const object of before.filter(({ name }) => name !== 'users')) {
      expect(after).toContainEqual(object)
    }
    inFile(file, (db) => {
      expect(db.prepare('select note from users').raw().all()).toEqual([
        ['kept'],
        ['kept'],
        ['kept'],
      ])
      expect(db.prepare('select n from others order by n').raw().all()).toEqual([
        [5],
        [6],
        [6],
        [6],
      ])
    })
  })

  it('refuses a required field without a default, and lists every problem at once', async () => {
    const file = newFile()
    inFile(file, (db) =>
      db.exec(
        `create table users (id text not null primary key, rank text not null, must int not null) strict`,
      ),
    )
    const problems = await problemsOf(file)
    expect(problems.join('\n')).toMatch(/'users\.email' is missing/)
    expect(problems.join('\n')).toMatch(/'users\.rank' is of type text/i)
    expect(problems.join('\n')).toMatch(/'users\.must' is not in the schema/)
    expect(problems.join('\n')).toMatch(/no unique index on \(email\)/)
    expect(problems).toHaveLength(4)
  })

  it('adds nothing where something cannot be added', async () => {
    const file = newFile()
    inFile(file, (db) => db.exec(`create table users (id text not null primary key) strict`))
    const before = schemaText(file)
    await problemsOf(file)
    expect(schemaText(file)).toEqual(before)
  })

  it('refuses to add a reference that all old rows would have to keep', async () => {
    const file = newFile()
    inFile(file, (db) => db.exec(`${old}) strict; ${twoRows}`))
    const teams = defineSchema({
      teams: collection({ id: t.id() }),
      users: collection({
        id: t.id(),
        email: t.text({ maxLength: 50 }),
        team: t.ref('teams').default('first'),
      }),
    })
    const error = await rejectionOf(() => connectedFile(teams, file))
    expect(error.code).toBe('SchemaMismatch')
    expect(error.details.problems).toEqual([
      "'users.team' is missing, and cannot be added, which a reference can only where it is nullable and has no default",
    ])
  })

  it('keeps the rows of a table that does not fit', async () => {
    const file = newFile()
    inFile(file, (db) =>
      db.exec(
        `create table users (id text not null primary key) strict; insert into users values ('a')`,
      ),
    )
    await problemsOf(file)
    inFile(file, (db) => {
      expect(db.prepare('select id from users').raw().all()).toEqual([['a']])
    })
  })

  it('says so when rows that exist violate a unique index, and adds none of it', async () => {
    const file = newFile()
    inFile(file, (db) => db.exec(`${old}) strict; ${twoRows.replace('b@x', 'a@x')}`))
    const before = schemaText(file)
    const problems = await problemsOf(file)
    expect(problems.join()).toMatch(/unique.*users.*email/)
    expect(schemaText(file)).toEqual(before)
  })

  it.each<[what: string, sql: string]>([
    [
      'another primary key',
      `create table users (id text not null, email text not null primary key) strict`,
    ],
    ['no primary key', `create table users (id text not null, email text not null) strict`],
    ['a field that may not be null where it may', `${old}, nick_name text not null) strict`],
    ['a field that may be null where it may not', `${old}, rank integer) strict`],
    ['a column of another type', `${old}, on blob) strict`.replace('on blob', '"on" blob')],
    [
      'a column that ignores case',
      `create table users (id text not null primary key, email text not null collate nocase) strict`,
    ],
    ['a view in its place', `create view users as select 'a' as id`],
  ])('refuses a table with %s', async (_, sql) => {
    const file = newFile()
    inFile(file, (db) => db.exec(sql))
    expect(await problemsOf(file)).not.toEqual([])
  })

  it('takes a table that another program made, with types that hold the same', async () => {
    const file = newFile()
    const notes = defineSchema({
      notes: collection({
        id: t.id(),
        n: t.int(),
        text: t.text(),
        ratio: t.float(),
        at: t.timestamp(),
      }),
    })
    inFile(file, (db) =>
      db.exec(`create table notes (id varchar(36) not null primary key, n bigint not null,
        text clob not null, ratio double not null, at bigint not null, more text)`),
    )
    const data = await connectedFile(notes, file)
    const row = { id: 'a', n: 1, text: 'x', ratio: 1, at: new Date(5) }
    await data.notes.insert(row)
    expect(await data.notes.find()).toEqual([row])
  })

  it('gives indexes names that do not meet, whatever tables and columns are called', async () => {
    const names = defineSchema({
      a: collection({ id: t.id(), b: t.int(), c: t.int(), b_c: t.int() })
        .index('b_c')
        .index('b', 'c')
        .unique('b'),
      a_b: collection({ id: t.id(), c: t.int() }).index('c'),
      a_b_index: collection({ id: t.id(), c: t.int() }),
    })
    const file = newFile()
    await (await connectedFile(names, file)).close()
    await (await connectedFile(names, file, { ensure: 'verify' })).close()
    inFile(file, (db) => {
      const indexes = db.prepare(
        `select name from sqlite_schema
          where type = 'index' and sql is not null and tbl_name not like 'wherry%'`,
      )
      expect(indexes.all()).toHaveLength(4)
    })
  })

  it('notices a column that was made for another kind of the same storage', async () => {
    const file = newFile()
    const make = (field: ReturnType<typeof t.decimal>) =>
      defineSchema({ notes: collection({ id: t.id(), n: field }) })
    await (await connectedFile(make(t.decimal(6, 2)), file)).close()
    const error = await rejectionOf(() => connectedFile(make(t.decimal(6, 3)), file))
    expect(error.code).toBe('SchemaMismatch')
    expect(error.details.problems?.join()).toMatch(/'notes\.n'.*decimal/)
  })

  it('may run in two services at once', async () => {
    const file = newFile()
    const [first, ...others] = await Promise.all([connect(file), connect(file), connect(file)])
    await first.users.insert({ id: 'a', email: 'a' })
    for (const data of others) expect(await data.users.count()).toBe(1)
  })
})

describe("ensure: 'verify'", () => {
  it('lists all that is missing, and adds nothing', async () => {
    const file = newFile()
    inFile(file, (db) => db.exec(`${old}) strict`))
    const before = schemaText(file)
    const problems = await problemsOf(file, 'verify')
    const missing = schema.definition.collections.get('users')!.fieldList.slice(2)
    for (const { column } of missing) {
      expect(
        problems.filter((problem) => problem.includes(`'users.${column}' is missing`)),
      ).toHaveLength(1)
    }
    expect(problems.join()).toContain('no unique index on (email)')
    expect(schemaText(file)).toEqual(before)
  })

  it('lists every table, and not only the first', async () => {
    const file = newFile()
    const two = defineSchema({ a: collection({ id: t.id() }), b: collection({ id: t.id() }) })
    inFile(file, (db) => db.exec('create table strangers (n int)'))
    const error = await rejectionOf(() => connectedFile(two, file, { ensure: 'verify' }))
    expect(error.details.problems).toEqual([
      "'a' is a table that is missing",
      "'b' is a table that is missing",
    ])
    expect(error.message).toContain("{ ensure: 'create' }")
  })

  it('does without an index that only makes things faster', async () => {
    const file = newFile()
    await (await connect(file)).close()
    inFile(file, (db) => {
      const [name] = db
        .prepare(`select name from sqlite_schema where name like 'users_nick_name%'`)
        .raw()
        .get() as [string]
      db.exec(`drop index "${name}"`)
    })
    expect(await (await connect(file, 'verify')).users.count()).toBe(0)
  })
})

describe("ensure: 'off'", () => {
  it('does not look', async () => {
    const file = newFile()
    inFile(file, (db) => db.exec('create table strangers (n int)'))
    const before = schemaText(file)
    const data = await connect(file, 'off')
    expect(await rejectedCode(() => data.users.find())).toBe('SchemaMismatch')
    expect(schemaText(file)).toEqual(before)
  })

  it('is a SchemaMismatch of each call that meets what is missing', async () => {
    const file = newFile()
    inFile(file, (db) => db.exec('create table users (id text not null primary key, email text)'))
    const wanted = defineSchema({
      users: collection({
        id: t.id(),
        email: t.text({ maxLength: 50 }).nullable(),
        name: t.text().nullable(),
      }).unique('email'),
    })
    const { users } = await connectedFile(wanted, file, { ensure: 'off' })
    const change = { name: 'Ann' }
    const calls = [
      () => users.find(),
      () => users.insert({ email: 'a@x' }),
      () => users.updateMany({ where: {}, set: change }),
      () => users.upsert({ on: ['id'], insert: {}, update: change }),
    ]
    for (const call of calls) expect(await rejectedCode(call)).toBe('SchemaMismatch')
    inFile(file, (db) => db.exec('alter table users add column name text'))
    await users.insert({ email: 'a@x' })
    const { code, message } = await rejectionOf(() =>
      users.upsert({ on: ['email'], insert: { email: 'a@x' }, update: change }),
    )
    expect(code).toBe('SchemaMismatch')
    expect(message).toContain('UNIQUE constraint')
  })
})
