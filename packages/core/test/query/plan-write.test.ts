import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  planDelete,
  planDeleteMany,
  planInsert,
  planUpdate,
  planUpdateMany,
  planUpsert,
  type WriteContext,
} from '../../src/query/plan-write.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { codeOf, errorOf } from '../support/errors.ts'

const schema = defineSchema({
  posts: collection({
    id: t.id(),
    slug: t.text({ maxLength: 20 }),
    likes: t.int().default(0),
    score: t.decimal(6, 2).nullable(),
    tags: t.array(t.text()).default([]),
    data: t.json().nullable(),
    createdAt: t.createdAt(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  }).unique('slug'),
  marks: collection({ at: t.int(), of: t.int(), n: t.int() }).key('at', 'of').unique('n', 'of'),
})
const posts = schema.definition.collections.get('posts')!
const marks = schema.definition.collections.get('marks')!
const context: WriteContext = { now: () => 1_000, newId: () => 'new-id' }
const insert = (row: unknown) => planInsert(posts, [row], context).rows[0]!
const patch = (set: unknown) => planUpdate(posts, 'p1', set, undefined, context).set
const assigned = (set: unknown) =>
  patch(set).map(({ field, operation, value }) => [field.name, operation, value])
const managedBy = [
  ['updatedAt', 'set', new Date(1_000)],
  ['version', 'increment', 1],
]

describe('planInsert', () => {
  it('completes a row by defaults, nulls, a new id, and what the service keeps', () => {
    expect(insert({ slug: 'a' })).toEqual({
      id: 'new-id',
      slug: 'a',
      likes: 0,
      score: null,
      tags: [],
      data: null,
      createdAt: new Date(1_000),
      updatedAt: new Date(1_000),
      version: 1,
    })
  })

  it('takes undefined for absent, and keeps what is given', () => {
    const row = insert({
      id: 'mine',
      slug: 'a',
      likes: undefined,
      score: '1.5',
      createdAt: new Date(5),
    })
    expect(row).toMatchObject({ id: 'mine', likes: 0, score: '1.50', createdAt: new Date(5) })
  })

  it('shares no default and nothing given with the row', () => {
    const given = { slug: 'a', tags: ['x'], data: { list: [1] }, createdAt: new Date(5) }
    const row = insert(given)
    given.tags.push('y')
    given.data.list.push(2)
    given.createdAt.setTime(6)
    expect(row).toMatchObject({ tags: ['x'], data: { list: [1] }, createdAt: new Date(5) })
    ;(insert({ slug: 'a' }).tags as string[]).push('z')
    expect(insert({ slug: 'a' }).tags).toEqual([])
  })

  it.each<[row: unknown, code: string]>([
    [undefined, 'InvalidValue'],
    [null, 'InvalidValue'],
    [[], 'InvalidValue'],
    [new Map(), 'InvalidValue'],
    [{}, 'InvalidValue'],
    [{ slug: null }, 'InvalidValue'],
    [{ slug: 1 }, 'InvalidValue'],
    [{ slug: 'x'.repeat(21) }, 'InvalidValue'],
    [{ slug: 'a', nope: 1 }, 'UnknownField'],
    [{ slug: 'a', nope: undefined }, 'UnknownField'],
    [{ slug: 'a', $set: 1 }, 'UnknownField'],
    [JSON.parse('{ "slug": "a", "__proto__": {} }'), 'UnknownField'],
    [{ slug: 'a', updatedAt: new Date(0) }, 'InvalidValue'],
    [{ slug: 'a', version: 1 }, 'InvalidValue'],
    [{ slug: 'a', id: '' }, 'InvalidValue'],
    [{ slug: 'a', id: null }, 'InvalidValue'],
    [{ slug: 'a', likes: { increment: 1 } }, 'InvalidValue'],
    [{ slug: 'a', likes: 2 ** 53 }, 'OutOfRange'],
    [{ slug: 'a', score: '12345.00' }, 'OutOfRange'],
    [{ slug: 'a', data: { $x: 1 } }, 'InvalidValue'],
    [{ slug: 'a', tags: ['a', null] }, 'InvalidValue'],
    [{ slug: 'a', tags: Array(1) }, 'InvalidValue'],
  ])('refuses %o with %s', (row, code) => {
    expect(codeOf(() => insert(row))).toBe(code)
  })

  it('refuses a list with holes', () => {
    expect(codeOf(() => planInsert(posts, Array(2), context))).toBe('InvalidValue')
  })

  it('names the field at fault and says what to do', () => {
    const error = errorOf(() => insert({ likes: 1 }))
    expect(error.details).toMatchObject({ collection: 'posts', fields: ['slug'] })
    expect(error.message).toMatch(/'slug'.*missing.*give it a value/)
  })
})

describe('planUpdate', () => {
  it('sets, increments, and keeps updatedAt and version', () => {
    expect(assigned({ slug: 'b', likes: { increment: -2 }, score: { increment: '0.5' } })).toEqual([
      ['slug', 'set', 'b'],
      ['likes', 'increment', -2],
      ['score', 'increment', '0.50'],
      ...managedBy,
    ])
  })

  it('takes undefined for absent, null for null, and any object for JSON', () => {
    expect(assigned({ slug: undefined, score: null, data: { increment: 1 } })).toEqual([
      ['score', 'set', null],
      ['data', 'set', { increment: 1 }],
      ...managedBy,
    ])
  })

  it('returns the row, found by its key and version', () => {
    const plan = planUpdate(posts, 'p1', { likes: 1 }, 3, context)
    expect(plan).toMatchObject({
      returning: true,
      filter: { kind: 'and', terms: [{ operand: 'p1' }, { operand: 3 }] },
    })
  })

  it.each<[set: unknown, code: string]>([
    [undefined, 'InvalidValue'],
    [null, 'InvalidValue'],
    [[], 'InvalidValue'],
    [{}, 'InvalidValue'],
    [{ slug: undefined }, 'InvalidValue'],
    [{ id: 'p2' }, 'InvalidValue'],
    [{ id: 'p1' }, 'InvalidValue'],
    [{ createdAt: new Date(0) }, 'InvalidValue'],
    [{ updatedAt: new Date(0) }, 'InvalidValue'],
    [{ version: 2 }, 'InvalidValue'],
    [{ slug: null }, 'InvalidValue'],
    [{ nope: 1 }, 'UnknownField'],
    [JSON.parse('{ "__proto__": 1 }'), 'UnknownField'],
    [{ likes: {} }, 'InvalidValue'],
    [{ likes: { decrement: 1 } }, 'InvalidQuery'],
    [{ likes: { increment: 1, decrement: 1 } }, 'InvalidQuery'],
    [{ likes: { increment: undefined } }, 'InvalidQuery'],
    [{ likes: { increment: null } }, 'InvalidValue'],
    [{ likes: { increment: 0.5 } }, 'InvalidValue'],
    [{ likes: { increment: 1n } }, 'InvalidValue'],
    [{ score: { increment: null } }, 'InvalidValue'],
    [{ score: { increment: '0.001' } }, 'InvalidValue'],
    [{ slug: { increment: 'a' } }, 'InvalidValue'],
  ])('refuses the patch %o with %s', (set, code) => {
    expect(codeOf(() => patch(set))).toBe(code)
  })

  it.each<[ifVersion: unknown, code: RegExp]>([
    ['1', /InvalidValue|InvalidOptions/],
    [1.5, /InvalidValue|InvalidOptions/],
    [null, /InvalidValue|InvalidOptions/],
    [{ gte: 1 }, /InvalidValue|InvalidOptions/],
  ])('refuses the version %o', (ifVersion, code) => {
    expect(codeOf(() => planUpdate(posts, 'p1', { likes: 1 }, ifVersion, context))).toMatch(code)
    expect(codeOf(() => planDelete(posts, 'p1', ifVersion))).toMatch(code)
  })

  it('refuses a version where the collection has none', () => {
    const key = { at: 1, of: 1 }
    expect(codeOf(() => planUpdate(marks, key, { n: 1 }, 1, context))).toBe('InvalidOptions')
    expect(codeOf(() => planDelete(marks, key, 1))).toBe('InvalidOptions')
  })
})

describe('planUpdateMany and planDeleteMany', () => {
  it('take every row only where {} says so', () => {
    expect(planUpdateMany(posts, { where: {}, set: { likes: 1 } }, context)).toMatchObject({
      filter: { kind: 'every' },
      returning: false,
    })
    expect(planDeleteMany(posts, { where: {} }).filter).toEqual({ kind: 'every' })
  })

  it.each<[query: unknown, code: string]>([
    [undefined, 'InvalidQuery'],
    [null, 'InvalidQuery'],
    [{ set: { likes: 1 } }, 'InvalidQuery'],
    [{ where: undefined, set: { likes: 1 } }, 'InvalidQuery'],
    [{ where: null, set: { likes: 1 } }, 'InvalidQuery'],
    [{ where: { slug: undefined }, set: { likes: 1 } }, 'InvalidQuery'],
    [{ where: {}, set: { likes: 1 }, limit: 1 }, 'InvalidQuery'],
    [{ where: {} }, 'InvalidValue'],
    [{ where: {}, set: {} }, 'InvalidValue'],
    [{ where: {}, set: { id: 'x' } }, 'InvalidValue'],
  ])('refuse the update %o with %s', (query, code) => {
    expect(codeOf(() => planUpdateMany(posts, query, context))).toBe(code)
  })

  it.each<unknown>([
    undefined,
    null,
    {},
    { where: undefined },
    { where: {}, limit: 1 },
    { where: [] },
  ])('refuse the delete %o', (query) => {
    expect(codeOf(() => planDeleteMany(posts, query))).toBe('InvalidQuery')
  })

  it('refuse to increment what is part of a unique index, which depends on the order of rows', () => {
    const many = { where: {}, set: { n: { increment: 1 } } }
    expect(codeOf(() => planUpdateMany(marks, many, context))).toBe('InvalidQuery')
    const one = planUpdate(marks, { at: 1, of: 1 }, { n: { increment: 1 } }, undefined, context)
    expect(one.set).toMatchObject([{ operation: 'increment', value: 1 }])
  })
})

describe('planUpsert', () => {
  const upsert = (query: object) =>
    planUpsert(
      posts,
      { on: ['slug'], insert: { slug: 'a' }, update: { likes: 1 }, ...query },
      context,
    )

  it('inserts a whole row, or changes the one that it meets', () => {
    const plan = upsert({})
    expect(plan.row).toMatchObject({ id: 'new-id', slug: 'a', version: 1 })
    expect(plan.on.map(({ name }) => name)).toEqual(['slug'])
    expect(plan.set.map(({ field }) => field.name)).toEqual(['likes', 'updatedAt', 'version'])
  })

  it('takes the key or a unique index, in any order', () => {
    expect(upsert({ on: ['id'] }).on).toBe(posts.key)
    const row = { at: 1, of: 2, n: 3 }
    const both = planUpsert(marks, { on: ['of', 'n'], insert: row, update: { n: 4 } }, context)
    expect(both.on.map(({ name }) => name)).toEqual(['n', 'of'])
  })

  it.each<[query: object, code: string]>([
    [{ on: [] }, 'InvalidQuery'],
    [{ on: 'slug' }, 'InvalidQuery'],
    [{ on: ['likes'] }, 'InvalidQuery'],
    [{ on: ['slug', 'slug'] }, 'InvalidQuery'],
    [{ on: ['id', 'slug'] }, 'InvalidQuery'],
    [{ on: undefined }, 'InvalidQuery'],
    [{ insert: undefined }, 'InvalidQuery'],
    [{ where: {} }, 'InvalidQuery'],
    [{ insert: {} }, 'InvalidValue'],
    [{ update: {} }, 'InvalidValue'],
    [{ update: { id: 'x' } }, 'InvalidValue'],
    [{ update: { nope: 1 } }, 'UnknownField'],
  ])('refuses %o with %s', (query, code) => {
    expect(codeOf(() => upsert(query))).toBe(code)
  })
})

it('a default that throws is an error of its field, with what it threw as the cause', () => {
  const thrown = new Error('no number')
  const of = defineSchema({
    things: collection({
      id: t.id(),
      n: t.int().default(() => {
        throw thrown
      }),
    }),
  }).definition.collections.get('things')!
  const error = errorOf(() => planInsert(of, [{}], context))
  expect(error).toMatchObject({ code: 'InvalidValue', cause: thrown })
  expect(error.details).toMatchObject({ collection: 'things', fields: ['n'] })
})

it('a constant default is checked once, and a value that is given each time', () => {
  const next = z.int().transform((n) => n + 1)
  const of = defineSchema({
    things: collection({
      id: t.id(),
      n: t.int().check(next).default(1),
      m: t
        .int()
        .check(next)
        .default(() => 1),
    }),
  }).definition.collections.get('things')!
  const rows = planInsert(of, [{}, {}, { n: 2 }], context).rows
  expect(rows.map(({ n, m }) => [n, m])).toEqual([
    [2, 2],
    [2, 2],
    [3, 2],
  ])
})

describe('what a write needs and has undefined', () => {
  const set = { likes: 1 }
  const every = '{} spells out every row'
  it.each<[plan: () => unknown, message: string]>([
    [() => planDeleteMany(posts, { where: undefined }), every],
    [() => planUpdateMany(posts, { where: undefined, set }, context), every],
    [() => planUpdateMany(posts, { where: {}, set: undefined }, context), 'give it a value'],
    [
      () => planUpsert(posts, { on: undefined, insert: {}, update: set }, context),
      'give it a value',
    ],
    [
      () => planUpdate(posts, 'a', { likes: { increment: undefined } }, undefined, context),
      'give it a value',
    ],
  ])('%s is asked for', (plan, message) => {
    expect(errorOf(plan).message).toContain(message)
  })
})
