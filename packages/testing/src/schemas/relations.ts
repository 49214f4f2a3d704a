import { collection, defineSchema, t, type AnySchema } from '@wherry/core/schema'

/** Unique indexes of one field and of two, nullable and not, beside numbers to change. */
export const accounts: AnySchema = defineSchema({
  accounts: collection({
    id: t.id(),
    email: t.text({ maxLength: 191 }),
    nick: t.text({ maxLength: 40 }).nullable(),
    region: t.text({ maxLength: 20 }).nullable(),
    slot: t.int().nullable(),
    balance: t.int().default(0),
    points: t.int().nullable(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  })
    .unique('email')
    .unique('nick')
    .unique('region', 'slot'),
})

/** References: required, nullable, to itself, to a text key, and as parts of a key. */
export const forum: AnySchema = defineSchema({
  countries: collection({ code: t.text({ maxLength: 2 }), name: t.text() }).key('code'),
  users: collection({ id: t.id(), name: t.text(), country: t.ref('countries').nullable() }),
  posts: collection({
    id: t.id(),
    userId: t.ref('users'),
    parentId: t.ref('posts').nullable(),
    title: t.text(),
  }).index('userId'),
  likes: collection({
    userId: t.ref('users'),
    postId: t.ref('posts'),
    weight: t.int().default(1),
  }).key('userId', 'postId'),
})

/** Keys of every kind that may be one, and of several fields. */
export const keys: AnySchema = defineSchema({
  seats: collection({
    row: t.text({ maxLength: 10 }),
    number: t.int(),
    guest: t.text().nullable(),
    version: t.version(),
  }).key('row', 'number'),
  ints: collection({ key: t.int(), note: t.text() }).key('key'),
  bigints: collection({ key: t.bigint(), note: t.text() }).key('key'),
  decimals: collection({ key: t.decimal(9, 2), note: t.text() }).key('key'),
  dates: collection({ key: t.date(), note: t.text() }).key('key'),
  timestamps: collection({ key: t.timestamp(), note: t.text() }).key('key'),
  enums: collection({ key: t.enum(['a', 'b']), note: t.text() }).key('key'),
  texts: collection({ key: t.text({ maxLength: 20 }), note: t.text() }).key('key'),
  pairs: collection({ day: t.date(), at: t.timestamp() }).key('day', 'at'),
})

/** Names that mean something in SQL, and names that differ in the database. */
export const mapped: AnySchema = defineSchema(
  {
    order: collection({
      id: t.id(),
      group: t.text({ maxLength: 20 }),
      select: t.int().nullable(),
      from: t.text({ maxLength: 20 }).column('Where').nullable(),
      limit: t.int().default(1),
      rowid: t.text().nullable(),
      createdAt: t.createdAt(),
      updatedBy: t.text({ maxLength: 20 }).nullable(),
    })
      .unique('group')
      .unique('from', 'updatedBy')
      .index('select', 'limit')
      .table('Table'),
    orderLines: collection({ id: t.id(), orderId: t.ref('order'), unitPrice: t.decimal(9, 2) }),
  },
  { naming: 'snake_case' },
)
