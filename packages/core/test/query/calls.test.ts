import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/errors/codes.ts'
import { callMethods, type CallMethod, type Conversion } from '../../src/query/calls.ts'
import { decodeArguments, encodeArguments } from '../../src/query/conversions.ts'
import { errorOf } from '../support/errors.ts'
import { endsOf, callersOf, type Outcome } from './travelling-calls.ts'

type BadCall = readonly [code: ErrorCode, method: CallMethod, ...args: unknown[]]

class Instance {
  id = 'a'
  title = 'a'
}
const parsed = (json: string) => JSON.parse(json) as unknown
const proto = (value: unknown) => parsed(`{ "__proto__": ${JSON.stringify(value)} }`)
const sparse = (...items: unknown[]) => {
  const array: unknown[] = Array.from(items)
  array.length += 1
  return array
}
const nothing = () => undefined
const nested = (levels: number, wrap: (inner: unknown) => unknown, inner: unknown) => {
  let value = inner
  for (let level = 0; level < levels; level++) value = wrap(value)
  return value
}
const not = (where: unknown) => ({ NOT: where })
const all = (where: unknown) => ({ AND: [where] })
const row = { id: 'a', title: 'a' }

/** Filters that are refused by every method that takes one. */
const badFilters: readonly (readonly [ErrorCode, unknown])[] = [
  ['InvalidQuery', null],
  ['InvalidQuery', undefined],
  ['InvalidQuery', 'title'],
  ['InvalidQuery', []],
  ['InvalidQuery', new Instance()],
  ['InvalidQuery', new Map([['title', 'a']])],
  ['InvalidQuery', nothing],
  ['InvalidQuery', Symbol('where')],
  ['InvalidQuery', 1n],
  ['UnknownField', { nope: 1 }],
  ['UnknownField', { nope: undefined }],
  ['UnknownField', { nope: nothing }],
  ['UnknownField', proto({ title: 'a' })],
  ['UnknownField', { constructor: 1 }],
  ['UnknownField', { $where: '1' }],
  ['InvalidQuery', { title: undefined }],
  ['InvalidQuery', { title: { eq: undefined } }],
  ['InvalidQuery', { title: {} }],
  ['InvalidQuery', { AND: undefined }],
  ['InvalidQuery', { AND: {} }],
  ['InvalidQuery', { AND: new Set([{ title: 'a' }]) }],
  ['InvalidQuery', { OR: [undefined] }],
  ['InvalidQuery', { OR: sparse({ title: 'a' }) }],
  ['InvalidQuery', { OR: [1] }],
  ['InvalidQuery', { NOT: undefined }],
  ['InvalidQuery', { NOT: [] }],
  ['InvalidQuery', { NOT: nothing }],
  ['UnknownOperator', { title: { like: 'a' } }],
  ['UnknownOperator', { title: { like: undefined } }],
  ['UnknownOperator', { title: { like: nothing } }],
  ['UnknownOperator', { title: proto('a') }],
  ['UnknownOperator', { title: { toString: 'a' } }],
  ['UnknownOperator', { done: { gt: false } }],
  ['UnknownOperator', { rank: { contains: 'a' } }],
  ['UnknownOperator', { mood: { startsWith: 'c' } }],
  ['UnknownOperator', { photo: { lt: new Uint8Array(1) } }],
  ['UnknownOperator', { title: { has: 'a' } }],
  ['UnknownOperator', { data: 5 }],
  ['UnknownOperator', { data: [1] }],
  ['UnknownOperator', { data: { eq: { a: 1 } } }],
  ['UnknownOperator', { data: { ne: 'a' } }],
  ['UnknownOperator', { data: { in: ['a'] } }],
  ['UnknownOperator', { data: { notIn: nothing } }],
  ['UnknownOperator', { data: { a: 1 } }],
  ['UnknownOperator', { tags: ['a'] }],
  ['UnknownOperator', { tags: { eq: ['a'] } }],
  ['UnknownOperator', { tags: { in: [['a']] } }],
  ['UnknownOperator', { tags: { contains: 'a' } }],
  ['InvalidValue', { id: '' }],
  ['InvalidValue', { id: 5 }],
  ['InvalidValue', { title: 5 }],
  ['InvalidValue', { title: ['a'] }],
  ['InvalidValue', { title: 'more than ten' }],
  ['InvalidValue', { title: 'a\0' }],
  ['InvalidValue', { title: '\ud800' }],
  ['InvalidValue', { title: Symbol('a') }],
  ['InvalidValue', { title: nothing }],
  ['InvalidValue', { title: new Instance() }],
  ['InvalidValue', { title: { contains: 5 } }],
  ['InvalidValue', { rank: '5' }],
  ['InvalidValue', { rank: 1.5 }],
  ['InvalidValue', { rank: Number.NaN }],
  ['InvalidValue', { rank: 5n }],
  ['OutOfRange', { rank: 2 ** 53 }],
  ['InvalidValue', { total: 5 }],
  ['InvalidValue', { total: '5' }],
  ['OutOfRange', { total: 2n ** 63n }],
  ['InvalidValue', { share: Infinity }],
  ['InvalidValue', { price: 5 }],
  ['InvalidValue', { price: '1.234' }],
  ['InvalidValue', { done: 1 }],
  ['InvalidValue', { at: '2026-01-31T12:00:00.000Z' }],
  ['InvalidValue', { at: new Date(Number.NaN) }],
  ['OutOfRange', { at: new Date(8e15) }],
  ['InvalidValue', { day: new Date(0) }],
  ['InvalidValue', { day: '2026-02-30' }],
  ['InvalidValue', { photo: 'ff' }],
  ['InvalidValue', { photo: [255] }],
  ['InvalidValue', { photo: new ArrayBuffer(1) }],
  ['InvalidValue', { mood: 'angry' }],
  ['InvalidValue', { rank: { gt: null } }],
  ['InvalidValue', { title: { contains: null } }],
  ['InvalidQuery', { rank: { gt: undefined } }],
  ['InvalidQuery', { rank: { in: 5 } }],
  ['InvalidQuery', { rank: { in: null } }],
  ['InvalidQuery', { rank: { in: nothing } }],
  ['InvalidQuery', { rank: { in: new Set([1]) } }],
  ['InvalidQuery', { rank: { in: [1, undefined] } }],
  ['InvalidQuery', { rank: { notIn: sparse(1) } }],
  ['InvalidValue', { rank: { in: [1, '2'] } }],
  ['InvalidValue', { rank: { in: [Number.NaN] } }],
  ['InvalidQuery', { rank: { isNull: 1 } }],
  ['InvalidQuery', { rank: { isNull: null } }],
  ['InvalidQuery', { rank: { isNull: nothing } }],
  ['InvalidQuery', { tags: { has: null } }],
  ['InvalidValue', { tags: { has: 5 } }],
  ['InvalidQuery', { tags: { hasAny: 'a' } }],
  ['InvalidQuery', { tags: { hasAll: ['a', null] } }],
  ['InvalidQuery', { tags: { hasAll: ['a', undefined] } }],
  ['InvalidValue', { sums: { has: 5 } }],
  ['OutOfRange', { sums: { hasAny: [2n ** 63n] } }],
  ['InvalidValue', { photos: { has: 'ff' } }],
  ['InvalidQuery', { data: {} }],
  ['InvalidQuery', { data: { path: ['a'] } }],
  ['InvalidQuery', { data: { path: 'a', eq: 1 } }],
  ['InvalidQuery', { data: { path: [], eq: 1 } }],
  ['InvalidQuery', { data: { path: undefined, eq: 1 } }],
  ['InvalidQuery', { data: { path: [nothing], eq: 1 } }],
  ['InvalidQuery', { data: { path: ['__proto__'], eq: 1 } }],
  ['InvalidQuery', { data: { path: ['a\0'], eq: 1 } }],
  ['InvalidQuery', { data: { path: sparse('a'), eq: 1 } }],
  ['InvalidQuery', { title: { path: ['a'], eq: 1 } }],
  ['InvalidQuery', { data: { path: ['a'], eq: undefined } }],
  ['InvalidValue', { data: { path: ['a'], eq: { b: 1 } } }],
  ['InvalidValue', { data: { path: ['a'], eq: new Date(0) } }],
  ['InvalidValue', { data: { path: ['a'], eq: 1n } }],
  ['InvalidValue', { data: { path: ['a'], gt: Number.NaN } }],
  ['InvalidValue', { data: { path: ['a'], gt: true } }],
  ['InvalidValue', { data: { path: ['a'], startsWith: 1 } }],
  ['InvalidValue', { data: { path: ['a'], eq: '\ud800' } }],
  ['InvalidValue', { data: { path: ['a'], in: [1, new Date(0)] } }],
  ['InvalidQuery', { data: { path: ['a'], in: [1, undefined] } }],
  ['InvalidQuery', { data: { path: ['a'], in: 1 } }],
  ['InvalidQuery', { data: { path: ['a'], in: new Date(0) } }],
  ['UnknownOperator', { data: { path: ['a'], has: 1 } }],
  ['QueryTooComplex', nested(65, not, { rank: 1 })],
  ['QueryTooComplex', nested(5_000, all, { rank: 1 })],
  ['QueryTooComplex', { OR: Array.from({ length: 501 }, (_, rank) => ({ rank })) }],
  ['QueryTooComplex', { share: { in: Array.from({ length: 10_001 }, (_, n) => n / 2) } }],
]

