import { expect, test } from 'vitest'
import { z } from 'zod'
import { collection, defineSchema, descriptor, fromDescriptor, t } from '../../src/schema/index.ts'
import { errorOf } from '../support/errors.ts'

const users = collection({ id: t.id(), email: t.text({ maxLength: 191 }) }).unique('email')

function makeSchema(change: Record<string, unknown> = {}) {
  const posts = collection({
    id: t.id(),
    userId: t.ref('users'),
    kind: t.enum(['note', 'page']).default('note'),
    price: t.decimal(5, 2).nullable(),
    tags: t.array(t.text({ maxLength: 9 })),
    data: t.json(z.object({ a: z.string() })).nullable(),
    createdAt: t.createdAt(),
    version: t.version(),
    ...(change as object),
  }).index('userId')
  return defineSchema({ users, posts }, { naming: 'snake_case' }).relations((of) => ({
    users: { posts: of.users.hasMany('posts', 'userId') },
  }))
}

test('the descriptor is what a client needs to know, as JSON', () => {
  const schema = makeSchema()
  const described = descriptor(schema)
  expect(described).toEqual({
    hash: schema.definition.hash,
    collections: {
      users: {
        key: ['id'],
        fields: {
          id: { kind: 'id', hasDefault: true },
          email: { kind: 'text', maxLength: 191 },
        },
        relations: { posts: { kind: 'hasMany', to: 'posts', field: 'userId' } },
      },
      posts: {
        key: ['id'],
        fields: {
          id: { kind: 'id', hasDefault: true },
          userId: { kind: 'id', ref: 'users' },
          kind: { kind: 'enum', values: ['note', 'page'], hasDefault: true },
          price: { kind: 'decimal', precision: 5, scale: 2, nullable: true },
          tags: { kind: 'array', element: { kind: 'text', maxLength: 9 } },
          data: { kind: 'json', nullable: true },
          createdAt: { kind: 'timestamp', managed: 'createdAt' },
          version: { kind: 'int', managed: 'version' },
        },
      },
    },
  })
  expect(JSON.parse(JSON.stringify(described))).toEqual(described)
})

test('equal schemas have equal hashes, whatever the order of their parts', () => {
  expect(makeSchema().definition.hash).toBe(makeSchema().definition.hash)
  expect(makeSchema().definition.hash).toMatch(/^[\da-f]{16}$/)
  const forward = defineSchema({ a: users, b: users.table('other') })
  const backward = defineSchema({ b: users.table('other'), a: users })
  expect(forward.definition.hash).toBe(backward.definition.hash)
  const mixed = collection({ email: t.text({ maxLength: 191 }), id: t.id() }).unique('email')
  expect(defineSchema({ a: mixed }).definition.hash).toBe(
    defineSchema({ a: users }).definition.hash,
  )
})

test('the hash is the same in every version and on every machine', () => {
  expect(defineSchema({ users }).definition.hash).toBe('96ae051e2b2475ab')
})

const changes: [what: string, change: Record<string, unknown>][] = [
  ['a field more', { more: t.int() }],
  ['another kind', { price: t.int().nullable() }],
  ['another scale', { price: t.decimal(5, 1).nullable() }],
  ['not nullable', { price: t.decimal(5, 2) }],
  ['another column', { price: t.decimal(5, 2).nullable().column('cost') }],
  ['another default', { kind: t.enum(['note', 'page']).default('page') }],
  ['another value', { kind: t.enum(['note', 'book']).default('note') }],
  ['no version', { version: t.int() }],
]

test.each(changes)('%s changes the hash', (_, change) => {
  expect(makeSchema(change).definition.hash).not.toBe(makeSchema().definition.hash)
})

test('a table, an index, a unique and a relation change the hash', () => {
  const base = collection({ id: t.id(), a: t.int() })
  const hashes = [
    defineSchema({ base }),
    defineSchema({ base: base.table('other') }),
    defineSchema({ base: base.index('a') }),
    defineSchema({ base: base.unique('a') }),
    defineSchema({ base: base.key('a') }),
    defineSchema({ base }).relations((of) => ({ base: { self: of.base.hasMany('base', 'id') } })),
  ].map(({ definition }) => definition.hash)
  expect(new Set(hashes).size).toBe(hashes.length)
})

test('checks and default functions do not change the hash', () => {
  const one = defineSchema({ a: collection({ id: t.id(), n: t.int().default(() => 1) }) })
  const two = defineSchema({
    a: collection({
      id: t.id(),
      n: t
        .int()
        .check(z.int())
        .default(() => 2),
    }),
  })
  expect(one.definition.hash).toBe(two.definition.hash)
})

test.each<unknown>([null, 5, {}, { collections: null }, { collections: { a: {} } }])(
  '%o is no descriptor, and said to be none',
  (garbage) => {
    const error = errorOf(() => fromDescriptor(garbage as never))
    expect(error.code).toBe('InvalidSchema')
    expect(error.message).toContain('descriptor()')
  },
)
