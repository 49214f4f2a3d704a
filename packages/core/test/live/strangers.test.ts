import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { loadDriver, type SqliteDatabase } from '../../src/adapters/sqlite/driver.ts'
import { sqliteCode } from '../../src/adapters/sqlite/errors.ts'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import type { RowOf } from '../../src/schema/types.ts'
import type { LiveQueryOf } from '../../src/service/query-types.ts'
import type { DataService } from '../../src/service/types.ts'
import { interiorOf } from '../../src/service/interior.ts'
import { FakeRuntime } from '../support/fake-runtime.ts'
import { newFile } from '../support/files.ts'
import { connected } from '../support/service.ts'
import { createFollower } from './follow.ts'

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
type Data = DataService<typeof schema>
type Person = RowOf<typeof schema, 'people'>

const queries: LiveQueryOf<typeof schema, 'people'>[] = [
  {},
  { limit: 2 },
  { where: { rank: { gt: 1 } }, orderBy: { rank: 'desc' }, limit: 2 },
  { where: { name: { ne: 'a' } }, orderBy: { name: 'desc' } },
  { where: { teamId: 't1' }, orderBy: [{ rank: 'asc' }, { name: 'asc' }], limit: 3 },
  { limit: 0 },
]

const Driver = await loadDriver()
const open: SqliteDatabase[] = []
afterEach(() => {
  for (const db of open.splice(0)) db.close()
})

/** Another program's connection, with nothing set up as Wherry does. */
function stranger(file: string, ...pragmas: string[]): SqliteDatabase {
  const db = new Driver(file, {})
  open.push(db)
  for (const pragma of pragmas) db.pragma(pragma)
  return db
}

const delivered = (data: object) => interiorOf(data).tail.delivered()

/** Live queries of people, and what compares all of them with what find finds. */
async function followPeople(data: Data) {
  const followers = queries.map((query) => {
    const follower = createFollower<Person>()
    data.people.live(query).subscribe(follower.listener)
    return { query, follower }
  })
  const check = async () => {
    await delivered(data)
    for (const { query, follower } of followers) {
      expect(follower.rows).toEqual(await data.people.find(query))
    }
  }
  await check()
  return check
}

const id = fc.constantFrom('1', '2', '3', '4', '5')
const name = fc.constantFrom('null', `'a'`, `'b'`, `'c'`)
const team = fc.constantFrom('null', `'t1'`, `'t2'`)
const rank = fc.integer({ min: 0, max: 4 })
const row = fc
  .tuple(id, name, team, rank)
  .map((values) => `('${values[0]}', ${values.slice(1).join()})`)
const columns = 'people (id, name, team_id, rank)'

/** What other programs do to a table, which may fail like any statement. */
const statement = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', 'or replace', 'or ignore', 'or fail'),
      fc.array(row, { minLength: 1, maxLength: 3 }),
    )
    .map(([or, rows]) => `insert ${or} into ${columns} values ${rows.join()}`),
  row.map(
    (values) =>
      `insert into ${columns} values ${values} on conflict (id) do update set rank = rank + 1`,
  ),
  fc
    .tuple(fc.constantFrom('', 'or replace', 'or ignore'), name, rank)
    .map(([or, value, above]) => `update ${or} people set name = ${value} where rank > ${above}`),
  fc
    .tuple(rank, id)
    .map(([value, key]) => `update people set rank = ${value} where id >= '${key}'`),
  fc.tuple(fc.constantFrom('', 'or replace'), id, id).map(([or, key, other]) => {
    return `update ${or} people set id = '${key}' where id = '${other}'`
  }),
  id.map((key) => `update people set version = version + 1, rank = 3 where id = '${key}'`),
  id.map((key) => `delete from people where id > '${key}'`),
  fc.constantFrom(
    `delete from teams where id = 't2'`,
    `insert or ignore into teams values ('t2', null)`,
  ),
)
const commit = fc.record({
  statements: fc.array(statement, { minLength: 1, maxLength: 4 }),
  end: fc.constantFrom('commit', 'commit', 'rollback'),
})

function run(db: SqliteDatabase, { statements, end }: { statements: string[]; end: string }): void {
  db.exec('begin immediate')
  for (const sql of statements) {
    try {
      db.exec(sql)
    } catch (error) {
      // A violation undoes its statement, and its entries of the log.
      if (!String(sqliteCode(error)).startsWith('SQLITE_CONSTRAINT')) throw error
    }
  }
  db.exec(end)
}

describe('live queries beside another program', () => {
  it.each([
    ['that checks nothing', ['foreign_keys = off']],
    ['that checks references', ['foreign_keys = on']],
    ['with recursive triggers', ['recursive_triggers = on']],
  ])(
    'show what find finds after whatever it writes: one %s',
    async (_, pragmas) => {
      const seed = Number(process.env.WHERRY_SEED ?? 20_260_101)
      await fc.assert(
        fc.asyncProperty(fc.array(commit, { maxLength: 12 }), async (commits) => {
          const file = newFile()
          const data = await connected(schema, sqlite({ file, synchronous: 'normal' }))
          const db = stranger(file, 'synchronous = off', ...pragmas)
          db.exec(`insert into teams values ('t1', null), ('t2', 'x')`)
          const check = await followPeople(data)
          for (const each of commits) {
            run(db, each)
            await check()
          }
          await data.close()
        }),
        { seed, numRuns: 40 },
      )
    },
    60_000,
  )

  it('count the changes of who does not count them, once for each statement and row', async () => {
    const file = newFile()
    const data = await connected(schema, sqlite({ file }), { runtime: new FakeRuntime() })
    await data.people.insert({ id: '1' })
    for (const recursive of ['off', 'on']) {
      const db = stranger(file, `recursive_triggers = ${recursive}`)
      const before = await data.people.get('1')
      db.exec(`update people set rank = rank + 1`)
      const after = await data.people.get('1')
      expect(after).toMatchObject({ rank: before.rank + 1, version: before.version + 1 })
      expect(after.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime())
      db.exec(`update people set rank = 0, version = version + 1, updated_at = 5`)
      expect(await data.people.get('1')).toMatchObject({
        version: before.version + 2,
        updatedAt: new Date(5),
      })
    }
  })

  it('give a row what it lacks, and the entry says so', async () => {
    const file = newFile()
    const adapter = sqlite({ file })
    const data = await connected(schema, adapter)
    const start = await adapter.log.head()
    stranger(file).exec(`insert into people (id) values ('1')`)
    const { changes } = await adapter.log.read(start)
    const inserted = await data.people.get('1')
    expect(changes).toEqual([expect.objectContaining({ old: null, row: inserted })])
    expect(inserted).toMatchObject({ rank: 0, version: 1, name: null })
    const note = await data.people.insert({ id: '2' })
    expect(Math.abs(note.updatedAt.getTime() - inserted.updatedAt.getTime())).toBeLessThan(60_000)
  })
})