/** Values that a row and a patch are refused for. */
const badFields: readonly (readonly [ErrorCode, Record<string, unknown>])[] = [
  ['UnknownField', { nope: 1 }],
  ['UnknownField', { nope: undefined }],
  ['UnknownField', { nope: nothing }],
  ['UnknownField', proto('a') as Record<string, unknown>],
  ['InvalidValue', { title: null }],
  ['InvalidValue', { title: 5 }],
  ['InvalidValue', { title: 'more than ten' }],
  ['InvalidValue', { title: '\udfff' }],
  ['InvalidValue', { rank: Number.NaN }],
  ['InvalidValue', { rank: 5n }],
  ['OutOfRange', { rank: -(2 ** 53) }],
  ['InvalidValue', { total: '5' }],
  ['OutOfRange', { total: -(2n ** 63n) - 1n }],
  ['InvalidValue', { price: '1e3' }],
  ['InvalidValue', { at: 0 }],
  ['InvalidValue', { photo: 'ff' }],
  ['InvalidValue', { data: nothing }],
  ['InvalidValue', { data: 5n }],
  ['InvalidValue', { data: new Instance() }],
  ['InvalidValue', { data: [Number.NaN] }],
  ['InvalidValue', { data: [undefined] }],
  ['InvalidValue', { data: sparse(1) }],
  ['InvalidValue', { data: proto(1) }],
  ['InvalidValue', { data: { $a: 1 } }],
  ['InvalidValue', { data: nested(65, (inner) => [inner], 1) }],
  ['InvalidValue', { data: nested(5_000, (inner) => [inner], 1) }],
  ['InvalidValue', { tags: 'a' }],
  ['InvalidValue', { tags: [null] }],
  ['InvalidValue', { tags: sparse('a') }],
  ['InvalidValue', { sums: [5] }],
  ['InvalidValue', { title: { increment: 1 } }],
  ['InvalidValue', { done: { increment: 1 } }],
  ['InvalidValue', { version: 5 }],
  ['InvalidValue', { updatedAt: new Date(0) }],
]

