import { Double } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { DocumentCode } from '../../../src/adapters/mongodb/documents.ts'
import { loadDriver, type Document } from '../../../src/adapters/mongodb/driver.ts'
import { compileAfter, compileFilter } from '../../../src/adapters/mongodb/filter.ts'
import { pinnedKey, rowOf } from '../../../src/adapters/mongodb/keys.ts'
import { encodeCursor } from '../../../src/query/cursor.ts'
import { parseFilter, type Logic } from '../../../src/query/parse-filter.ts'
import { keyFilter, planFind } from '../../../src/query/plan-find.ts'
import { planDeleteMany, planInsert, planUpsert } from '../../../src/query/plan-write.ts'
import type { CollectionDefinition, Row } from '../../../src/schema/definition.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'

const { definition } = defineSchema(
  {
    notes: collection({
      id: t.id(),
      rank: t.int(),
      title: t.text().nullable(),
      readAt: t.timestamp().nullable(),
      score: t.float().nullable(),
      size: t.bigint().nullable(),
      price: t.decimal(8, 2).nullable(),
      done: t.boolean().nullable(),
      hash: t.bytes().nullable(),
      data: t.json().nullable(),
      tags: t.array(t.text()).nullable(),
      prices: t.array(t.decimal(8, 2)),
    }),
    marks: collection({ user: t.id(), onDay: t.date(), points: t.int() }).key('user', 'onDay'),
  },
  { naming: 'snake_case' },
)
const notes = definition.collections.get('notes')!
const marks = definition.collections.get('marks')!
const code = new DocumentCode(await loadDriver())

const compile = (where: object, logic?: Logic, of: CollectionDefinition = notes) =>
  compileFilter(code, of, parseFilter(of, where, logic))
const exact = (filter: Document) => ({ filter, isExact: true })
const weaker = (filter: Document) => ({ filter, isExact: false })

