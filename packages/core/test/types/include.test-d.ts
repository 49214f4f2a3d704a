import { expectTypeOf, test } from 'vitest'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import type { FindQuery } from '../../src/service/query-types.ts'
import type { DataService } from '../../src/service/types.ts'

const schema = defineSchema({
  users: collection({ id: t.id(), name: t.text(), bossId: t.ref('users').nullable() }),
  posts: collection({ id: t.id(), userId: t.ref('users').nullable(), at: t.timestamp() }),
  tags: collection({ number: t.bigint(), label: t.text() }).key('number'),
  taggings: collection({ id: t.id(), postId: t.ref('posts'), tag: t.bigint() }),
}).relations((of) => ({
  users: {
    boss: of.users.belongsTo('users', 'bossId'),
    posts: of.users.hasMany('posts', 'userId'),
  },
  posts: {
    author: of.posts.belongsTo('users', 'userId'),
    tags: of.posts.hasManyThrough('tags', { through: 'taggings', field: 'postId', toField: 'tag' }),
  },
}))
type S = typeof schema
interface AppSchema extends S {}
declare const data: DataService<AppSchema>

interface User {
  id: string
  name: string
  bossId: string | null
}
interface Post {
  id: string
  userId: string | null
  at: Date
}
interface Tag {
  number: bigint
  label: string
}
interface TaggedPost extends Post {
  tags: Tag[]
}
interface UserWithBoss extends User {
  boss: User | null
}
interface RelatedUser extends UserWithBoss {
  posts: Post[]
}

test('belongsTo leads to a row or null, the others to rows', async () => {
  const users = await data.users.find({ include: { boss: true, posts: true } })
  expectTypeOf(users).toEqualTypeOf<RelatedUser[]>()
  const post = await data.posts.findOne({ include: { tags: {} } })
  expectTypeOf(post).toEqualTypeOf<TaggedPost | null>()
})

test('an include selects, and includes others', async () => {
  const user = await data.users.get('id', {
    select: ['name'],
    include: {
      posts: {
        where: { at: { gt: new Date() } },
        select: ['at'],
        orderBy: { at: 'desc' },
        limit: 3,
        include: { tags: { select: ['label'] }, author: { include: { boss: true } } },
      },
    },
  })
  expectTypeOf(user).toEqualTypeOf<{
    name: string
    posts: {
      at: Date
      tags: { label: string }[]
      author: UserWithBoss | null
    }[]
  }>()
})

test('pages and streams hold what they include', async () => {
  const { rows } = await data.posts.page({ select: ['id'], include: { author: true } })
  expectTypeOf(rows).toEqualTypeOf<{ id: string; author: User | null }[]>()
  for await (const row of data.posts.stream({ select: ['id'], include: { author: true } })) {
    expectTypeOf(row).toEqualTypeOf<{ id: string; author: User | null }>()
  }
})

test('a transaction reads as the service does', async () => {
  await data.transaction(async (tx) => {
    const row = await tx.users.get('id', { include: { boss: true }, forUpdate: true })
    expectTypeOf(row.boss).toEqualTypeOf<User | null>()
  })
})

test('a live query tells rows with what they include', () => {
  data.posts.live({ include: { author: { select: ['id'] } } }).subscribe(({ rows, changes }) => {
    expectTypeOf(rows[0]!.author).toEqualTypeOf<{ id: string } | null>()
    expectTypeOf(changes[0]!.row.author).toEqualTypeOf<{ id: string } | null>()
  })
  // @ts-expect-error there is no such relation
  data.posts.live({ include: { user: true } })
  // @ts-expect-error what is live has no select
  data.posts.live({ select: ['id'] })
})

test('a query that was declared by its type may include, and its rows say nothing of it', async () => {
  const query: FindQuery<AppSchema, 'users'> = { include: { posts: { limit: 1 } } }
  const [row] = await data.users.find(query)
  expectTypeOf(row).toEqualTypeOf<Partial<User> | undefined>()
})

test('what a relation does not have is refused at every depth', async () => {
  // @ts-expect-error there is no such relation
  await data.users.find({ include: { post: true } })
  // @ts-expect-error nor there
  await data.users.find({ include: { posts: { include: { user: true } } } })
  // @ts-expect-error a collection without relations has none to include
  await data.tags.find({ include: { posts: true } })
  // @ts-expect-error there is no such field
  await data.users.find({ include: { posts: { where: { title: 'x' } } } })
  // @ts-expect-error beside what is right, too
  await data.users.find({ include: { posts: { select: ['id', 'title'] } } })
  // @ts-expect-error one row has no order
  await data.users.find({ include: { boss: { orderBy: { name: 'asc' } } } })
  // @ts-expect-error nor a limit
  await data.users.find({ include: { boss: { limit: 1 } } })
  // @ts-expect-error each row has all of its rows from the first on
  await data.users.find({ include: { posts: { offset: 1 } } })
  // @ts-expect-error it is there or it is not
  await data.users.find({ include: { posts: false } })
  // @ts-expect-error counts have no rows
  await data.users.count({ include: { posts: true } })
})