const badCalls: readonly BadCall[] = [
  ...badFilters.map(([code, where]): BadCall => [code, 'find', { where }]),
  ...badFilters.slice(0, 12).map(([code, where]): BadCall => [code, 'count', { where }]),
  ...badFilters.slice(0, 12).map(([code, where]): BadCall => [code, 'deleteMany', { where }]),
  ...badFields.map(([code, fields]): BadCall => [code, 'insert', { ...row, ...own(fields) }]),
  ...badFields.map(([code, fields]): BadCall => [code, 'update', 'a', own(fields)]),
  // Queries
  ...[null, 'id', 5, true, [], nothing, Symbol('find'), 1n].flatMap((query): BadCall[] => [
    ['InvalidQuery', 'find', query],
    ['InvalidQuery', 'page', query],
    ['InvalidQuery', 'aggregate', query],
    ['InvalidQuery', 'updateMany', query],
    ['InvalidQuery', 'upsert', query],
    ['InvalidOptions', 'get', 'a', query],
  ]),
  ['InvalidQuery', 'find', { nope: 1 }],
  ['InvalidQuery', 'find', { nope: undefined }],
  ['InvalidQuery', 'find', proto({})],
  ['InvalidQuery', 'findOne', { limit: 1 }],
  ['InvalidQuery', 'count', { limit: 1 }],
  ['InvalidQuery', 'find', { select: undefined }],
  ['InvalidQuery', 'find', { select: [] }],
  ['InvalidQuery', 'find', { select: 'id' }],
  ['InvalidQuery', 'find', { select: ['id', undefined] }],
  ['InvalidQuery', 'find', { select: ['id', 'id'] }],
  ['UnknownField', 'find', { select: ['$id'] }],
  ['InvalidQuery', 'find', { orderBy: { rank: undefined } }],
  ['InvalidQuery', 'find', { orderBy: { rank: 'asc', title: undefined } }],
  ['InvalidQuery', 'find', { orderBy: { rank: 'up' } }],
  ['InvalidQuery', 'find', { orderBy: [{ rank: 'asc' }, { rank: 'asc' }] }],
  ['InvalidQuery', 'find', { orderBy: sparse({ rank: 'asc' }) }],
  ['InvalidQuery', 'find', { orderBy: { data: 'asc' } }],
  ['UnknownField', 'find', { orderBy: { nope: 'asc' } }],
  ['UnknownField', 'find', { orderBy: { $id: 'asc' } }],
  ['UnknownField', 'find', { orderBy: proto('asc') }],
  ['InvalidQuery', 'find', { limit: -1 }],
  ['InvalidQuery', 'find', { limit: Number.NaN }],
  ['InvalidQuery', 'find', { limit: 1n }],
  ['InvalidQuery', 'find', { limit: '1' }],
  ['InvalidQuery', 'find', { limit: 2 ** 53 }],
  ['InvalidQuery', 'find', { offset: 1.5 }],
  ['InvalidQuery', 'find', { offset: null }],
  ['InvalidCursor', 'page', { after: 'x' }],
  ['InvalidCursor', 'page', { after: 5 }],
  ['InvalidCursor', 'page', { after: null }],
  ['InvalidCursor', 'page', { after: nothing }],
  ['InvalidCursor', 'page', { after: '\ud800' }],
  // Aggregates
  ['InvalidQuery', 'aggregate', {}],
  ['InvalidQuery', 'aggregate', { measures: {} }],
  ['InvalidQuery', 'aggregate', { measures: { n: undefined } }],
  ['InvalidQuery', 'aggregate', { measures: { n: 'count', m: undefined } }],
  ['InvalidQuery', 'aggregate', { measures: { n: { sum: 'rank', avg: undefined } } }],
  ['InvalidQuery', 'aggregate', { measures: { $n: 'count' } }],
  ['InvalidQuery', 'aggregate', { measures: proto('count') }],
  ['InvalidQuery', 'aggregate', { measures: { n: { sum: 'title' } } }],
  ['UnknownField', 'aggregate', { measures: { n: { sum: 'nope' } } }],
  ['UnknownField', 'aggregate', { measures: { n: 'count' }, groupBy: ['nope'] }],
  ['InvalidQuery', 'aggregate', { measures: { n: 'count' }, groupBy: ['data'] }],
  ['InvalidQuery', 'aggregate', { measures: { n: 'count' }, having: undefined }],
  ['InvalidValue', 'aggregate', { measures: { n: 'count' }, having: { n: '2' } }],
  ['UnknownField', 'aggregate', { measures: { n: 'count' }, having: { rank: 2 } }],
  ['InvalidValue', 'aggregate', { measures: { n: { sum: 'total' } }, having: { n: { gt: 5 } } }],
  ['InvalidQuery', 'aggregate', { having: { n: 2 } }],
  // Keys and options
  ...[undefined, null, {}, { id: 'a' }, '', 5, 1n, [], nothing, new Instance(), 'a\0'].flatMap(
    (key): BadCall[] => [
      ['InvalidValue', 'get', key],
      ['InvalidValue', 'update', key, { rank: 1 }],
      ['InvalidValue', 'delete', key],
    ],
  ),
  ['InvalidOptions', 'get', 'a', { nope: 1 }],
  ['InvalidOptions', 'get', 'a', { nope: undefined }],
  ['InvalidOptions', 'get', 'a', { nope: nothing }],
  ['InvalidOptions', 'get', 'a', { select: undefined }],
  ['InvalidOptions', 'get', 'a', { include: undefined }],
  ['InvalidQuery', 'get', 'a', { select: nothing }],
  ['InvalidQuery', 'get', 'a', { include: 5 }],
  ['InvalidOptions', 'get', 'a', { forUpdate: true }],
  ['InvalidOptions', 'get', 'a', { forUpdate: 'yes' }],
  ['InvalidOptions', 'get', 'a', { forUpdate: nothing }],
  ['InvalidOptions', 'update', 'a', { rank: 1 }, null],
  ['InvalidOptions', 'update', 'a', { rank: 1 }, 1],
  ['InvalidOptions', 'update', 'a', { rank: 1 }, nothing],
  ['InvalidOptions', 'update', 'a', { rank: 1 }, { nope: 1 }],
  ['InvalidOptions', 'update', 'a', { rank: 1 }, { ifVersion: undefined }],
  ['InvalidOptions', 'update', 'a', { rank: 1 }, { ifVersion: null }],
  ['InvalidOptions', 'update', 'a', { rank: 1 }, { ifVersion: 1n }],
  ['InvalidOptions', 'delete', 'a', { ifVersion: Number.NaN }],
  // Rows and patches
  ...[undefined, null, 'a', 5, [], new Instance(), nothing].flatMap((value): BadCall[] => [
    ['InvalidValue', 'insert', value],
    ['InvalidValue', 'insertMany', [row, value]],
    ['InvalidValue', 'update', 'a', value],
  ]),
  ...[undefined, null, row, 'a', new Set([row]), nothing].map((rows): BadCall => [
    'InvalidValue',
    'insertMany',
    rows,
  ]),
  ['InvalidValue', 'insertMany', sparse(row)],
  ['InvalidValue', 'insert', {}],
  ['InvalidValue', 'update', 'a', {}],
  ['InvalidValue', 'update', 'a', { rank: undefined }],
  ['InvalidValue', 'update', 'a', { id: 'b' }],
  ['InvalidValue', 'update', 'a', { rank: { increment: '1' } }],
  ['InvalidValue', 'update', 'a', { rank: { increment: null } }],
  ['InvalidValue', 'update', 'a', { total: { increment: 1 } }],
  ['InvalidValue', 'update', 'a', { rank: {} }],
  ['InvalidQuery', 'update', 'a', { rank: { increment: undefined } }],
  ['InvalidQuery', 'update', 'a', { rank: { decrement: 1 } }],
  ['InvalidQuery', 'update', 'a', { rank: { increment: 1, by: nothing } }],
  ['InvalidQuery', 'updateMany', { set: { rank: 1 } }],
  ['InvalidValue', 'updateMany', { where: {} }],
  ['InvalidQuery', 'updateMany', { where: {}, set: undefined }],
  ['InvalidValue', 'updateMany', { where: {}, set: null }],
  ['UnknownField', 'updateMany', { where: {}, set: { nope: 1 } }],
  ['InvalidQuery', 'upsert', { on: ['rank'], insert: row, update: { rank: 1 } }],
  ['InvalidQuery', 'upsert', { on: ['id', undefined], insert: row, update: { rank: 1 } }],
  ['InvalidQuery', 'upsert', { on: 'id', insert: row, update: { rank: 1 } }],
  ['InvalidQuery', 'upsert', { on: ['id'], insert: undefined, update: { rank: 1 } }],
  ['InvalidValue', 'upsert', { on: ['id'], insert: { ...row, rank: 'x' }, update: { rank: 1 } }],
  ['InvalidValue', 'upsert', { on: ['id'], insert: row, update: {} }],
  ['UnknownField', 'upsert', { on: ['id'], insert: row, update: { nope: undefined } }],
]

