import { expect, test } from 'vitest'
import { complete } from './compiler.ts'

const head = `import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { data } from './schema.ts'
`
const fields = ['id', 'userId', 'kind', 'level', 'tags', 'version']
const collections = ['users', 'emotions', 'members', 'pages']

const cases: Record<string, readonly [text: string, offered: string[]]> = {
  service: [`data.|`, [...collections, 'connect', 'transaction']],
  where: [`data.emotions.find({ where: { | } })`, [...fields, 'AND', 'OR', 'NOT']],
  nested: [`data.emotions.find({ where: { OR: [{ | }] } })`, fields],
  operators: [`data.emotions.find({ where: { level: { | } } })`, ['eq', 'in', 'gt', 'isNull']],
  values: [`data.emotions.find({ where: { kind: '|' } })`, ['happy', 'sad', 'calm']],
  select: [`data.emotions.find({ select: ['|'] })`, fields],
  orderBy: [`data.emotions.find({ orderBy: { | } })`, ['id', 'level', 'createdAt']],
  direction: [`data.emotions.find({ orderBy: { level: '|' } })`, ['asc', 'desc']],
  remove: [`data.emotions.deleteMany({ where: { | } })`, fields],
  path: [`data.emotions.find({ where: { data: { path: ['|'] } } })`, ['source', 'score', 'parts']],
  deepPath: [
    `data.emotions.find({ where: { data: { path: ['parts', 0, '|'] } } })`,
    ['name', 'at'],
  ],
  measure: [`data.emotions.aggregate({ measures: { n: { sum: '|' } } })`, ['level', 'total']],
  having: [
    `data.emotions.aggregate({ groupBy: ['kind'], measures: { n: 'count' }, having: { | } })`,
    ['kind', 'n'],
  ],
  insert: [`data.emotions.insert({ | })`, ['userId', 'kind', 'note']],
  patch: [`data.emotions.updateMany({ where: {}, set: { | } })`, ['level', 'note']],
  on: [`data.users.upsert({ on: ['|'] })`, ['id', 'email']],
  index: [`collection({ id: t.id(), email: t.text() }).index('|')`, ['id', 'email']],
  relationTo: [
    `defineSchema({ users: collection({ id: t.id() }), posts: collection({ id: t.id(), userId: t.ref('users') }) })
      .relations((of) => ({ users: { posts: of.users.hasMany('|') } }))`,
    ['users', 'posts'],
  ],
  relationField: [
    `defineSchema({ users: collection({ id: t.id() }), posts: collection({ id: t.id(), userId: t.ref('users') }) })
      .relations((of) => ({ users: { posts: of.users.hasMany('posts', '|') } }))`,
    ['id', 'userId'],
  ],
}

/** What is not offered, because it does not fit. */
const wrong: typeof cases = {
  notInOrderBy: [`data.emotions.find({ orderBy: { | } })`, ['tags', 'photo', 'data']],
  notMeasured: [`data.emotions.aggregate({ measures: { n: { sum: '|' } } })`, ['note', 'active']],
  notPatched: [
    `data.emotions.updateMany({ where: {}, set: { | } })`,
    ['id', 'createdAt', 'version'],
  ],
}

test('an editor offers what fits at every place of a query', () => {
  const offers = complete(texts({ ...cases, ...wrong }))
  for (const [name, [, offered]] of Object.entries(cases)) {
    expect.soft(offers[name], name).toEqual(expect.arrayContaining(offered))
  }
  for (const [name, [, absent]] of Object.entries(wrong)) {
    for (const field of absent) expect.soft(offers[name], name).not.toContain(field)
  }
})

function texts(all: typeof cases): Record<string, string> {
  return Object.fromEntries(Object.entries(all).map(([name, [text]]) => [name, head + text]))
}
