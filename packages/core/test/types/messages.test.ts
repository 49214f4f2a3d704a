import { describe, expect, test } from 'vitest'
import { compile } from './compiler.ts'

const head = `import { z } from 'zod'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { data } from './schema.ts'
`

/** Each statement, and what the compiler must say of it: the words that a person goes by. */
const expected = {
  field: [
    `data.emotions.find({ where: { usrId: 'u' } })`,
    `'usrId' does not exist in type 'Where<AppSchema, "emotions">'. Did you mean to write 'userId'?`,
  ],
  nestedField: [
    `data.emotions.find({ where: { userId: 'u', OR: [{ level: 1 }, { NOT: { levl: 1 } }] } })`,
    `'levl' does not exist in type 'Where<AppSchema, "emotions">'. Did you mean to write 'level'?`,
  ],
  operator: [
    `data.emotions.find({ where: { level: { contains: 'x' } } })`,
    `'contains' does not exist in type 'OrderOps<number, never>'`,
  ],
  value: [
    `data.emotions.find({ where: { kind: { in: ['happy', 'sadd'] } } })`,
    `'"sadd"' is not assignable to type '"happy" | "sad" | "calm"'. Did you mean '"sad"'?`,
  ],
  key: [
    `data.emotions.find({ limt: 5 })`,
    `'limt' does not exist in type 'FindQuery<AppSchema, "emotions">'. Did you mean to write 'limit'?`,
  ],
  selection: [
    `data.emotions.find({ select: ['userid'] })`,
    `'"userid"' is not assignable to type 'FieldName<AppSchema, "emotions">'. Did you mean '"userId"'?`,
  ],
  order: [
    `data.emotions.find({ orderBy: { tags: 'asc' } })`,
    `'tags' does not exist in type 'OneOrMany<OrderBy<AppSchema, "emotions">>'`,
  ],
  upsertOn: [
    `data.users.upsert({ on: ['age'], insert: { email: 'e' }, update: { age: 1 } })`,
    `'"age"' is not assignable to type 'UniqueName<AppSchema, "users">'`,
  ],
  ifVersion: [
    `data.pages.delete('s', { ifVersion: 3 })`,
    `Type 'number' is not assignable to type '"this collection has no t.version() field"'`,
  ],
  collectionName: [
    `data.emotion.find({})`,
    `Property 'emotion' does not exist on type 'DataService<AppSchema>'. Did you mean 'emotions'?`,
  ],
  jsonOperator: [
    `data.emotions.find({ where: { data: { path: ['score'], contains: 'x' } } })`,
    `'contains' does not exist in type 'JsonOrderOps<readonly ["score"], number, null>'`,
  ],
  jsonValue: [
    `data.emotions.find({ where: { data: { path: ['parts', 0, 'name'], eq: 'ear' } } })`,
    `Type '"ear"' is not assignable to type '`,
  ],
  measureField: [
    `data.emotions.aggregate({ measures: { n: { sum: 'levl' } } })`,
    `Did you mean '"level"'?`,
  ],
  measureFunctions: [
    `data.emotions.aggregate({ measures: { n: { min: 'level', max: 'level' } } })`,
    `is not assignable to type 'OneFunctionPerMeasure'`,
  ],
  groupOrder: [
    `data.emotions.aggregate({ groupBy: ['kind'], measures: { n: 'count' }, orderBy: { m: 'asc' } })`,
    `'m' does not exist in type 'OneOrMany<GroupOrder<"kind" | "n">>'`,
  ],
  missing: [
    `data.emotions.insert({ kind: 'sad', level: 1, day: '2026-01-31', tags: [] })`,
    `Property 'userId' is missing in type`,
  ],
  patch: [
    `data.emotions.update('i', { id: 'j' })`,
    `'id' does not exist in type 'UpdateOf<AppSchema, "emotions">'`,
  ],
  undefinedTerm: [
    `declare const maybe: string | undefined; data.emotions.deleteMany({ where: { userId: maybe } })`,
    `'"'userId' may be undefined, which no filter takes: leave it out, or use null"'`,
  ],
  reserved: [
    `defineSchema({ connect: collection({ id: t.id() }) })`,
    `is not assignable to type '"a collection may not be named connect: the name is reserved"'`,
  ],
  dollar: [
    `defineSchema({ $users: collection({ id: t.id() }) })`,
    `'"a collection may not be named $users: names do not begin with $ or __"'`,
  ],
  indexed: [
    `collection({ id: t.id(), email: t.text() }).index('emial')`,
    `Argument of type '"emial"' is not assignable to parameter of type '"id" | "email"'`,
  ],
  jsonDate: [
    `t.json(z.object({ a: z.array(z.object({ at: z.date() })) }))`,
    `'"t.json() takes only JSON: the value.a[].at is a Date"'`,
  ],
  jsonUnknown: [
    `t.json(z.object({ a: z.unknown() }))`,
    `'"t.json() takes only JSON: the value.a is of unknown type"'`,
  ],
  jsonTransform: [
    `t.json(z.string().transform(Number))`,
    `"t.json() takes no schema that transforms: what it gives out must be valid input again"`,
  ],
  jsonNull: [
    `t.json(z.string().nullable())`,
    `"t.json() takes no schema that accepts null: put .nullable() on the field instead"`,
  ],
  jsonAny: [
    `t.json(z.any())`,
    `"t.json() takes no schema of type any: leave the schema out to store any JSON"`,
  ],
} as const satisfies Record<string, readonly [statement: string, message: string]>

