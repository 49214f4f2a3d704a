import { addressText, fieldsText, type Library } from './application.ts'

const fields = fieldsText({
  id: 'Generated<string>',
  parentId: 'string',
  otherId: 'string | null',
  name$t: 'string',
  email: 'string',
  note: 'string | null',
  size: 'number',
  rank: 'Generated<number>',
  total: 'ColumnType<bigint | null, bigint | null | undefined, bigint | null>',
  ratio: 'number',
  price: 'Generated<string>',
  active: 'Generated<boolean>',
  kind: "'red' | 'green' | 'blue$t'",
  tags: 'string[]',
  address: 'JSONColumnType<Address | null, string | null | undefined, string | null>',
  photo: 'Uint8Array | null',
  day: 'string',
  createdAt: 'ColumnType<Date, Date | undefined, never>',
  updatedAt: 'Generated<Date>',
  version: 'Generated<number>',
})

/** Kysely has no relations: a reference is a column of the type of a key. */
export const kysely: Library = {
  schema: (each) => `import type { ColumnType, Generated, JSONColumnType } from 'kysely'

${addressText}

${each(`export interface Thing$t {
${fields}
}`)}
export interface Database {
${each('  $c: Thing$t')}
}
`,

  head: `import type { Kysely } from 'kysely'
import type { Database } from './schema.ts'
declare const db: Kysely<Database>
`,

  statements: {
    find: `  const rows$n = await db.selectFrom('$c').selectAll().where('parentId', '=', 'p$n').where('active', '=', true).orderBy('createdAt', 'desc').limit(20).execute()
  rows$n.map((row) => row.kind.length + row.size + row.createdAt.getTime())`,
    findOne: `  const row$n = await db.selectFrom('$c').selectAll().where('email', '=', 'e$n').executeTakeFirst()
  row$n?.name$t.trim()`,
    select: `  const picked$n = await db.selectFrom('$c').select(['id', 'name$t', 'price']).where('price', '>=', '1.00').where('price', '<', '9.00').execute()
  picked$n.map(({ id, name$t, price }) => id + name$t + price)`,
    insert: `  const new$n = await db.insertInto('$c').values({ parentId: 'p', name$t: 'n$n', email: 'e', size: $n, ratio: 0.5, kind: 'red', tags: ['a'], day: '2026-01-31' }).returningAll().executeTakeFirstOrThrow()
  new$n.version.toFixed()`,
    update: `  await db.updateTable('$c').set((eb) => ({ size: eb('size', '+', 1), note: 'n', kind: 'blue$t', version: eb('version', '+', 1) })).where('id', '=', 'id$n').where('version', '=', $n).execute()
  // @ts-expect-error Types that have lost their literals would be cheap.
  await db.updateTable('$c').set({ kind: 'grey' }).where('id', '=', 'id$n').execute()`,
    get: `  const got$n = await db.selectFrom('$c').selectAll().where('id', '=', 'id$n').executeTakeFirstOrThrow()
  got$n.address?.at.lat.toFixed()`,
    or: `  const some$n = await db.selectFrom('$c').selectAll().where((eb) => eb.or([eb('kind', 'in', ['red', 'green']), eb('note', 'is not', null), eb.and([eb('size', '>', $n), eb(eb.val('x'), '=', eb.fn.any('tags'))])])).execute()
  some$n.length.toFixed()`,
    aggregate: `  const groups$n = await db.selectFrom('$c').select((eb) => ['kind', 'active', eb.fn.countAll<number>().as('n'), eb.fn.max('createdAt').as('most'), eb.fn.sum<string>('price').as('sum')]).groupBy(['kind', 'active']).having((eb) => eb.fn.countAll(), '>', $n).orderBy('n', 'desc').execute()
  groups$n.map((group) => [group.kind.length, group.n.toFixed(), group.most.getTime(), group.sum.length])`,
    json: `  const there$n = await db.selectFrom('$c').select(['id', 'address']).where((eb) => eb(eb.ref('address', '->').key('at').key('lat'), '>', $n)).execute()
  there$n.map((row) => row.address?.city)`,
    page: `  const page$n = await db.selectFrom('$c').selectAll().where('createdAt', '>=', new Date($n)).orderBy('rank', 'desc').orderBy('name$t', 'asc').limit(50).execute()
  page$n.map((row) => row.updatedAt.getTime())`,
    updateMany: `  const count$n = await db.updateTable('$c').set((eb) => ({ active: false, rank: eb('rank', '+', 2) })).where('active', '=', true).where('size', '<', $n).executeTakeFirst()
  count$n.numUpdatedRows.toString()`,
    upsert: `  const up$n = await db.insertInto('$c').values({ parentId: 'p', name$t: 'n', email: 'e$n', size: 1, ratio: 1, kind: 'green', tags: [], day: '2026-01-31' }).onConflict((oc) => oc.column('email').doUpdateSet((eb) => ({ size: eb('$c.size', '+', 1) }))).returningAll().executeTakeFirstOrThrow()
  up$n.total?.toString()`,
    count: `  const { n: n$n } = await db.selectFrom('$c').select((eb) => eb.fn.countAll<number>().as('n')).where('note', 'like', 'n$n%').executeTakeFirstOrThrow()
  await db.deleteFrom('$c').where('rank', '=', n$n).execute()`,
    transaction: `  await db.transaction().execute(async (tx) => {
    const inner$n = await tx.selectFrom('$c').selectAll().where('id', '=', 'id$n').forUpdate().executeTakeFirstOrThrow()
    await tx.updateTable('$p').set({ size: inner$n.size }).where('id', '=', inner$n.parentId).execute()
  })`,
    stream: `  for await (const row of db.selectFrom('$c').selectAll().where('day', '>=', '2026-01-$n').stream()) row.ratio.toFixed()`,
  },
}
