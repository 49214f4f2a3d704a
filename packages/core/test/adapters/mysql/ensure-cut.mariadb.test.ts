import { describe, expect, it, type TestContext } from 'vitest'
import { mysql } from '../../../src/adapters/mysql/index.ts'
import { createDataService } from '../../../src/index.node.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { cutBefore } from '../../support/cut.ts'
import { rejectedCode } from '../../support/errors.ts'
import { newMariadb, type TestDatabase } from '../../support/mariadb.ts'
import { connected } from '../../support/service.ts'

const notes = { id: t.id(), n: t.int().default(0) }
const first = defineSchema({ notes: collection(notes) })
/** Tables that refer to each other, and a time that rows get which are there. */
const second = defineSchema({
  notes: collection({ ...notes, madeAt: t.createdAt(), tag: t.ref('tags').nullable() }).index(
    'tag',
  ),
  tags: collection({ id: t.id(), note: t.ref('notes').nullable(), at: t.updatedAt() }),
})

async function cutOff(schema: typeof first | typeof second, database: TestDatabase, text: string) {
  const url = await cutBefore(text, database.url)
  const data = createDataService({ schema, databases: [mysql({ url })] })
  expect(await rejectedCode(() => data.connect())).toBe('DatabaseUnavailable')
  await data.close()
}

/** Its generation's name and the moments of its making are no two databases' the same. */
async function all(database: TestDatabase) {
  return [
    ...(await database.run('show create table notes')),
    ...(await database.run('show create table tags')),
    await database.run(
      `select trigger_name, action_statement from information_schema.triggers
        where trigger_schema = database() order by trigger_name`,
    ),
    await database.run('select hash from wherry_schema order by number'),
    await database.run('select count(*) from wherry_generation'),
  ]
}

async function upgradable(context: TestContext) {
  const database = await newMariadb(context)
  const adapter = database.adapter()
  const old = await connected(first, adapter)
  await old.notes.insert({ id: 'a' })
  return { database, adapter, old }
}

const generation = 'select id from wherry_generation'

describe('what was cut off while MariaDB made it', () => {
  it.for(['create table `tags`', 'insert into wherry_generation', 'trigger `wherry_notes_delete`'])(
    'before %s is completed',
    async (text, context) => {
      const whole = await newMariadb(context)
      await connected(second, whole.adapter())
      const database = await newMariadb(context)
      await cutOff(second, database, text)
      const data = await connected(second, database.adapter())
      expect(await all(database)).toEqual(await all(whole))
      expect((await data.doctor()).filter(({ severity }) => severity === 'error')).toEqual([])
    },
  )

  it.for([
    'set default',
    'add constraint',
    'foreign key',
    'insert into wherry_schema',
    'trigger `',
  ])('of an upgrade before %s is completed', async (text, context) => {
    const whole = await upgradable(context)
    await connected(second, whole.database.adapter())
    const { database, old } = await upgradable(context)
    const start = await database.run(generation)
    await cutOff(second, database, text)
    await old.notes.insert({ id: 'b' })
    const data = await connected(second, database.adapter())
    expect(await all(database)).toEqual(await all(whole.database))
    expect(await data.notes.find({ select: ['id', 'tag'] })).toEqual([
      { id: 'a', tag: null },
      { id: 'b', tag: null },
    ])
    const written = await database.run('select `key` from wherry_log order by seq')
    expect(written).toEqual([['["a"]'], ['["b"]']])
    expect(await database.run(generation)).toEqual(start)
  })

  it('is another log where a trigger was gone, of which changes may be missing', async (context) => {
    const { database, adapter } = await upgradable(context)
    const start = await adapter.log.head()
    await database.run('drop trigger wherry_notes_update', 'update notes set n = 5')
    await connected(first, database.adapter())
    expect(await rejectedCode(() => adapter.log.read(start))).toBe('PositionLost')
    const anew = await adapter.log.head()
    await database.run('update notes set n = 6')
    const { changes } = await adapter.log.read(anew)
    expect(changes.map(({ row }) => row)).toEqual([{ id: 'a', n: 6 }])
  })
})