describe('a filter for MongoDB', () => {
  it.each<[where: object, filter: Document]>([
    [{ id: 'a' }, { _id: 'a' }],
    [{ rank: 5 }, { rank: { $eq: 5 } }],
    [{ rank: 2 ** 40 }, { rank: { $eq: 2n ** 40n } }],
    [{ title: 'x' }, { title: 'x' }],
    [{ readAt: new Date(5) }, { read_at: { $eq: new Date(5) } }],
    [{ score: { gt: 1 } }, { score: { $gt: new Double(1) } }],
    [{ size: { gte: 5n } }, { size: { $gte: 5n } }],
    [{ price: { lt: '1.5' } }, { price: { $lt: 150n } }],
    [{ price: { lte: '-0.01' } }, { price: { $lte: -1n } }],
    [{ done: false }, { done: { $eq: false } }],
    [{ hash: new Uint8Array([1]) }, { hash: { $eq: new Uint8Array([1]) } }],
    [{ id: { in: ['a', 'b'] } }, { _id: { $in: ['a', 'b'] } }],
    [{ price: { in: ['1', '2'] } }, { price: { $in: [100n, 200n] } }],
    [{ title: { startsWith: 'ab' } }, { title: { $gte: 'ab', $lt: 'ac' } }],
    [{ title: { startsWith: '\u{10ffff}' } }, { title: { $gte: '\u{10ffff}' } }],
    [{ title: { contains: 'a.b' } }, { title: { $regex: 'a\\.b' } }],
    [{ title: { endsWith: 'a' } }, { title: { $regex: 'a\\z' } }],
    [{ tags: { has: 'x' } }, { tags: { $eq: 'x' } }],
    [{ prices: { has: '1' } }, { prices: { $eq: 100n } }],
    [{ tags: { hasAny: ['x', 'y'] } }, { $or: [{ tags: { $eq: 'x' } }, { tags: { $eq: 'y' } }] }],
    [{ tags: { hasAll: ['x', 'y'] } }, { $and: [{ tags: { $eq: 'x' } }, { tags: { $eq: 'y' } }] }],
    [{ rank: { gt: 1, lt: 5 } }, { $and: [{ rank: { $gt: 1 } }, { rank: { $lt: 5 } }] }],
    [{ title: null }, { title: { $eq: null } }],
    [{ title: { isNull: false } }, { title: { $exists: true, $ne: null } }],
    [{ tags: { isNull: true } }, { tags: { $eq: null } }],
    [{}, {}],
    [{ id: { in: [] } }, { _id: { $in: [] } }],
    [
      { rank: 1, title: 'x' },
      { rank: { $eq: 1 }, title: 'x' },
    ],
    [
      { AND: [{ OR: [{ rank: 1 }, { rank: 2, title: 'x' }] }, { OR: [{ id: 'a' }, { id: 'b' }] }] },
      {
        $and: [
          { $or: [{ rank: { $eq: 1 } }, { rank: { $eq: 2 }, title: 'x' }] },
          { $or: [{ _id: 'a' }, { _id: 'b' }] },
        ],
      },
    ],
    [{ OR: [{ rank: 1 }, { title: 'x' }] }, { $or: [{ rank: { $eq: 1 } }, { title: 'x' }] }],
    [{ title: { in: ['x', null] } }, { $or: [{ title: 'x' }, { title: { $eq: null } }] }],
  ])('says %o exactly', (where, filter) => {
    expect(compile(where)).toEqual(exact(filter))
  })

  it.each<[where: object, filter: Document]>([
    [{ rank: { ne: 5 } }, { rank: { $not: { $eq: 5 } } }],
    [{ title: { ne: 'x' } }, { title: { $not: { $eq: 'x' } } }],
    [{ title: { notIn: ['x', 'y'] } }, { title: { $not: { $in: ['x', 'y'] } } }],
    [{ NOT: { score: { gt: 1 } } }, { score: { $not: { $gt: new Double(1) } } }],
    [{ NOT: { title: { startsWith: 'a' } } }, { title: { $not: { $gte: 'a', $lt: 'b' } } }],
    [{ NOT: { title: { contains: 'a' } } }, { title: { $not: { $regex: 'a' } } }],
    [{ NOT: { tags: { has: 'x' } } }, { tags: { $not: { $eq: 'x' } } }],
    [
      { NOT: { rank: 1, title: null } },
      { $or: [{ rank: { $not: { $eq: 1 } } }, { title: { $exists: true, $ne: null } }] },
    ],
  ])('says %o of all other rows, null too', (where, filter) => {
    expect(compile(where)).toEqual(exact(filter))
  })

  it.each<[where: object, filter: Document]>([
    [{ rank: { ne: 5 } }, { rank: { $not: { $eq: 5 } } }],
    [{ title: { ne: 'x' } }, { title: { $not: { $eq: 'x' }, $ne: null } }],
    [{ title: { notIn: ['x', 'y'] } }, { title: { $not: { $in: ['x', 'y'] }, $ne: null } }],
    [{ NOT: { score: { gt: 1 } } }, { score: { $not: { $gt: new Double(1) }, $ne: null } }],
    [{ NOT: { tags: { has: 'x' } } }, { tags: { $not: { $eq: 'x' }, $ne: null } }],
    [{ title: null }, { _id: { $in: [] } }],
    [{ title: { isNull: true } }, { title: { $eq: null } }],
  ])('says %o without null where null is unknown', (where, filter) => {
    expect(compile(where, 'three')).toEqual(exact(filter))
  })

  it('takes texts that look like operators and patterns for texts', () => {
    for (const text of ['$where', '$ne', '{"$gt":""}', '$title', '.*', '\\Q', '(?i)a']) {
      expect(compile({ title: text })).toEqual(exact({ title: text }))
      expect(compile({ id: { in: [text, 'b'] } })).toEqual(exact({ _id: { $in: [text, 'b'] } }))
    }
    const all = '\\^$.*+?()[]{}|/-# \n'
    const pattern = '\\\\\\^\\$\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|/-# \n'
    expect(compile({ title: { contains: all } })).toEqual(exact({ title: { $regex: pattern } }))
    expect(new RegExp(pattern, 'u').test(`before ${all} behind`)).toBe(true)
  })

  it('looks itself for texts that are longer than a pattern may be', () => {
    const text = '😀'.repeat(4_095)
    expect(compile({ title: { contains: text } })).toEqual(exact({ title: { $regex: text } }))
    const longer = { title: { contains: `${text}.` } }
    expect(compile(longer)).toEqual(weaker({}))
    expect(compile({ NOT: longer })).toEqual(weaker({}))
    expect(compile({ rank: 1, ...longer })).toEqual(weaker({ rank: { $eq: 1 } }))
    expect(compile({ OR: [{ rank: 1 }, longer] })).toEqual(
      weaker({ $or: [{ rank: { $eq: 1 } }, {}] }),
    )
  })
})

describe('a filter on JSON', () => {
  const at = (path: unknown[], test: object) => compile({ data: { path, ...test } })

  it('lets through what may match, and the evaluator decides', () => {
    expect(at(['a'], { eq: 1 })).toEqual(weaker({ 'data.a': { $eq: 1 } }))
    expect(at(['a', 0, 'b'], { gt: 'x' })).toEqual(weaker({ 'data.a.0.b': { $gt: 'x' } }))
    expect(at(['a'], { in: ['x', 'y'] })).toEqual(weaker({ 'data.a': { $in: ['x', 'y'] } }))
    expect(at(['a'], { contains: '.' })).toEqual(weaker({ 'data.a': { $regex: '\\.' } }))
    expect(at(['a'], { startsWith: '' })).toEqual(weaker({ 'data.a': { $gte: '' } }))
    expect(at(['a'], { isNull: false })).toEqual(weaker({ 'data.a': { $exists: true } }))
  })

  it('says nothing of what is not there or must not be there', () => {
    for (const test of [{ ne: 1 }, { notIn: [1, 2] }, { isNull: true }, { eq: null }]) {
      expect(at(['a'], test)).toEqual(weaker({}))
    }
    expect(compile({ NOT: { data: { path: ['a'], gt: 1 } } })).toEqual(weaker({}))
  })

  it('names no key that a path of the server cannot have', () => {
    for (const key of [' a', 'a\n', '\u00a0', ' ']) {
      expect(at([key], { eq: 1 })).toEqual(weaker({}))
      expect(at(['x', key], { isNull: false })).toEqual(weaker({}))
    }
    for (const key of ['a$b', '0', 'a b', 'é', '_id', 'constructor']) {
      expect(at([key], { eq: 1 })).toEqual(weaker({ [`data.${key}`]: { $eq: 1 } }))
    }
  })

  it('is null as a whole where the evaluator says so, since a list may hold null', () => {
    expect(compile({ data: null })).toEqual(weaker({ data: { $eq: null } }))
    expect(compile({ data: { isNull: false } })).toEqual(weaker({ data: { $exists: true } }))
  })
})

