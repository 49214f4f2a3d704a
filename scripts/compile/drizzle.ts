import { addressText, fieldsText, type Library } from './application.ts'

const fields = fieldsText({
  id: 'text().primaryKey().$defaultFn(newId)',
  parentId: 'text().notNull().references((): AnyPgColumn => $p.id)',
  otherId: 'text().references((): AnyPgColumn => $o.id)',
  name$t: 'varchar({ length: 191 }).notNull()',
  email: 'varchar({ length: 191 }).notNull()',
  note: 'text()',
  size: 'integer().notNull()',
  rank: 'integer().notNull().default(0)',
  total: "bigint({ mode: 'bigint' })",
  ratio: 'doublePrecision().notNull()',
  price: "numeric({ precision: 12, scale: 2 }).notNull().default('0.00')",
  active: 'boolean().notNull().default(true)',
  kind: "text({ enum: ['red', 'green', 'blue$t'] }).notNull()",
  tags: 'text().array().notNull()',
  address: 'jsonb().$type<Address>()',
  photo: 'bytes()',
  day: 'date().notNull()',
  createdAt: 'timestamp({ withTimezone: true }).notNull().defaultNow()',
  updatedAt: 'timestamp({ withTimezone: true }).notNull().defaultNow().$onUpdate(() => new Date())',
  version: 'integer().notNull().default(1)',
})

/**
 * Drizzle has no relation through another collection. It asks for the children and then for the
 * other of each, so that is the third relation.
 */
export const drizzle: Library = {
  schema: (each) => `import { relations } from 'drizzle-orm'
import { type AnyPgColumn, bigint, boolean, customType, date, doublePrecision, index, integer, jsonb, numeric, pgTable, text, timestamp, uniqueIndex, varchar } from 'drizzle-orm/pg-core'

${addressText}
declare function newId(): string
const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })

${each(`export const $c = pgTable('$c', {
${fields}
}, (table) => [uniqueIndex().on(table.email), index().on(table.parentId, table.createdAt)])`)}
${each(`export const $cRelations = relations($c, ({ one, many }) => ({
  parent: one($p, { fields: [$c.parentId], references: [$p.id] }),
  children: many($k),
  other: one($o, { fields: [$c.otherId], references: [$o.id] }),
}))`)}
`,

  head: `import { and, arrayContains, asc, count, desc, eq, gt, gte, inArray, isNotNull, like, lt, max, or, sql, sum } from 'drizzle-orm'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import * as schema from './schema.ts'
declare const db: PgDatabase<PgQueryResultHKT, typeof schema>
`,

  statements: {
    find: `  const rows$n = await db.query.$c.findMany({ where: and(eq(schema.$c.parentId, 'p$n'), eq(schema.$c.active, true)), orderBy: desc(schema.$c.createdAt), limit: 20 })
  rows$n.map((row) => row.kind.length + row.size + row.createdAt.getTime())`,
    findOne: `  const row$n = await db.query.$c.findFirst({ where: eq(schema.$c.email, 'e$n') })
  row$n?.name$t.trim()`,
    select: `  const picked$n = await db.query.$c.findMany({ columns: { id: true, name$t: true, price: true }, where: and(gte(schema.$c.price, '1.00'), lt(schema.$c.price, '9.00')) })
  picked$n.map(({ id, name$t, price }) => id + name$t + price)`,
    insert: `  const [new$n] = await db.insert(schema.$c).values({ parentId: 'p', name$t: 'n$n', email: 'e', size: $n, ratio: 0.5, kind: 'red', tags: ['a'], day: '2026-01-31' }).returning()
  new$n?.version.toFixed()`,
    update: `  await db.update(schema.$c).set({ size: sql\`\${schema.$c.size} + 1\`, note: 'n', kind: 'blue$t', version: sql\`\${schema.$c.version} + 1\` }).where(and(eq(schema.$c.id, 'id$n'), eq(schema.$c.version, $n)))
  // @ts-expect-error Types that have lost their literals would be cheap.
  await db.update(schema.$c).set({ kind: 'grey' }).where(eq(schema.$c.id, 'id$n'))`,
    get: `  const got$n = await db.query.$c.findFirst({ where: eq(schema.$c.id, 'id$n') })
  got$n?.address?.at.lat.toFixed()`,
    or: `  const some$n = await db.select().from(schema.$c).where(or(inArray(schema.$c.kind, ['red', 'green']), isNotNull(schema.$c.note), and(gt(schema.$c.size, $n), arrayContains(schema.$c.tags, ['x']))))
  some$n.length.toFixed()`,
    aggregate: `  const groups$n = await db.select({ kind: schema.$c.kind, active: schema.$c.active, n: count(), most: max(schema.$c.createdAt), sum: sum(schema.$c.price) }).from(schema.$c).groupBy(schema.$c.kind, schema.$c.active).having(gt(count(), $n)).orderBy(desc(count()))
  groups$n.map((group) => [group.kind.length, group.n.toFixed(), group.most?.getTime(), group.sum?.length])`,
    json: `  const there$n = await db.select({ id: schema.$c.id, address: schema.$c.address }).from(schema.$c).where(gt(sql\`(\${schema.$c.address} -> 'at' ->> 'lat')::float\`, $n))
  there$n.map((row) => row.address?.city)`,
    page: `  const page$n = await db.query.$c.findMany({ where: gte(schema.$c.createdAt, new Date($n)), orderBy: [desc(schema.$c.rank), asc(schema.$c.name$t)], limit: 50 })
  page$n.map((row) => row.updatedAt.getTime())`,
    updateMany: `  const count$n = await db.update(schema.$c).set({ active: false, rank: sql\`\${schema.$c.rank} + 2\` }).where(and(eq(schema.$c.active, true), lt(schema.$c.size, $n))).returning({ id: schema.$c.id })
  count$n.length.toFixed()`,
    upsert: `  const [up$n] = await db.insert(schema.$c).values({ parentId: 'p', name$t: 'n', email: 'e$n', size: 1, ratio: 1, kind: 'green', tags: [], day: '2026-01-31' }).onConflictDoUpdate({ target: schema.$c.email, set: { size: sql\`\${schema.$c.size} + 1\` } }).returning()
  up$n?.total?.toString()`,
    count: `  const n$n = await db.$count(schema.$c, like(schema.$c.note, 'n$n%'))
  await db.delete(schema.$c).where(eq(schema.$c.rank, n$n))`,
    transaction: `  await db.transaction(async (tx) => {
    const [inner$n] = await tx.select().from(schema.$c).where(eq(schema.$c.id, 'id$n')).for('update')
    if (inner$n) await tx.update(schema.$p).set({ size: inner$n.size }).where(eq(schema.$p.id, inner$n.parentId))
  })`,
    // Drizzle has no stream on PostgreSQL.
    stream: `  for (const row of await db.select().from(schema.$c).where(gte(schema.$c.day, '2026-01-$n'))) row.ratio.toFixed()`,
  },
}
