import { describe, expect, it } from 'vitest'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { newMariadb } from '../../support/mariadb.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema({
  notes: collection({
    id: t.id(),
    tag: t.text({ maxLength: 50 }).nullable(),
    n: t.int().default(0),
    bytes: t.bytes().nullable(),
    price: t.decimal(8, 2).nullable(),
    version: t.version(),
  }).unique('tag'),
  nodes: collection({
    id: t.id(),
    parent: t.ref('nodes').nullable(),
    version: t.version(),
  }),
})

/** With an index of the beginnings of tags, which has the name of the column. */
const existingNotes = `create table notes (id varchar(191) primary key, tag varchar(50),
  n bigint not null, bytes longblob, price decimal(8, 2), version bigint not null,
  unique whole (tag), unique tag (tag(4))) character set utf8mb4 collate utf8mb4_nopad_bin`

describe('writes to MariaDB', () => {
  it('are upserts that insert once, whoever is at it at the same time', async (context) => {
    const data = await connected(schema, (await newMariadb(context)).adapter({ max: 16 }))
    const upsert = (tag: string) =>
      data.notes.upsert({ on: ['tag'], insert: { tag, n: 1 }, update: { n: { increment: 1 } } })
    for (const tag of ['a', 'b', 'c', 'd', 'e']) {
      await Promise.all(Array.from({ length: 16 }, () => upsert(tag)))
    }
    expect((await data.notes.find({ select: ['n'] })).map(({ n }) => n)).toEqual([
      16, 16, 16, 16, 16,
    ])
  })

  it('are no upserts of a row that is the same in another unique field', async (context) => {
    const data = await connected(schema, (await newMariadb(context)).adapter())
    await data.notes.insertMany([{ id: 'a', tag: 'x' }, { id: 'b', tag: null }]) // prettier-ignore
    const error = await rejectionOf(() =>
      data.notes.upsert({ on: ['id'], insert: { id: 'c', tag: 'x' }, update: { n: 5 } }),
    )
    expect(error).toMatchObject({ code: 'UniqueViolation', details: { fields: ['tag'] } })
    await data.notes.upsert({ on: ['tag'], insert: { id: 'd', tag: null }, update: { n: 5 } })
    const changed = { on: ['tag'] as ['tag'], insert: { tag: 'x' }, update: { tag: 'y', n: 7 } }
    expect(await data.notes.upsert(changed)).toMatchObject({ id: 'a', tag: 'y', n: 7, version: 2 })
    expect(await data.notes.count()).toBe(3)
  })

  it('are upserts that end, whatever other indexes say of their duplicates', async (context) => {
    const database = await newMariadb(context)
    await database.run(existingNotes)
    const data = await connected(schema, database.adapter())
    await data.notes.insert({ id: 'a', tag: 'abcdX' })
    const upsert = () =>
      data.notes.upsert({ on: ['tag'], insert: { tag: 'abcdY' }, update: { n: 5 } })
    const error = await rejectionOf(upsert)
    expect(error).toMatchObject({ code: 'UniqueViolation', details: { fields: ['tag'] } })
    expect(await data.notes.get('a')).toMatchObject({ n: 0, version: 1 })
  })

  it('are refused with the fields of indexes that others have named', async (context) => {
    const members = collection({
      id: t.id(),
      email: t.text({ maxLength: 50 }).column('mail'),
      tenant: t.text({ maxLength: 50 }),
    }).unique('tenant', 'email')
    const row = { tenant: 't', email: 'e' }
    for (const name of ['uq_members', '']) {
      const database = await newMariadb(context)
      await database.run(`create table members (id varchar(191) primary key, mail varchar(50) not null,
        tenant varchar(50) not null, unique ${name} (tenant, mail))
        character set utf8mb4 collate utf8mb4_nopad_bin`)
      const data = await connected(defineSchema({ members }), database.adapter(), { ensure: 'off' })
      await data.members.insert(row)
      const alone = await rejectionOf(() => data.members.insert(row))
      const inside = await rejectionOf(() => data.transaction((tx) => tx.members.insert(row)))
      const is = { code: 'UniqueViolation', details: { fields: ['tenant', 'email'] } }
      expect([alone, inside]).toMatchObject([is, is])
    }
  })

  it('tell what the CHECKs of others refuse from what no kind holds', async (context) => {
    const database = await newMariadb(context)
    await database.run(`create table stock (id varchar(191) primary key, n bigint not null check (n >= 0),
      data json check (json_length(data) > 0), plain json) character set utf8mb4 collate utf8mb4_nopad_bin`)
    const fields = { n: t.int().default(0), data: t.json().nullable(), plain: t.json().nullable() }
    const ofOthers = defineSchema({ stock: collection({ id: t.id(), ...fields }) })
    const others = await connected(ofOthers, database.adapter())
    const own = await connected(defineSchema({ own: collection({ id: t.id(), ...fields }) }), database.adapter()) // prettier-ignore
    await others.stock.insert({ id: 'a' })
    await own.own.insert({ id: 'a' })
    const deep = JSON.parse('['.repeat(40) + ']'.repeat(40))
    const calls: (() => PromiseLike<unknown>)[] = [
      () => others.stock.update('a', { n: { increment: -1 } }),
      () => others.stock.insert({ data: [] }),
      () => others.transaction((tx) => tx.stock.insert({ n: -1 })),
      () => others.stock.insert({ plain: deep }),
      () => own.own.update('a', { n: { increment: -Number.MAX_SAFE_INTEGER - 1 } }),
      () => own.own.update('a', { data: deep }),
    ]
    const codes = []
    for (const call of calls) codes.push(await rejectedCode(call))
    const refused = 'CheckViolation'
    expect(codes).toEqual([refused, refused, refused, 'Unsupported', 'OutOfRange', 'Unsupported'])
  })

  it('are refused by the triggers of others, whatever these raise', async (context) => {
    const database = await newMariadb(context)
    const data = await connected(schema, database.adapter())
    await database.run(`create trigger strict before insert on notes for each row begin
      if new.n = 1 then signal sqlstate '23ABC'; end if;
      if new.n = 2 then signal sqlstate 'TP013' set mysql_errno = 50013; end if;
      if new.n = 3 then signal sqlstate '02000'; end if;
      if new.n = 4 then set new.n = 1 / 0; end if; end`)
    for (const n of [1, 2, 3, 4]) {
      const error = await rejectionOf(() => data.notes.insert({ n }))
      expect(error).toMatchObject({ code: 'CheckViolation', details: { outcome: 'not-applied' } })
    }
    expect(await data.notes.count()).toBe(0)
  })

  it('keep a 0 in a key that the database counts for others', async (context) => {
    const database = await newMariadb(context)
    await database.run('create table counted (id bigint auto_increment primary key, n bigint)')
    const counted = collection({ id: t.bigint(), n: t.int().nullable() }).key('id')
    const data = await connected(defineSchema({ counted }), database.adapter())
    expect(await data.counted.insert({ id: 0n, n: 5 })).toEqual({ id: 0n, n: 5 })
    expect(await data.counted.find()).toEqual([{ id: 0n, n: 5 }])
    await database.run('insert into counted (n) values (6)')
    expect(await data.counted.get(1n)).toEqual({ id: 1n, n: 6 })
  })

  it('are batches of rows whose columns are of changing types', async (context) => {
    const data = await connected(schema, (await newMariadb(context)).adapter())
    const rows = Array.from({ length: 600 }, (_, n) => ({
      id: String(n).padStart(4, '0'),
      n: n % 3 === 0 ? 2 ** 40 + n : n,
      tag: n % 2 === 0 ? null : `t${n}`,
      bytes: n % 5 === 0 ? new Uint8Array(n) : null,
      price: n % 7 === 0 ? null : '1.50',
    }))
    const inserted = await data.notes.insertMany(rows)
    expect(await data.notes.find()).toEqual(inserted)
    const taken = [{ id: 'new' }, { id: '0000' }]
    expect(await rejectedCode(() => data.notes.insertMany(taken))).toBe('UniqueViolation')
    expect(await data.notes.count()).toBe(600)
  })

  it('remove rows that refer to each other, and none that others refer to', async (context) => {
    const adapter = (await newMariadb(context)).adapter()
    const data = await connected(schema, adapter)
    await data.nodes.insertMany([{ id: 'a' }, { id: 'b', parent: 'a' }, { id: 'c', parent: 'b' }])
    await data.nodes.update('a', { parent: 'b' })
    const remove = (...ids: string[]) => data.nodes.deleteMany({ where: { id: { in: ids } } })
    expect(await rejectedCode(() => remove('a', 'b'))).toBe('ForeignKeyViolation')
    expect(await data.nodes.get('a')).toMatchObject({ parent: 'b', version: 2 })
    expect(await remove('a', 'b', 'c')).toBe(3)
    expect(await data.nodes.count()).toBe(0)
  })

  it('wait for rows that others hold only so long', async (context) => {
    const database = await newMariadb(context)
    const data = await connected(schema, database.adapter({ lockTimeoutMs: 1_000 }))
    await data.notes.insert({ id: 'a' })
    const stranger = await database.stranger()
    await stranger.query('start transaction')
    await stranger.query('update notes set n = 5')
    const error = await rejectionOf(() => data.notes.update('a', { n: 6 }))
    expect(error).toMatchObject({ code: 'LockTimeout', retryable: true })
    await stranger.query('rollback')
    expect(await data.notes.update('a', { n: 6 })).toMatchObject({ n: 6, version: 2 })
  })

  it('end a transaction that was the victim of a deadlock, and run it again', async (context) => {
    const database = await newMariadb(context)
    const data = await connected(schema, database.adapter())
    await data.notes.insertMany([{ id: 'a' }, { id: 'b' }])
    const swap = (first: string, second: string) =>
      data.transaction(
        async (tx) => {
          await tx.notes.update(first, { n: { increment: 1 } })
          await tx.notes.update(second, { n: { increment: 1 } })
        },
        { maxRetries: 10 },
      )
    const pairs = Array.from({ length: 40 }, (_, n) => (n % 2 ? swap('a', 'b') : swap('b', 'a')))
    await Promise.all(pairs)
    expect(await data.notes.find({ select: ['n', 'version'] })).toEqual([
      { n: 40, version: 41 },
      { n: 40, version: 41 },
    ])
  })

  it('keep what they are told of a mutation from the writes that come next', async (context) => {
    const adapter = (await newMariadb(context)).adapter({ max: 1 })
    const data = await connected(schema, adapter)
    const start = await adapter.log.head()
    const fails = data.transaction(
      async (tx) => {
        await tx.notes.insert({ id: 'x' })
        throw new Error('no')
      },
      { mutationId: 'm0', actor: 'eve' },
    )
    await expect(fails).rejects.toThrow('no')
    await data.notes.insert({ id: 'a' })
    const mutation = { mutationId: 'm1', actor: 'ann' }
    await data.transaction(async (tx) => void (await tx.notes.insert({ id: 'b' })), mutation)
    await data.notes.insert({ id: 'c' })
    const { changes } = await adapter.log.read(start)
    expect(changes.map(({ row, actor, mutationId }) => [row!.id, actor, mutationId])).toEqual([
      ['a', null, null],
      ['b', 'ann', 'm1'],
      ['c', null, null],
    ])
  })
})
