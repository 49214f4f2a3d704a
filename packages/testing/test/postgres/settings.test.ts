import { PGlite } from '@electric-sql/pglite'
import { createDataService, type Adapter } from '@wherry/core'
import { pglite } from '@wherry/core/pglite'
import { postgres } from '@wherry/core/postgres'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { kysely } from '@wherry/core/sql'
import { sql } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describePostgres, newDatabase, stranger } from './support/postgres.ts'

const schema = defineSchema({
  values: collection({
    id: t.id(),
    float: t.float(),
    bytes: t.bytes(),
    timestamp: t.timestamp(),
    date: t.date(),
    text: t.text().nullable(),
    named: t.text({ maxLength: 9 }).default("a\\'b"),
  }),
})

const value = {
  float: 0.1 + 0.2,
  bytes: new Uint8Array([0, 92, 255]),
  timestamp: new Date('0001-01-01T00:00:00.001Z'),
  date: '2001-02-03',
  named: '\\',
}

/** What a role or a database may be set to, and what a service works with all the same. */
const settings = [
  ['array_nulls', 'off', 'on'],
  ['bytea_output', 'escape', 'hex'],
  ['client_encoding', 'LATIN1', 'UTF8'],
  ['datestyle', 'German, DMY', 'ISO, YMD'],
  ['default_transaction_isolation', 'serializable', 'read committed'],
  ['extra_float_digits', '-3', '1'],
  ['gin_fuzzy_search_limit', '1', '0'],
  ['quote_all_identifiers', 'on', 'off'],
  ['standard_conforming_strings', 'off', 'on'],
  ['transform_null_equals', 'on', 'off'],
] as const

/** Expects that values come back as they were given, twice: as tables are made, and as they are found. */
async function expectValues(createAdapter: () => Adapter, name: string, relied: string) {
  for (const key of ['a', 'b']) {
    const adapter = createAdapter()
    const data = createDataService({ schema, databases: [adapter] })
    onTestFinished(() => data.close())
    await data.connect()
    const start = await adapter.log.head()
    const rows = await data.values.insertMany([
      { ...value, id: key, text: null },
      { ...value, id: `${key}2`, text: '\\é' },
    ])
    expect(rows).toMatchObject([value, value])
    const ours = { id: { startsWith: key } }
    expect(await data.values.find({ where: ours, orderBy: { id: 'asc' } })).toEqual(rows)
    expect(
      await data.values.count({ where: { ...ours, float: value.float, date: value.date } }),
    ).toBe(2)
    const { changes } = await adapter.log.read(start)
    expect(changes.map(({ row }) => row)).toEqual(rows)
    const shown = sql<{ setting: string }>`select current_setting(${name}) as setting`
    expect((await shown.execute(kysely(data, adapter.name))).rows).toEqual([{ setting: relied }])
  }
}

describePostgres('settings of a database', (server) => {
  it.each(settings)('%s = %s changes no value', async (name, set, relied) => {
    const url = await newDatabase(server)
    const database = new URL(url).pathname.slice(1)
    await (await stranger(url)).query(`alter database "${database}" set ${name} = ${literal(set)}`)
    await expectValues(() => postgres({ url }), name, relied)
  })

  it('tells of a time that no Date holds', async () => {
    const url = await newDatabase(server)
    const visits = defineSchema({
      visits: collection({ id: t.int(), at: t.timestamp() }).key('id'),
    })
    const { query } = await stranger(url)
    await query('create table visits (id int primary key, at timestamptz(3) not null)')
    await query(`insert into visits values (1, 'infinity'), (2, '-infinity'), (3, '290000-01-01')`)
    const data = createDataService({ schema: visits, databases: [postgres({ url })] })
    onTestFinished(() => data.close())
    await data.connect()
    for (const id of [1, 2, 3]) {
      await expect(data.visits.get(id)).rejects.toMatchObject({ code: 'CorruptValue' })
    }
  })
})

describe('settings of a PGlite', () => {
  it('change no value', async () => {
    const client = await PGlite.create()
    onTestFinished(() => client.close())
    for (const [name, set] of settings) {
      if (name !== 'client_encoding') await client.query(`set ${name} = ${literal(set)}`)
    }
    await expectValues(() => pglite({ client }), 'datestyle', 'ISO, YMD')
  })
})

/** A date style is a list, and no text. */
function literal(setting: string): string {
  return setting.includes(',') ? setting : `'${setting}'`
}
