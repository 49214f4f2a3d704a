import { expect, test } from 'vitest'
import { collection, defineSchema, reservedNames, t } from '../../src/schema/index.ts'
import { errorOf } from '../support/errors.ts'

const users = collection({ id: t.id(), email: t.text({ maxLength: 191 }) })

/** Definitions that the types refuse too, or that they cannot judge. */
function define(collections: Record<string, unknown>, options?: unknown) {
  return defineSchema(collections as { users: typeof users }, options as object).definition
}

test('a schema is plain data with maps of what was declared', () => {
  const { definition } = defineSchema(
    {
      users: users.unique('email'),
      posts: collection({
        id: t.id(),
        userId: t.ref('users'),
        version: t.version(),
      })
        .index('userId', 'id')
        .table('articles'),
    },
    { naming: 'snake_case' },
  )
  const posts = definition.collections.get('posts')!
  expect([...definition.collections.keys()]).toEqual(['users', 'posts'])
  expect(posts.table).toBe('articles')
  expect(posts.fieldList.map(({ name, column }) => [name, column])).toEqual([
    ['id', 'id'],
    ['userId', 'user_id'],
    ['version', 'version'],
  ])
  expect(posts.key).toEqual([posts.fields.get('id')])
  expect(posts.version).toBe(posts.fields.get('version'))
  expect(posts.indexes).toEqual([
    { fields: [posts.fields.get('userId'), posts.fields.get('id')], unique: false },
  ])
  expect(definition.collections.get('users')!.indexes[0]).toMatchObject({ unique: true })
  expect(Object.isFrozen(posts)).toBe(true)
  expect(posts.fieldList.every((field) => Object.isFrozen(field))).toBe(true)
})

test('names become snake case, unless they are given or taken as they are', () => {
  const fields = {
    id: t.id(),
    createdAt: t.createdAt(),
    HTTPServer2: t.text(),
    userID: t.text(),
    a1B: t.text(),
    other: t.text().column('Given'),
  }
  const things = collection(fields)
  const columns = (naming: 'snake_case' | 'as_is') => {
    const definition = defineSchema({ myThings: things }, { naming }).definition
    const { table, fieldList } = definition.collections.get('myThings')!
    return [table, ...fieldList.map(({ column }) => column)]
  }
  expect(columns('snake_case')).toEqual([
    'my_things',
    'id',
    'created_at',
    'http_server2',
    'user_id',
    'a1_b',
    'Given',
  ])
  expect(columns('as_is')).toEqual([
    'myThings',
    'id',
    'createdAt',
    'HTTPServer2',
    'userID',
    'a1B',
    'Given',
  ])
})

test('a reference has the type of the key that it holds, through references too', () => {
  const { definition } = defineSchema({
    notes: collection({ id: t.id(), page: t.ref('profiles').nullable() }),
    profiles: collection({ userId: t.ref('pages') }).key('userId'),
    pages: collection({ slug: t.text({ maxLength: 50 }), parent: t.ref('pages').nullable() }).key(
      'slug',
    ),
  })
  const field = (name: string, of: string) => definition.collections.get(of)!.fields.get(name)!
  expect(field('page', 'notes')).toMatchObject({ kind: 'text', maxLength: 50, ref: 'profiles' })
  expect(field('userId', 'profiles')).toMatchObject({ kind: 'text', maxLength: 50, ref: 'pages' })
  expect(field('parent', 'pages')).toMatchObject({ kind: 'text', nullable: true })
})

test('the key is the id, or what is named as the key, in that order', () => {
  const keyOf = (value: unknown) =>
    define({ things: value })
      .collections.get('things')!
      .key.map(({ name }) => name)
  expect(keyOf(collection({ name: t.text(), me: t.id() }))).toEqual(['me'])
  const two = collection({ a: t.int(), b: t.enum(['x']), c: t.id() })
  expect(keyOf(two.key('b', 'a'))).toEqual(['b', 'a'])
  expect(keyOf(collection({ a: t.id(), b: t.id() }).key('b'))).toEqual(['b'])
})