describe('a key', () => {
  it('of several fields is looked up by its parts, in whatever order they are stored', () => {
    const key = { user: '$ne', onDay: '2026-01-31' }
    const filter = { '_id.user': '$ne', '_id.on_day': '2026-01-31' }
    expect(compileFilter(code, marks, keyFilter(marks, key))).toEqual(exact(filter))
    expect(pinnedKey(marks, keyFilter(marks, key))).toEqual(key)
  })

  it('is pinned by equality alone, and with all its fields', () => {
    const pinned = (where: object, of = marks) => pinnedKey(of, parseFilter(of, where))
    const onDay = '2026-01-31'
    expect(pinned({ user: 'a', onDay, points: { gt: 5 } })).toEqual({ user: 'a', onDay })
    expect(pinned({ user: 'a' })).toBeUndefined()
    expect(pinned({ user: 'a', onDay: { ne: onDay } })).toBeUndefined()
    expect(pinned({ OR: [{ id: 'a' }, { id: 'b' }] }, notes)).toBeUndefined()
    expect(pinned({ id: { in: ['a', 'b'] } }, notes)).toBeUndefined()
    expect(pinned({ id: { in: ['a'] } }, notes)).toEqual({ id: 'a' })
    expect(pinned({}, notes)).toBeUndefined()
  })

  it('names the one row that a write may change, and nothing where it may be another', () => {
    const context = { now: () => 0, newId: () => 'new' }
    const row = { user: 'a', onDay: '2026-01-31', points: 1 }
    const name = 'marks ["a","2026-01-31"]'
    const insert = (...rows: Row[]) => rowOf(planInsert(marks, rows, context))
    expect(insert(row)).toBe(name)
    expect(insert(row, { ...row, user: 'b' })).toBeUndefined()
    const { points: _, ...key } = row
    expect(rowOf(planDeleteMany(marks, { where: key }))).toBe(name)
    expect(rowOf(planDeleteMany(marks, { where: { user: 'a' } }))).toBeUndefined()
    const upsert = { on: ['user', 'onDay'], insert: row, update: { points: 2 } }
    expect(rowOf(planUpsert(marks, upsert, context))).toBe(name)
  })
})

describe('rows behind a cursor', () => {
  const behind = (orderBy: object, row: Row, of: CollectionDefinition = notes) => {
    const { order } = planFind(of, { orderBy })
    const after = encodeCursor(of, order, row)
    return compileAfter(code, planFind(of, { orderBy, after }))
  }

  it('are all where there is none', () => {
    expect(compileAfter(code, planFind(notes, {}))).toEqual({})
  })

  it('follow in the key, or in what comes before it', () => {
    expect(behind({ id: 'asc' }, { id: 'a' })).toEqual({ _id: { $gt: 'a' } })
    expect(behind({ id: 'desc' }, { id: 'a' })).toEqual({ _id: { $lt: 'a' } })
    expect(behind({ rank: 'desc' }, { rank: 5, id: 'a' })).toEqual({
      $or: [{ rank: { $lt: 5 } }, { rank: { $eq: 5 }, _id: { $gt: 'a' } }],
    })
  })

  it('are null first, and null last where the order descends', () => {
    const equal = (title: string | null) => ({ title: { $eq: title }, _id: { $gt: 'a' } })
    expect(behind({ title: 'asc' }, { title: null, id: 'a' })).toEqual({
      $or: [{ title: { $ne: null } }, equal(null)],
    })
    expect(behind({ title: 'asc' }, { title: '$x', id: 'a' })).toEqual({
      $or: [{ title: { $gt: '$x' } }, equal('$x')],
    })
    expect(behind({ title: 'desc' }, { title: 'x', id: 'a' })).toEqual({
      $or: [{ $or: [{ title: { $lt: 'x' } }, { title: { $eq: null } }] }, equal('x')],
    })
    expect(behind({ title: 'desc' }, { title: null, id: 'a' })).toEqual({
      $or: [{ _id: { $in: [] } }, equal(null)],
    })
  })

  it('follow in a key of several fields, one after the other', () => {
    expect(behind({ user: 'asc' }, { user: 'a', onDay: '2026-01-31' }, marks)).toEqual({
      $or: [
        { '_id.user': { $gt: 'a' } },
        { '_id.user': { $eq: 'a' }, '_id.on_day': { $gt: '2026-01-31' } },
      ],
    })
  })
})
