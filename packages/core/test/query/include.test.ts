import { expect, it } from 'vitest'
import { memory } from '../../src/adapters/memory/index.ts'
import type { FindPlan } from '../../src/query/ast.ts'
import { findIncluding, maxParents } from '../../src/query/include.ts'
import { planFind, planFindOne, planGet } from '../../src/query/plan-find.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import type { Row } from '../../src/schema/definition.ts'
import { connected } from '../support/service.ts'

const schema = defineSchema({
  users: collection({ id: t.id(), name: t.text(), bossId: t.ref('users').nullable() }),
  posts: collection({ id: t.id(), userId: t.ref('users').nullable() }),
  tags: collection({ id: t.id() }),
  taggings: collection({ postId: t.ref('posts'), tagId: t.ref('tags') }).key('postId', 'tagId'),
}).relations((of) => ({
  users: {
    posts: of.users.hasMany('posts', 'userId'),
    boss: of.users.belongsTo('users', 'bossId'),
  },
  posts: {
    user: of.posts.belongsTo('users', 'userId'),
    tags: of.posts.hasManyThrough('tags', {
      through: 'taggings',
      field: 'postId',
      toField: 'tagId',
    }),
  },
}))
const users = schema.definition.collections.get('users')!
const posts = schema.definition.collections.get('posts')!

/** Answers with these rows, whatever is asked, and keeps what was. */
function scripted(answers: Readonly<Record<string, Row[]>>) {
  const plans: FindPlan[] = []
  const find = async (plan: FindPlan) => {
    plans.push(plan)
    return (answers[plan.collection.name] ?? []).map((row) => ({ ...row }))
  }
  return { plans, find }
}

it('asks nothing more where nothing is included, and nothing of rows that are not there', async () => {
  const { plans, find } = scripted({})
  const plan = planFind(users)
  await findIncluding(find, plan)
  expect(plans).toEqual([plan])
  await findIncluding(find, planFind(users, { include: { posts: { include: { tags: true } } } }))
  expect(plans).toHaveLength(2)
})

it('asks once for each relation, and twice where it leads through others', async () => {
  const { plans, find } = scripted({
    users: [
      { id: 'a', name: 'A', bossId: null },
      { id: 'b', name: 'B', bossId: 'a' },
    ],
    posts: [
      { id: 'p', userId: 'a' },
      { id: 'q', userId: 'b' },
    ],
    taggings: [{ postId: 'p', tagId: 't' }],
    tags: [{ id: 't' }],
  })
  const include = { posts: { include: { tags: true, user: true } }, boss: true }
  const rows = await findIncluding(find, planFind(users, { include }))
  expect(plans.map((plan) => plan.collection.name)).toEqual([
    'users',
    'posts',
    'users',
    'taggings',
    'tags',
    'users',
  ])
  expect(rows[0]).toMatchObject({ id: 'a', boss: null, posts: [{ id: 'p', tags: [{ id: 't' }] }] })
  expect(rows[1]).toMatchObject({ id: 'b', boss: { id: 'a' }, posts: [{ id: 'q', tags: [] }] })
})

it('names no more rows in a query than it may, and one by its value', async () => {
  const { plans, find } = scripted({
    users: Array.from({ length: 2 * maxParents + 1 }, (_, at) => ({
      id: String(at),
      name: '',
      bossId: null,
    })),
  })
  await findIncluding(find, planFind(users, { include: { posts: { limit: 1 } } }))
  const asked = plans.slice(1).map(({ filter }) => filter)
  expect(asked).toMatchObject([
    { operator: 'in', operand: { length: maxParents } },
    { operator: 'in', operand: { length: maxParents } },
    { operator: 'eq', operand: String(2 * maxParents) },
  ])
})

it('limits one row’s rows by the query, and those of several for each of them', async () => {
  const one = scripted({ users: [{ id: 'a', name: '', bossId: null }] })
  const query = { include: { posts: { limit: 3 } } }
  await findIncluding(one.find, planFindOne(users, query))
  expect(one.plans[1]).toMatchObject({ limit: 3, limitPer: undefined })
  const two = scripted({
    users: ['a', 'b'].map((id) => ({ id, name: '', bossId: null })),
  })
  await findIncluding(two.find, planFind(users, query))
  expect(two.plans[1]).toMatchObject({
    limit: undefined,
    limitPer: { field: { name: 'userId' }, limit: 3 },
  })
})

it('reads the fields that it goes by, and hands out those that were selected', async () => {
  const { plans, find } = scripted({
    posts: [{ id: 'p', userId: 'a' }],
    users: [{ id: 'a', name: 'A' }],
  })
  const query = { select: ['id'], include: { user: { select: ['name'] } } }
  expect(await findIncluding(find, planFind(posts, query))).toEqual([
    { id: 'p', user: { name: 'A' } },
  ])
  expect(plans.map(({ fields }) => fields.map(({ name }) => name))).toEqual([
    ['id', 'userId'],
    ['id', 'name'],
  ])
})

it('locks the rows that were asked for, and no others', async () => {
  const { plans, find } = scripted({ users: [{ id: 'a', name: 'A', bossId: 'a' }] })
  await findIncluding(find, planGet(users, 'a', { include: { boss: true }, forUpdate: true }))
  expect(plans.map(({ forUpdate }) => forUpdate)).toEqual([true, false])
})

it('keeps cursors right, whatever a page includes and does not select', async () => {
  const data = await connected(schema, memory())
  await data.users.insertMany(['a', 'b', 'c'].map((id) => ({ id, name: id.toUpperCase() })))
  await data.posts.insertMany(['a', 'b', 'c'].map((id) => ({ id, userId: id })))
  const query = {
    select: ['name'],
    include: { posts: { select: ['userId'] } },
    orderBy: { id: 'desc' },
    limit: 2,
  } as const
  const first = await data.users.page(query)
  expect(first.rows).toEqual([
    { name: 'C', posts: [{ userId: 'c' }] },
    { name: 'B', posts: [{ userId: 'b' }] },
  ])
  const second = await data.users.page({ ...query, after: first.next! })
  expect(second).toEqual({ rows: [{ name: 'A', posts: [{ userId: 'a' }] }], next: null })
})
