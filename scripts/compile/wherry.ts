import { addressText, fieldsText, type Library } from './application.ts'

const fields = fieldsText({
  id: 't.id()',
  parentId: "t.ref('$p')",
  otherId: "t.ref('$o').nullable()",
  name$t: 't.text({ maxLength: 191 })',
  email: 't.text({ maxLength: 191 })',
  note: 't.text().nullable()',
  size: 't.int()',
  rank: 't.int().default(0)',
  total: 't.bigint().nullable()',
  ratio: 't.float()',
  price: "t.decimal(12, 2).default('0.00')",
  active: 't.boolean().default(true)',
  kind: "t.enum(['red', 'green', 'blue$t'])",
  tags: 't.array(t.text())',
  address: 't.json(address).nullable()',
  photo: 't.bytes().nullable()',
  day: 't.date()',
  createdAt: 't.createdAt()',
  updatedAt: 't.updatedAt()',
  version: 't.version()',
})

/** Three relations of each collection: to the parent, from the children, and through them. */
export const wherry: Library = {
  schema: (each) => `import type { StandardSchemaV1 } from '@standard-schema/spec'
import { collection, defineSchema, t } from '@wherry/core/schema'

${addressText}
declare const address: StandardSchemaV1<Address, Address>

export const schema = defineSchema({
${each(`$c: collection({
${fields}
}).unique('email').index('parentId', 'createdAt'),`)}
}, { naming: 'snake_case' }).relations((of) => ({
${each(`$c: {
  parent: of.$c.belongsTo('$p', 'parentId'),
  children: of.$c.hasMany('$k', 'parentId'),
  others: of.$c.hasManyThrough('$p', {
    through: '$k', field: 'parentId', toField: 'otherId',
  }),
},`)}
}))
type S = typeof schema
export interface AppSchema extends S {}
`,

  head: `import type { DataService } from '@wherry/core/service'
import type { AppSchema } from './schema.ts'
declare const data: DataService<AppSchema>
`,

  statements: {
    find: `  const rows$n = await data.$c.find({ where: { parentId: 'p$n', active: true }, orderBy: { createdAt: 'desc' }, limit: 20 })
  rows$n.map((row) => row.kind.length + row.size + row.createdAt.getTime())`,
    findOne: `  const row$n = await data.$c.findOne({ where: { email: 'e$n' } })
  row$n?.name$t.trim()`,
    select: `  const picked$n = await data.$c.find({ select: ['id', 'name$t', 'price'], where: { price: { gte: '1.00', lt: '9.00' } } })
  picked$n.map(({ id, name$t, price }) => id + name$t + price)`,
    insert: `  const new$n = await data.$c.insert({ parentId: 'p', name$t: 'n$n', email: 'e', size: $n, ratio: 0.5, kind: 'red', tags: ['a'], day: '2026-01-31' })
  new$n.version.toFixed()`,
    update: `  await data.$c.update('id$n', { size: { increment: 1 }, note: 'n', kind: 'blue$t' }, { ifVersion: $n })
  // @ts-expect-error Types that have lost their literals would be cheap.
  await data.$c.update('id$n', { kind: 'grey' })`,
    get: `  const got$n = await data.$c.get('id$n')
  got$n.address?.at.lat.toFixed()`,
    or: `  const some$n = await data.$c.find({ where: { OR: [{ kind: { in: ['red', 'green'] } }, { NOT: { note: null } }, { AND: [{ size: { gt: $n } }, { tags: { has: 'x' } }] }] } })
  some$n.length.toFixed()`,
    aggregate: `  const groups$n = await data.$c.aggregate({ groupBy: ['kind', 'active'], measures: { n: 'count', most: { max: 'createdAt' }, sum: { sum: 'price' } }, having: { n: { gt: $n } }, orderBy: { n: 'desc' } })
  groups$n.map((group) => [group.kind.length, group.n.toFixed(), group.most?.getTime(), group.sum?.length])`,
    json: `  const there$n = await data.$c.find({ where: { address: { path: ['at', 'lat'], gt: $n } }, select: ['id', 'address'] })
  there$n.map((row) => row.address?.city)`,
    page: `  const page$n = await data.$c.page({ where: { createdAt: { gte: new Date($n) } }, orderBy: [{ rank: 'desc' }, { name$t: 'asc' }], limit: 50 })
  page$n.rows.map((row) => row.updatedAt.getTime())`,
    updateMany: `  const count$n = await data.$c.updateMany({ where: { active: true, size: { lt: $n } }, set: { active: false, rank: { increment: 2 } } })
  count$n.toFixed()`,
    upsert: `  const up$n = await data.$c.upsert({ on: ['email'], insert: { parentId: 'p', name$t: 'n', email: 'e$n', size: 1, ratio: 1, kind: 'green', tags: [], day: '2026-01-31' }, update: { size: { increment: 1 } } })
  up$n.total?.toString()`,
    count: `  const n$n = await data.$c.count({ where: { note: { startsWith: 'n$n' } } })
  await data.$c.deleteMany({ where: { rank: n$n } })`,
    transaction: `  await data.transaction(async (tx) => {
    const inner$n = await tx.$c.get('id$n', { forUpdate: true })
    await tx.$p.update(inner$n.parentId, { size: inner$n.size })
  }, { maxRetries: 3 })`,
    stream: `  for await (const row of data.$c.stream({ where: { day: { gte: '2026-01-$n' } } })) row.ratio.toFixed()`,
  },
}
