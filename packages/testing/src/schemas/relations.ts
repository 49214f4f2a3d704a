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

/** Names that triggers have for rows, for tables of rows, and for what they make of a row. */
const ofTrigger = () =>
  collection({
    id: t.id(),
    r: t.int(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  })
export const triggerNames: AnySchema = defineSchema({
  new: ofTrigger(),
  old: ofTrigger().table('OLD'),
  added: ofTrigger(),
  removed: ofTrigger(),
})

/** Names that SQL has for values, on either side of a relation. */
export const valueNames: AnySchema = defineSchema({
  nodes: collection({
    id: t.id(),
    true: t.ref('nodes').nullable(),
    False: t.int().nullable(),
    null: t.text().nullable(),
  }),
}).relations((of) => ({ nodes: { parts: of.nodes.hasMany('nodes', 'true') } }))

/** Relations of every kind: to keys of several kinds, to itself, by null, and through joins. */
export const library: AnySchema = defineSchema({
  countries: collection({ code: t.text({ maxLength: 2 }), name: t.text() }).key('code'),
  authors: collection({
    id: t.id(),
    name: t.text({ maxLength: 40 }),
    country: t.ref('countries').nullable(),
    mentorId: t.ref('authors').nullable(),
  }),
  books: collection({
    id: t.id(),
    authorId: t.ref('authors').nullable(),
    title: t.text({ maxLength: 40 }),
    pages: t.int().nullable(),
    price: t.decimal(9, 2).default('0.00'),
    out: t.timestamp().nullable(),
    cover: t.bytes().nullable(),
  }).index('authorId'),
  tags: collection({ number: t.int(), label: t.text({ maxLength: 20 }) }).key('number'),
  taggings: collection({ id: t.id(), bookId: t.ref('books'), tag: t.int().nullable() }).index(
    'bookId',
  ),
  shelves: collection({ number: t.bigint(), room: t.text() }).key('number'),
  copies: collection({ id: t.id(), bookId: t.ref('books'), shelf: t.bigint().nullable() }),
  days: collection({ at: t.timestamp(), isOpen: t.boolean() }).key('at'),
  loans: collection({ id: t.id(), copyId: t.ref('copies'), at: t.timestamp() }),
}).relations((of) => ({
  countries: { authors: of.countries.hasMany('authors', 'country') },
  authors: {
    homeland: of.authors.belongsTo('countries', 'country'),
    mentor: of.authors.belongsTo('authors', 'mentorId'),
    pupils: of.authors.hasMany('authors', 'mentorId'),
    books: of.authors.hasMany('books', 'authorId'),
  },
  books: {
    author: of.books.belongsTo('authors', 'authorId'),
    tags: of.books.hasManyThrough('tags', { through: 'taggings', field: 'bookId', toField: 'tag' }),
    shelves: of.books.hasManyThrough('shelves', {
      through: 'copies',
      field: 'bookId',
      toField: 'shelf',
    }),
    copies: of.books.hasMany('copies', 'bookId'),
  },
  tags: {
    books: of.tags.hasManyThrough('books', {
      through: 'taggings',
      field: 'tag',
      toField: 'bookId',
    }),
  },
  shelves: { copies: of.shelves.hasMany('copies', 'shelf') },
  copies: {
    book: of.copies.belongsTo('books', 'bookId'),
    place: of.copies.belongsTo('shelves', 'shelf'),
  },
  days: { loans: of.days.hasMany('loans', 'at') },
  loans: { day: of.loans.belongsTo('days', 'at') },
}))
