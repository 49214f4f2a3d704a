import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { collection, defineSchema, t, type RowOf } from '../../src/schema/index.ts'

const users = collection({ id: t.id(), email: t.text({ maxLength: 191 }) })
const posts = collection({ id: t.id(), authorId: t.ref('users'), title: t.text() })

test('fields are made with what their kind takes', () => {
  t.decimal(5, 2).default('0.00').nullable()
  t.int().default(1).check(z.int().min(1))
  t.text().nullable().default(null)
  t.enum(['a', 'b']).default('a').column('other')
  t.array(t.int()).default([])
  t.json(z.object({ a: z.number().default(1) })).default({})
  // @ts-expect-error a default is of the field's type
  t.int().default('1')
  // @ts-expect-error and null only where that may be
  t.int().default(null)
  // @ts-expect-error one of the values
  t.enum(['a', 'b']).default('c')
  // @ts-expect-error a decimal has a scale
  t.decimal(5)
  // @ts-expect-error there is no such option
  t.text({ length: 5 })
  // @ts-expect-error a check takes what the field holds
  t.text().check(z.number())
  // @ts-expect-error a check keeps the type
  t.text().check(z.string().transform(Number))
  // @ts-expect-error arrays hold scalars
  t.array(t.json())
  // @ts-expect-error and no nulls
  t.array(t.text().nullable())
  // @ts-expect-error nor arrays
  t.array(t.array(t.text()))
  // @ts-expect-error an id is never null
  t.id().nullable()
  // @ts-expect-error the service counts
  t.version().default(1)
})

test('a JSON field is null only where it says so', () => {
  const json = t.json()
  const nullable = json.nullable()
  expectTypeOf<null>().not.toExtend<(typeof json)['~input']>()
  expectTypeOf<null>().toExtend<(typeof nullable)['~input']>()
})

test('JSON fields have separate input and output', () => {
  const field = t.json(z.object({ a: z.number().default(1) }))
  expectTypeOf<(typeof field)['~row']>().toEqualTypeOf<{ a: number }>()
  expectTypeOf<(typeof field)['~input']>().toEqualTypeOf<{ a?: number | undefined }>()
})

test('JSON fields may be of a type that contains itself', () => {
  interface Tree {
    name: string
    children: Tree[]
    note?: string
  }
  const tree: z.ZodType<Tree, Tree> = z.lazy(() =>
    z.object({ name: z.string(), children: z.array(tree), note: z.string().exactOptional() }),
  )
  const field = t.json(tree)
  expectTypeOf<(typeof field)['~row']>().toEqualTypeOf<Tree>()
  t.json(z.json().and(z.object({ a: z.string() })))
})

test('JSON fields refuse what is not JSON', () => {
  // @ts-expect-error a Date
  t.json(z.date())
  // @ts-expect-error deeper down
  t.json(z.object({ a: z.array(z.object({ b: z.bigint() })) }))
  // @ts-expect-error a transform
  t.json(z.string().transform(Number))
  // @ts-expect-error null is said by the field
  t.json(z.string().nullable())
  // @ts-expect-error anything may not be JSON
  t.json(z.any())
  // @ts-expect-error anything may not be JSON
  t.json(z.object({ a: z.unknown() }))
  // @ts-expect-error an array holds no undefined
  t.json(z.array(z.string().optional()))
})

test('keys, indexes and uniques name fields of the collection', () => {
  users.index('email').unique('email', 'id').table('people').key('email')
  // @ts-expect-error there is no such field
  users.index('mail')
  // @ts-expect-error there is no such field
  users.unique('email', 'mail')
  // @ts-expect-error there is no such field
  users.key('mail')
})

test('collections may not take the names of the service', () => {
  defineSchema({ users, posts })
  // @ts-expect-error reserved
  defineSchema({ users, connect: posts })
  // @ts-expect-error reserved
  defineSchema({ then: users })
  // @ts-expect-error for engines
  defineSchema({ $users: users })
  // @ts-expect-error not a collection
  defineSchema({ users: { id: t.id() } })
  // @ts-expect-error there is no such naming
  defineSchema({ users }, { naming: 'kebab-case' })
})

test('relations name collections and fields that are there', () => {
  const schema = defineSchema({ users, posts })
  schema.relations((of) => ({ users: { posts: of.users.hasMany('posts', 'authorId') } }))
  // @ts-expect-error there is no such collection
  schema.relations((of) => ({ users: { posts: of.users.hasMany('post', 'authorId') } }))
  // @ts-expect-error there is no such field in posts
  schema.relations((of) => ({ users: { posts: of.users.hasMany('posts', 'email') } }))
  // @ts-expect-error there is no such field in posts
  schema.relations((of) => ({ posts: { author: of.posts.belongsTo('users', 'userId') } }))
  // @ts-expect-error there is no such collection
  schema.relations((of) => ({ users: { posts: of.user.hasMany('posts', 'authorId') } }))
  // @ts-expect-error a relation is made by of
  schema.relations(() => ({ users: { posts: 'posts' } }))
  const related = schema.relations((of) => ({
    users: {
      friends: of.users.hasManyThrough('users', {
        through: 'posts',
        field: 'authorId',
        toField: 'authorId',
      }),
    },
  }))
  expectTypeOf<RowOf<typeof related, 'users'>>().toEqualTypeOf<{ id: string; email: string }>()
  // @ts-expect-error relations are declared once
  related.relations(() => ({}))
})
