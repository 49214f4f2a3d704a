import { describe, expect, it } from 'vitest'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { memory } from '../../../src/adapters/memory/index.ts'
import { introspect } from '../../../src/index.node.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { newFile } from '../../support/files.ts'
import { connected, connectedFile, inFile } from '../../support/service.ts'

const introspected = (...statements: string[]) => {
  const file = newFile()
  inFile(file, (db) => db.exec(statements.join(';')))
  return introspect(sqlite({ file, readOnly: true })).then((found) => ({ file, ...found }))
}

const blog = `
create table users (
  id integer primary key, email varchar(255) not null unique, score real default 0.5,
  level int not null default 7, bio text not null default 'it''s me', seen text default current_timestamp);
create table posts (
  id text not null primary key, user_id integer not null references users on delete cascade,
  title text not null, body text, views bigint default -1, photo blob);
create table post_tags (
  post_id text not null references posts(id), tag varchar(30) not null, primary key (post_id, tag));
create index by_title on posts (title);
create index by_lower on posts (lower(body));
create index by_part on posts (views) where views > 0`

describe('introspect, on SQLite', () => {
  it('writes the source of the schema', async () => {
    const { source, skipped } = await introspected(blog)
    expect(skipped).toEqual([])
    expect(source).toBe(`import { collection, defineSchema, t } from '@wherry/core/schema'

export const schema = defineSchema(
  {
    postTags: collection({
      postId: t.ref('posts'),
      tag: t.text({ maxLength: 30 }),
    }).key('postId', 'tag'),
    posts: collection({
      id: t.id(),
      userId: t.bigint(),
      title: t.text({ maxLength: 191 }),
      body: t.text().nullable(),
      views: t.bigint().nullable().default(-1n),
      photo: t.bytes().nullable(),
    }).index('title'),
    users: collection({
      id: t.bigint(),
      email: t.text({ maxLength: 191 }),
      score: t.float().nullable().default(0.5),
      level: t.bigint().default(7n),
      bio: t.text().default("it's me"),
      seen: t.text().nullable(),
    })
      .key('id')
      .unique('email'),
  },
  { naming: 'snake_case' },
).relations((of) => ({
  postTags: { post: of.postTags.belongsTo('posts', 'postId') },
  posts: {
    postTags: of.posts.hasMany('postTags', 'postId'),
    user: of.posts.belongsTo('users', 'userId'),
  },
  users: { posts: of.users.hasMany('posts', 'userId') },
}))
`)
  })

  it('makes a schema with which the tables are used as they are', async () => {
    const { file, schema } = await introspected(
      blog,
      `insert into users (id, email) values (9, 'a@x')`,
    )
    const tables = inFile(file, (db) => db.prepare(`select sql from sqlite_schema`).raw().all())
    const data = await connectedFile(schema, file, { ensure: 'verify' })
    expect(await data.users!.get(9n)).toMatchObject({ email: 'a@x', level: 7n })
    await data.posts!.insert({ userId: 9n, title: 'first' })
    expect(await data.posts!.find()).toMatchObject([{ userId: 9n, views: -1n, body: null }])
    await data.close()
    expect(inFile(file, (db) => db.prepare(`select sql from sqlite_schema`).raw().all())).toEqual(
      tables,
    )
  })

  it('finds kinds, and what the service writes, in tables that Wherry has made', async () => {
    const own = collection({
      id: t.id(),
      flag: t.boolean().default(true),
      price: t.decimal(6, 2).default('1.50'),
      tags: t.array(t.enum(['a', 'b'])).default(['a']),
      day: t.date().default('2026-01-31'),
      createdAt: t.createdAt(),
      updatedAt: t.updatedAt(),
      version: t.version(),
    })
    const file = newFile()
    await (await connectedFile(defineSchema({ own }), file)).close()
    expect((await introspect(sqlite({ file }))).source).toContain(`
  own: collection({
    id: t.id(),
    flag: t.boolean().default(true),
    price: t.decimal(6, 2).default('1.50'),
    tags: t.array(t.text()).default(['a']),
    day: t.date().default('2026-01-31'),
    createdAt: t.createdAt(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  }),
`)
  })

  it('names what a schema cannot describe, and leaves what is its own or the engine’s out', async () => {
    const { skipped, schema } = await introspected(
      'create table logs (line text)',
      'create table "odd name" (id text not null primary key)',
      'create table pg_things (id text not null primary key)',
      'create table wherry_notes (id text not null primary key)',
      'create table wherry_log (id text not null primary key)',
      `create table people (
        id integer primary key autoincrement, name text collate nocase, born datetime,
        full as (name || '!'), "first name" text, "constructor" text)`,
      'create table prices (day date not null, id text not null primary key)',
      'create table flags (on_off boolean not null primary key)',
      'create table blobs (data blob not null primary key)',
      'create view names as select name from people',
    )
    expect(skipped.map(({ table, column, reason }) => [table, column, reason])).toEqual([
      ['blobs', undefined, "'data' of its key is of kind bytes, which a key never is"],
      [
        'flags',
        undefined,
        "'on_off' of its key cannot be described: there is no kind for its type, boolean",
      ],
      ['logs', undefined, 'it has no primary key'],
      ['names', undefined, 'it is a view'],
      ['odd name', undefined, expect.stringMatching(/^A table cannot be "odd name": a name/)],
      ['people', 'name', 'its collation, nocase, does not compare texts by their bytes'],
      ['people', 'born', 'there is no kind for its type, datetime'],
      ['people', 'full', 'the database computes it, and refuses inserts that give it'],
      ['people', 'first name', expect.stringMatching(/^A column cannot be "first name": a name/)],
      ['pg_things', undefined, expect.stringMatching(/the name is taken/)],
      [
        'prices',
        undefined,
        "'day', which every insert has to give, cannot be described: there is no kind for its type, date",
      ],
      ['wherry_notes', undefined, expect.stringMatching(/the name is taken/)],
    ])
    expect([...schema.definition.collections.keys()]).toEqual(['people'])
    const { fieldList } = schema.definition.collections.get('people')!
    expect(fieldList.map(({ name, column }) => [name, column])).toEqual([
      ['id', 'id'],
      ['constructorColumn', 'constructor'],
    ])
  })

  it('finds a name for each table and column, whatever they are called', async () => {
    const { source } = await introspected(
      'create table events (id text not null primary key, _a text, item2 int, item_2 int, "AND" int)',
      `create table Users (id text not null primary key, friend_id text references Users(id),
        best_friend text references Users(id), friend text)`,
      'create table a_b (id text not null primary key references a_c(id))',
      'create table a_c (id text not null primary key references a_b(id))',
    )
    expect(source).toBe(`import { collection, defineSchema, t } from '@wherry/core/schema'

export const schema = defineSchema(
  {
    Users: collection({
      id: t.id(),
      friendId: t.ref('Users').nullable(),
      bestFriend: t.ref('Users').nullable(),
      friend: t.text().nullable(),
    }).table('Users'),
    aB: collection({
      id: t.id(),
    }),
    aC: collection({
      id: t.id(),
    }),
    eventsTable: collection({
      id: t.id(),
      a: t.text().nullable().column('_a'),
      item2: t.bigint().nullable(),
      item_2: t.bigint().nullable(),
      ANDColumn: t.bigint().nullable().column('AND'),
    }).table('events'),
  },
  { naming: 'snake_case' },
).relations((of) => ({
  Users: {
    friendIdRow: of.Users.belongsTo('Users', 'friendId'),
    UsersByFriendId: of.Users.hasMany('Users', 'friendId'),
    bestFriendRow: of.Users.belongsTo('Users', 'bestFriend'),
    UsersByBestFriend: of.Users.hasMany('Users', 'bestFriend'),
  },
  aB: { idRow: of.aB.belongsTo('aC', 'id'), aC: of.aB.hasMany('aC', 'id') },
  aC: { aB: of.aC.hasMany('aB', 'id'), idRow: of.aC.belongsTo('aB', 'id') },
}))
`)
  })

  it('refuses a database without a table that it can describe, and says what there is', async () => {
    const error = await rejectionOf(() => introspected('create table logs (line text)'))
    expect(error.code).toBe('SchemaMismatch')
    expect(error.details.problems).toEqual(["'logs': it has no primary key"])
    expect(await rejectedCode(() => introspect(memory()))).toBe('SchemaMismatch')
    expect(await rejectedCode(() => introspect(sqlite({ file: newFile() })))).toBe(
      'DatabaseMissing',
    )
  })

  it('leaves the adapter to a service', async () => {
    const file = newFile()
    inFile(file, (db) => db.exec(blog))
    const adapter = sqlite({ file })
    const { schema } = await introspect(adapter)
    expect(await (await connected(schema, adapter)).users!.count()).toBe(0)
  })
})
