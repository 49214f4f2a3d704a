import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePosition } from '../../../src/adapters/mysql/places.ts'
import type { ChangeLog } from '../../../src/contract/change-log.ts'
import type { Row } from '../../../src/schema/definition.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { anyValueOf } from '../../codec/values.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { eventually } from '../../support/eventually.ts'
import { newMariadb } from '../../support/mariadb.ts'
import { connected } from '../../support/service.ts'
import { schema as thingsSchema, things } from '../../support/things.ts'

const schema = defineSchema({
  notes: collection({
    id: t.id(),
    rank: t.int().default(0),
    updatedAt: t.updatedAt(),
    version: t.version(),
  }),
})

async function changesSince(log: ChangeLog, start: string) {
  return (await log.read(start)).changes.map(({ old, row }) => ({ old, row }))
}

const ids = (changes: readonly { row: Row | null }[]) => changes.map(({ row }) => row?.id)

describe('the log of MariaDB', () => {
  it('holds the rows exactly as they are read, whatever their values', async (context) => {
    const adapter = (await newMariadb(context)).adapter()
    const data = await connected(thingsSchema, adapter)
    const [insert, update] = [data.things.insert, data.things.update] as unknown as [
      (row: Row) => Promise<Row>,
      (id: string, patch: Row) => Promise<Row>,
    ]
    const anyRow = fc.record(
      Object.fromEntries(
        things.fieldList.map((field) => [
          field.name,
          field.nullable ? fc.option(anyValueOf(field), { freq: 4 }) : anyValueOf(field),
        ]),
      ),
    ) as fc.Arbitrary<Row>
    await fc.assert(
      fc.asyncProperty(anyRow, anyRow, async (first, second) => {
        const start = await adapter.log.head()
        const { id, ...patch } = { ...second, id: first.id as string }
        const inserted = await insert.call(data.things, first)
        const before = await data.things.get(id)
        expect(inserted).toEqual(before)
        await update.call(data.things, id, patch)
        const after = await data.things.get(id)
        await data.things.delete(id)
        expect(await changesSince(adapter.log, start)).toEqual([
          { old: null, row: before },
          { old: before, row: after },
          { old: after, row: null },
        ])
      }),
      { seed: Number(process.env.WHERRY_SEED ?? 20_260_101), numRuns: 200 },
    )
  })

  it('puts columns of others together, whatever their collations', async (context) => {
    const database = await newMariadb(context)
    await database.run(
      `create table papers (
        id varchar(191) collate utf8mb4_nopad_bin not null primary key,
        one json not null,
        other longtext collate utf8mb4_nopad_bin not null check (json_valid(other)),
        list longtext collate utf8mb4_bin not null check (json_valid(list))
      ) engine = InnoDB default charset utf8mb4`,
    )
    const papers = collection({
      id: t.id(),
      one: t.json(),
      other: t.json(),
      list: t.array(t.int()),
    })
    const adapter = database.adapter()
    const data = await connected(defineSchema({ papers }), adapter)
    const start = await adapter.log.head()
    const made = await data.papers.insert({ id: 'é', one: { a: '😀' }, other: ['é'], list: [1] })
    expect(await changesSince(adapter.log, start)).toEqual([{ old: null, row: made }])
  })

  it('counts what strangers change, and a key that changes is another row', async (context) => {
    const database = await newMariadb(context)
    const adapter = database.adapter()
    const data = await connected(schema, adapter)
    const made = await data.notes.insert({ id: 'a' })
    const start = await adapter.log.head()
    await database.run(
      `update notes set \`rank\` = 5`,
      `update notes set id = 'b', version = 9`,
      `update notes set updatedAt = '2001-01-01'`,
    )
    const changes = await changesSince(adapter.log, start)
    expect(changes).toMatchObject([
      { old: made, row: { id: 'a', rank: 5, version: 2 } },
      { old: { id: 'a', version: 2 }, row: null },
      { old: null, row: { id: 'b', version: 9 } },
      { old: { version: 9 }, row: { version: 10, updatedAt: new Date('2001-01-01T00:00:00Z') } },
    ])
    const touched = changes[0]!.row!.updatedAt as Date
    expect(touched.getTime()).toBeGreaterThanOrEqual(made.updatedAt.getTime())
    expect(await data.notes.find()).toEqual([changes.at(-1)!.row])
  })

  it('waits for a transaction that was given its numbers early and commits late', async (context) => {
    const database = await newMariadb(context)
    const adapter = database.adapter()
    const data = await connected(schema, adapter)
    const start = await adapter.log.head()
    const stranger = await database.stranger()
    await stranger.query('start transaction')
    await stranger.query(`insert into notes (id) values ('late1'), ('late2')`)
    await data.notes.insert({ id: 'early' })
    const first = await adapter.log.read(start)
    expect(ids(first.changes)).toEqual(['early'])
    expect(await adapter.log.head()).toBe(first.position)
    const snapshot = await adapter.log.head()
    await stranger.query(`insert into notes (id) values ('late3')`)
    await stranger.query('commit')
    const second = await adapter.log.read(first.position)
    expect(ids(second.changes)).toEqual(['late1', 'late2', 'late3'])
    expect(await adapter.log.read(start, snapshot)).toEqual(first)
    const rest = await adapter.log.read(snapshot, second.position)
    expect(rest).toEqual(second)
    expect(parsePosition(second.position).place.gaps).toEqual([])
  })

  it('fills what rolled back transactions left, and not what is still under way', async (context) => {
    const database = await newMariadb(context)
    const adapter = database.adapter()
    const data = await connected(schema, adapter)
    const stranger = await database.stranger()
    await stranger.query('start transaction')
    await stranger.query(`insert into notes (id) values ('late')`)
    const fails = data.transaction(async (tx) => {
      await tx.notes.insertMany([{}, {}, {}])
      throw new Error('no')
    })
    await expect(fails).rejects.toThrow('no')
    await data.notes.insert({ id: 'a' })
    let position = await adapter.log.head()
    expect(parsePosition(position).place.gaps).toEqual([[1, 4]])
    await stranger.query('commit')
    const changes: unknown[] = []
    await eventually(async () => {
      const batch = await adapter.log.read(position)
      position = batch.position
      changes.push(...ids(batch.changes))
      expect(parsePosition(position).place.gaps).toEqual([])
    })
    expect(changes).toEqual(['late'])
  })

  it('is complete and in order while many write, give up and roll back', async (context) => {
    const database = await newMariadb(context)
    const [writer, reader] = [database.adapter({ max: 12 }), database.adapter()]
    const data = await connected(schema, writer)
    await connected(schema, reader)
    await data.notes.insertMany(Array.from({ length: 10 }, (_, n) => ({ id: `n${n}` })))
    let position = await reader.log.head()
    const versions = new Map<unknown, unknown>()
    for (const { id, version } of await data.notes.find()) versions.set(id, version)
    let isOver = false
    const write = async (n: number) => {
      for (let turn = 0; turn < 30; turn++) {
        const [one, other] = [(n + turn) % 10, (n + turn * 3) % 10].sort((a, b) => a - b)
        await data
          .transaction(
            async (tx) => {
              await tx.notes.update(`n${one}`, { rank: { increment: 1 } })
              await tx.notes.update(`n${other}`, { rank: { increment: 1 } })
              if (turn % 3 === 0) throw new Error('given up')
            },
            { isolationLevel: 'read committed', maxRetries: 20 },
          )
          .catch((error: Error) => expect(error.message).toBe('given up'))
        await data.notes.insert({ id: `${n}-${turn}` })
      }
    }
    const follow = async () => {
      const { changes, position: next } = await reader.log.read(position)
      position = next
      for (const { old, row } of changes) {
        const { id } = (row ?? old)!
        expect(versions.get(id)).toBe(old?.version)
        versions.set(id, row?.version)
      }
    }
    const keepFollowing = async (): Promise<void> => {
      await follow()
      return isOver ? undefined : keepFollowing()
    }
    const following = keepFollowing()
    await Promise.all(Array.from({ length: 12 }, (_, n) => write(n)))
    isOver = true
    await following
    await follow()
    const rows = await data.notes.find()
    expect(versions).toEqual(new Map(rows.map(({ id, version }) => [id, version])))
  })

  it('says that it does not see a table which was made anew', async (context) => {
    const database = await newMariadb(context)
    const adapter = database.adapter()
    const data = await connected(schema, adapter)
    await data.notes.insert({ id: 'a' })
    await database.run('create table n2 like notes', 'drop table notes', 'rename table n2 to notes')
    const events: unknown[] = []
    data.notes.live().subscribe((event) => void events.push(event))
    await eventually(() => expect(events).not.toEqual([]))
    expect(events[0]).toMatchObject({ status: 'error', error: { code: 'SchemaMismatch' } })
    const again = database.adapter()
    await connected(schema, again, { ensure: 'create' })
    const start = await again.log.head()
    await database.run(`insert into notes (id) values ('b')`)
    expect(ids((await again.log.read(start)).changes)).toEqual(['b'])
  })

  it('knows no position of another log, and none from the future', async (context) => {
    const database = await newMariadb(context)
    const adapter = database.adapter()
    await connected(schema, adapter)
    const head = await adapter.log.head()
    const [generation] = head.split(':')
    for (const position of ['', 'other:0', `${generation}:7`, `${generation}:0,1`]) {
      expect(await rejectedCode(() => adapter.log.read(position)), position).toBe('PositionLost')
    }
    await database.run('update wherry_generation set pruned = 5')
    expect(await rejectedCode(() => adapter.log.read(head))).toBe('PositionLost')
    await database.run('delete from wherry_generation')
    const error = await rejectionOf(() => adapter.log.head())
    expect(error).toMatchObject({ code: 'SchemaMismatch' })
  })

  it('keeps the latest entries, and who is too slow is PositionLost', async (context) => {
    const database = await newMariadb(context)
    const adapter = database.adapter()
    const data = await connected(schema, adapter, { log: { keepEntries: 1_000, keepMs: 0 } })
    const start = await adapter.log.head()
    await database.run(`insert into notes (id) select seq from seq_1_to_2500`)
    const count = async () => (await database.run('select count(*) from wherry_log'))[0]![0]
    await eventually(async () => {
      // It looks once in a thousand of them.
      for (let n = 0; n < 250; n++) await data.notes.update('1', { rank: n })
      expect(await count()).toBeLessThan(1_500)
    })
    expect(await count()).toBeGreaterThanOrEqual(1_000)
    expect(await rejectedCode(() => adapter.log.read(start))).toBe('PositionLost')
    const another = database.adapter()
    await connected(schema, another)
    expect(await another.log.head()).toBe(await adapter.log.head())
  })

  it('does not see TRUNCATE, for which MariaDB fires no trigger', async (context) => {
    const database = await newMariadb(context)
    const adapter = database.adapter()
    const data = await connected(schema, adapter)
    await data.notes.insert({ id: 'a' })
    const start = await adapter.log.head()
    await database.run('truncate table notes')
    // Should this fail one day because MariaDB tells of it, then the log may tell of it too.
    expect(await adapter.log.read(start)).toEqual({ changes: [], position: start, isWhole: true })
  })
})
