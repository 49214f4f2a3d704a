/**
 * Writes the sources of an imaginary application: many collections, and many statements that use
 * them in every way. The same sizes give the same text, so what it costs to check can be compared.
 */
export interface Sizes {
  readonly collections: number
  readonly statements: number
  /** Statements in one file. */
  readonly perFile: number
}

/** File name to text. */
export function writeApplication({ collections, statements, perFile }: Sizes): Map<string, string> {
  const files = new Map([['schema.ts', schemaText(collections)]])
  for (let first = 0; first < statements; first += perFile) {
    const numbers = range(Math.min(perFile, statements - first)).map((index) => first + index)
    const body = numbers.map((n) => statementText(n, n % collections, collections)).join('\n')
    files.set(`use${first / perFile}.ts`, `${useHead}${body}\n}\n`)
  }
  return files
}

/** Twenty fields of every kind; three relations: to the parent, from the children, and through. */
function schemaText(collections: number): string {
  const declarations = range(collections).map((n) => collectionText(n, collections))
  const relations = range(collections).map((n) => relationText(n, collections))
  return `import type { StandardSchemaV1 } from '@standard-schema/spec'
import { collection, defineSchema, t } from '@wherry/core/schema'

interface Address { street: string; city: string; tags: string[]; at: { lat: number; lon: number } }
declare const address: StandardSchemaV1<Address, Address>

export const schema = defineSchema({
${declarations.join('\n')}
}, { naming: 'snake_case' }).relations((of) => ({
${relations.join('\n')}
}))
type S = typeof schema
export interface AppSchema extends S {}
`
}

function collectionText(n: number, collections: number): string {
  return `  thing${n}: collection({
    id: t.id(),
    parentId: t.ref('thing${(n + 1) % collections}'),
    otherId: t.ref('thing${(n + 2) % collections}').nullable(),
    name${n}: t.text({ maxLength: 191 }),
    email: t.text({ maxLength: 191 }),
    note: t.text().nullable(),
    size: t.int(),
    rank: t.int().default(0),
    total: t.bigint().nullable(),
    ratio: t.float(),
    price: t.decimal(12, 2).default('0.00'),
    active: t.boolean().default(true),
    kind: t.enum(['red', 'green', 'blue${n}']),
    tags: t.array(t.text()),
    address: t.json(address).nullable(),
    photo: t.bytes().nullable(),
    day: t.date(),
    createdAt: t.createdAt(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  }).unique('email').index('parentId', 'createdAt'),`
}

function relationText(n: number, collections: number): string {
  const parent = `thing${(n + 1) % collections}`
  const child = `thing${(n + collections - 1) % collections}`
  const other = `thing${(n + collections + 1) % collections}`
  return `  thing${n}: {
    parent: of.thing${n}.belongsTo('${parent}', 'parentId'),
    children: of.thing${n}.hasMany('${child}', 'parentId'),
    others: of.thing${n}.hasManyThrough('${other}', {
      through: '${child}', field: 'parentId', toField: 'otherId',
    }),
  },`
}

const useHead = `import type { DataService } from '@wherry/core/service'
import type { AppSchema } from './schema.ts'
declare const data: DataService<AppSchema>
export async function use() {
`

function statementText(n: number, target: number, collections: number): string {
  const text = statements[n % statements.length]!
  return text
    .replaceAll('$c', `thing${target}`)
    .replaceAll('$p', `thing${(target + 1) % collections}`)
    .replaceAll('$n', String(n))
    .replaceAll('$t', String(target))
}

/** What applications write, about as often as they write it. */
const statements = [
  `  const rows$n = await data.$c.find({ where: { parentId: 'p$n', active: true }, orderBy: { createdAt: 'desc' }, limit: 20 })
  rows$n.map((row) => row.kind.length + row.size + row.createdAt.getTime())`,
  `  const row$n = await data.$c.findOne({ where: { email: 'e$n' } })
  row$n?.name$t.trim()`,
  `  const picked$n = await data.$c.find({ select: ['id', 'name$t', 'price'], where: { price: { gte: '1.00', lt: '9.00' } } })
  picked$n.map(({ id, name$t, price }) => id + name$t + price)`,
  `  const new$n = await data.$c.insert({ parentId: 'p', name$t: 'n$n', email: 'e', size: $n, ratio: 0.5, kind: 'red', tags: ['a'], day: '2026-01-31' })
  new$n.version.toFixed()`,
  `  await data.$c.update('id$n', { size: { increment: 1 }, note: 'n', kind: 'blue$t' }, { ifVersion: $n })
  // @ts-expect-error Types that have lost their literals would be cheap.
  await data.$c.update('id$n', { kind: 'grey' })`,
  `  const got$n = await data.$c.get('id$n')
  got$n.address?.at.lat.toFixed()`,
  `  const some$n = await data.$c.find({ where: { OR: [{ kind: { in: ['red', 'green'] } }, { NOT: { note: null } }, { AND: [{ size: { gt: $n } }, { tags: { has: 'x' } }] }] } })
  some$n.length.toFixed()`,
  `  const groups$n = await data.$c.aggregate({ groupBy: ['kind', 'active'], measures: { n: 'count', most: { max: 'createdAt' }, sum: { sum: 'price' } }, having: { n: { gt: $n } }, orderBy: { n: 'desc' } })
  groups$n.map((group) => [group.kind.length, group.n.toFixed(), group.most?.getTime(), group.sum?.length])`,
  `  const there$n = await data.$c.find({ where: { address: { path: ['at', 'lat'], gt: $n } }, select: ['id', 'address'] })
  there$n.map((row) => row.address?.city)`,
  `  const page$n = await data.$c.page({ where: { createdAt: { gte: new Date($n) } }, orderBy: [{ rank: 'desc' }, { name$t: 'asc' }], limit: 50 })
  page$n.rows.map((row) => row.updatedAt.getTime())`,
  `  const count$n = await data.$c.updateMany({ where: { active: true, size: { lt: $n } }, set: { active: false, rank: { increment: 2 } } })
  count$n.toFixed()`,
  `  const up$n = await data.$c.upsert({ on: ['email'], insert: { parentId: 'p', name$t: 'n', email: 'e$n', size: 1, ratio: 1, kind: 'green', tags: [], day: '2026-01-31' }, update: { size: { increment: 1 } } })
  up$n.total?.toString()`,
  `  const n$n = await data.$c.count({ where: { note: { startsWith: 'n$n' } } })
  await data.$c.deleteMany({ where: { rank: n$n } })`,
  `  await data.transaction(async (tx) => {
    const inner$n = await tx.$c.get('id$n', { forUpdate: true })
    await tx.$p.update(inner$n.parentId, { size: inner$n.size })
  }, { maxRetries: 3 })`,
  `  for await (const row of data.$c.stream({ where: { day: { gte: '2026-01-$n' } } })) row.ratio.toFixed()`,
]

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}