const exported = `${head}
export const users = collection({ id: t.id(), email: t.text().nullable(), data: t.json(z.object({ a: z.string() })) })
export const schema = defineSchema({ users }).relations((of) => ({ users: { self: of.users.hasMany('users', 'id') } }))
export const email = t.text({ maxLength: 191 })
export const rows = () => data.emotions.find({ select: ['id', 'data'] })
export const groups = () => data.emotions.aggregate({ measures: { n: 'count' } })
export const insert = data.emotions.insert
`

// A compiler takes seconds to start, and each of these tests needs its own.
describe('the compiler', () => {
  test('says of a wrong name, operator or value what a person can read', () => {
    const emitting = { declaration: true, noEmit: false, rewriteRelativeImportExtensions: false }
    const said = compile({ ...statements(expected), exported }, emitting)
    for (const [name, [, words]] of Object.entries(expected)) {
      expect.soft(said[name as keyof typeof expected], name).toContain(words)
    }
    expect.soft(said.reserved).toMatch(/^Type 'Collection<.*>' is not assignable to type '"a coll/)
    expect.soft(said.exported, 'what applications export has declarations').toBeUndefined()
  })

  test('refuses undefined in writes and counts without exactOptionalPropertyTypes too', () => {
    const maybe = 'declare const maybe: string | undefined\n'
    const texts = {
      find: `data.emotions.find({ where: { userId: maybe } })`,
      set: `data.emotions.updateMany({ where: {}, set: { note: maybe } })`,
      spread: `data.emotions.deleteMany({ where: { ...(maybe && { userId: maybe }) } })`,
      declared: `import type { Where } from '../../src/schema/index.ts'
      import type { AppSchema } from './schema.ts'
      const where: Where<AppSchema, 'emotions'> = { level: 1 }; data.emotions.deleteMany({ where })`,
      remove: `data.emotions.deleteMany({ where: { userId: maybe } })`,
      nested: `data.emotions.deleteMany({ where: { OR: [{ seenAt: new Date(0) }, { userId: { in: ['u'], ne: maybe } }] } })`,
      change: `data.emotions.updateMany({ where: { userId: maybe }, set: { level: 1 } })`,
      count: `data.emotions.count({ where: { userId: maybe } })`,
      misspelt: `data.emotions.count({ where: { usrId: 'u' } })`,
    }
    const heads = Object.entries(texts).map(([name, text]) => [name, `${head}${maybe}${text}`])
    const messages = compile(Object.fromEntries(heads) as typeof texts, {
      exactOptionalPropertyTypes: false,
    })
    expect.soft(messages.find).toBeUndefined()
    expect.soft(messages.set).toBeUndefined()
    expect.soft(messages.spread).toBeUndefined()
    expect.soft(messages.declared).toBeUndefined()
    expect.soft(messages.remove).toContain(`"'userId' may be undefined, which no filter takes`)
    expect.soft(messages.nested).toContain(`"'ne' may be undefined, which no filter takes`)
    expect.soft(messages.change).toContain(`"'userId' may be undefined, which no filter takes`)
    expect.soft(messages.count).toContain(`"'userId' may be undefined, which no filter takes`)
    expect.soft(messages.misspelt).toContain(`Did you mean to write 'userId'?`)
  })
})

function statements<Name extends string>(
  cases: Readonly<Record<Name, readonly [string, string]>>,
): Record<Name, string> {
  const texts = Object.entries<readonly [string, string]>(cases)
  return Object.fromEntries(texts.map(([name, [text]]) => [name, head + text])) as Record<
    Name,
    string
  >
}