/** Keeps a field of the name '__proto__' one. */
function own(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.hasOwn(fields, '__proto__') ? fields : { ...fields }
}

describe('a call over the wire', () => {
  it('is refused with the code that the service gives, whichever end refuses it', async () => {
    const { local, remote } = await callersOf('notes')
    const wrong: unknown[] = []
    for (const [code, method, ...args] of badCalls) {
      const [here, there] = [await local(method, args), await remote(method, args)]
      if (codeOf(here) === code && codeOf(there) === code) continue
      wrong.push(
        `${method}(${args.map(show).join(', ')}): ${code}, ${codeOf(here)}, ${codeOf(there)}`,
      )
    }
    expect(wrong).toEqual([])
  })
})

describe('the fault of a row among several', () => {
  const rows = [row, { ...row, id: 'b', title: 5 }]
  const details = { collection: 'notes', fields: ['title'], row: 1 }

  it.each<[end: string, to: Conversion]>([
    ['a client', encodeArguments],
    ['a server', decodeArguments],
  ])('is told by %s as a service tells it', (_, to) => {
    const { server } = endsOf('notes')
    const error = errorOf(() => callMethods.insertMany.args(to, server, [rows]))
    expect([error.code, error.details]).toEqual(['InvalidValue', details])
  })
})

function codeOf(outcome: Outcome): string {
  return 'code' in outcome ? outcome.code : 'done'
}

function show(value: unknown): string {
  const text = inspect(value, { depth: 4, breakLength: Infinity })
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