test.each(reservedNames)('a collection may not be named %s', (name) => {
  const error = errorOf(() => define({ [name]: users }))
  expect(error.code).toBe('InvalidSchema')
  expect(error.message).toContain(`may not be named '${name}'`)
})

test('the list of reserved names holds every member of a plain object', () => {
  const members = Object.getOwnPropertyNames(Object.prototype).filter((n) => !n.startsWith('__'))
  expect(reservedNames).toEqual(expect.arrayContaining(members))
})

const field = (name: string) => ({ things: collection({ id: t.id(), [name]: t.text() }) })
const things = (extra: object) => collection({ id: t.id(), ...extra } as { id: never })

const refusals: readonly [what: string, make: () => unknown, words: string][] = [
  ['a collection that begins with $', () => define({ $users: users }), "begin with '$' or '__'"],
  [
    'a collection named __proto__',
    () => define(JSON.parse('{"__proto__": 1}') as Record<string, unknown>),
    "'$' or '__'",
  ],
  ['a collection with a dot', () => define({ 'a.b': users }), 'use a letter, then letters'],
  ['a collection that begins with a digit', () => define({ '1a': users }), 'use a letter, then'],
  ['a collection of other letters', () => define({ größe: users }), 'use a letter, then letters'],
  [
    'a collection that is none',
    () => define({ users: { id: t.id() } }),
    "'users' is no collection",
  ],
  ['a schema of nothing', () => define({}), 'at least one collection'],
  ['a schema that is no object', () => define(null as never), 'takes an object'],
  ['options that are null', () => define({ users }, null), 'such as { naming }, got null'],
  ['an unknown naming', () => define({ users }, { naming: 'kebab' }), "'as_is' or 'snake_case'"],
  [
    'an inherited naming',
    () => define({ users }, { naming: 'toString' }),
    "'as_is' or 'snake_case'",
  ],
  ['an unknown option', () => define({ users }, { name: 'x' }), "no option 'name'"],
  ['a field named AND', () => define(field('AND')), 'which joins filters'],
  ['a field named OR', () => define(field('OR')), 'which joins filters'],
  ['a field named NOT', () => define(field('NOT')), 'which joins filters'],
  ['a field that begins with $', () => define(field('$where')), "begin with '$' or '__'"],
  ['a field that begins with __', () => define(field('__x')), "begin with '$' or '__'"],
  ['a field with a space', () => define(field('a b')), 'use a letter, then letters'],
  ['a field named constructor', () => define(field('constructor')), ".column('constructor')"],
  ['a collection without fields', () => collection({}), 'needs fields'],
  ['a collection of values', () => collection({ id: 'text' as never }), "'id' is no field"],
  ['fields that are no object', () => collection(undefined as never), 'takes an object of fields'],
  [
    'a collection without a key',
    () => define({ things: collection({ a: t.text() }) }),
    'add id: t.id()',
  ],
  [
    'a collection with two ids',
    () => define({ things: things({ a: t.id() }) }),
    "name its key with .key('id')",
  ],
  ['an empty key', () => define({ users: users.key() }), 'names no field'],
  ['a misspelt key', () => define({ users: users.key('mail' as never) }), 'it has id, email'],
  [
    'a key that may be null',
    () => define({ things: things({ a: t.int().nullable() }).key('a' as never) }),
    'remove .nullable()',
  ],
  [
    'a version as the key',
    () => define({ things: things({ a: t.version() }).key('a' as never) }),
    'changes with every update',
  ],
  ['a key field twice', () => define({ users: users.key('id', 'id') }), 'names a field twice'],
  ['a misspelt index', () => define({ users: users.index('mail' as never) }), "names 'mail'"],
  ['an empty index', () => define({ users: users.index() }), '.index() of'],
  [
    'an index twice',
    () => define({ users: users.index('email').unique('email') }),
    'two indexes of (email)',
  ],
  [
    'an index of a long text',
    () => define({ things: things({ a: t.text() }).index('a' as never) }),
    't.text({ maxLength: 191 })',
  ],
  [
    'a unique text of 192',
    () => define({ things: things({ a: t.text({ maxLength: 192 }) }).unique('a' as never) }),
    'or shorter',
  ],
  [
    'a key of a long text',
    () => define({ things: things({ a: t.text() }).key('a' as never) }),
    'maxLength: 191',
  ],
  [
    'a misspelt reference',
    () => define({ users, posts: things({ a: t.ref('user') }) }),
    'there are users, posts',
  ],
  [
    'a reference to a composite key',
    () => define({ users: users.key('id', 'email'), posts: things({ a: t.ref('users') }) }),
    'a key of one field',
  ],
  [
    'a reference to a number',
    () => define({ ns: collection({ n: t.int() }).key('n'), posts: things({ a: t.ref('ns') }) }),
    't.id() or t.text()',
  ],
  [
    'a reference to a misspelt key',
    () => define({ posts: things({ a: t.ref('users') }), users: users.key('mail' as never) }),
    'it has id, email',
  ],
  [
    'a circle of keys',
    () =>
      define({
        a: collection({ b: t.ref('b') }).key('b'),
        b: collection({ a: t.ref('a') }).key('a'),
      }),
    'in a circle',
  ],
  [
    'a key that refers to itself',
    () => define({ a: collection({ b: t.ref('a') }).key('b') }),
    'in a circle',
  ],
  [
    'two fields of one column',
    () => define({ things: things({ a: t.text(), b: t.text().column('A') }) }),
    "'a' and 'b' of 'things' are both",
  ],
  [
    'two fields of one snake',
    () => define({ things: things({ aB: t.text(), a_b: t.text() }) }, { naming: 'snake_case' }),
    "the column 'a_b'",
  ],
  [
    'two collections of one table',
    () => define({ a: users, b: users.table('A') }),
    "'a' and 'b' are both the table",
  ],
  ['a table with a quote', () => users.table('a"b'), 'A table cannot be'],
  ['a column that becomes too long', () => define(field('x'.repeat(64))), '1 to 63'],
  [
    'two versions',
    () => define({ things: things({ a: t.version(), b: t.version() }) }),
    'several t.version()',
  ],
]

test.each(refusals)('%s is refused', (_, make, words) => {
  const error = errorOf(make)
  expect(error.code).toBe('InvalidSchema')
  expect(error.message).toContain(words)
})

test.each(['wherry_log', 'SQLITE_x', 'pg_class', 'pragma_x', 'json_each', 'Json_Tree', 'excluded'])(
  'a table is never named %s, whether by hand or by its collection',
  (name) => {
    for (const make of [() => users.table(name), () => define({ [name]: users })]) {
      const error = errorOf(make)
      expect(error.code).toBe('InvalidSchema')
      expect(error.message).toContain(`cannot be '${name}': the name is taken`)
    }
  },
)

const unfit = { float: t.float(), boolean: t.boolean(), bytes: t.bytes(), json: t.json() }
test.each(Object.keys(unfit))('a key is never of kind %s', (kind) => {
  const value = things({ a: unfit[kind as keyof typeof unfit] }).key('a' as never)
  expect(errorOf(() => define({ things: value })).message).toMatch(new RegExp(`of kind ${kind}`))
})

test.each(['bytes', 'json', 'array'] as const)('an index is never of kind %s', (kind) => {
  const fields = { bytes: t.bytes(), json: t.json(), array: t.array(t.int()) }
  const value = things({ a: fields[kind] })
  for (const indexed of [value.index('a' as never), value.unique('a' as never)]) {
    expect(errorOf(() => define({ things: indexed })).message).toContain(`of kind ${kind}`)
  }
})

test('a refusal names the collection and the field in its details', () => {
  const error = errorOf(() => define({ users: users.key('mail' as never) }))
  expect(error.details).toEqual({ collection: 'users', fields: ['mail'] })
})
