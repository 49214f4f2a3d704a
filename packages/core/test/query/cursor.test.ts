import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from '../../src/query/cursor.ts'
import { parseOrder } from '../../src/query/order.ts'
import { planFind } from '../../src/query/plan-find.ts'
import { kinds } from '../../src/schema/kinds.ts'
import type { CollectionDefinition } from '../../src/schema/definition.ts'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { check } from '../support/check.ts'
import { errorOf } from '../support/errors.ts'
import { anyThing, things } from '../support/things.ts'

const orderable = things.fieldList.filter(({ kind }) => kinds[kind].allows.order)
const orderBy = (...terms: Record<string, string>[]) => parseOrder(things, terms, things.key)
const byInt = orderBy({ int: 'asc' })
const row = { id: 'é😀', int: -5, text: 'a' }
const cursor = encodeCursor(things, byInt, row)
const written = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
const [signature] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string]

describe('a cursor', () => {
  it.each(orderable.map(({ name }) => name))('carries every value of %s', (name) => {
    for (const direction of ['asc', 'desc']) {
      const order = orderBy({ [name]: direction })
      check(
        fc.property(anyThing, (thing) => {
          const values = order.map(({ field }) => thing[field.name])
          expect(decodeCursor(things, order, encodeCursor(things, order, thing))).toEqual(values)
        }),
        40,
      )
    }
  })

  it('is a text that needs no escaping in a URL', () => {
    check(
      fc.property(anyThing, (thing) => {
        expect(encodeCursor(things, orderBy({ text: 'asc' }), thing)).toMatch(/^[\w-]+$/)
      }),
    )
  })

  it('fits the query that it came from', () => {
    expect(planFind(things, { orderBy: { int: 'asc' }, after: cursor }).after).toEqual([-5, 'é😀'])
  })

  it('is said to be of another query where that orders by more or less', () => {
    for (const order of [[{ int: 'asc' }, { count: 'asc' }], [{ id: 'asc' }]]) {
      const error = errorOf(() => planFind(things, { orderBy: order, after: cursor }))
      expect(error.message).toMatch(/comes from another query/)
    }
  })

  it('is refused by another order, direction or collection', () => {
    const others = defineSchema({ others: collection({ id: t.id(), int: t.int().nullable() }) })
    const other = others.definition.collections.get('others')!
    const cases: [CollectionDefinition, unknown][] = [
      [things, undefined],
      [things, { int: 'desc' }],
      [things, { count: 'asc' }],
      [things, [{ int: 'asc' }, { id: 'desc' }]],
      [things, [{ int: 'asc' }, { count: 'asc' }]],
      [things, [{ id: 'asc' }, { int: 'asc' }]],
      [other, { int: 'asc' }],
    ]
    for (const [of, order] of cases) {
      const query = { after: cursor, ...(order === undefined ? {} : { orderBy: order }) }
      expect(errorOf(() => planFind(of, query)).code).toBe('InvalidCursor')
    }
  })

  it.each<[why: string, after: unknown]>([
    ['no text', 5],
    ['null', null],
    ['an empty text', ''],
    ['no base64url', 'a b'],
    ['base64 of the other alphabet', 'a+/='],
    ['cut off', cursor.slice(0, -3)],
    ['no JSON', Buffer.from('[1,').toString('base64url')],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]).toString('base64url')],
    ['an object', Buffer.from('{"length":3}').toString('base64url')],
    ['a text as JSON', written('a').slice(1)],
    ['without values', written(signature)],
    ['one value short', written(signature, 1)],
    ['one value long', written(signature, 1, 'a', 'b')],
    ['of another signature', written('things:int-id+', 1, 'a')],
    ['a value of another kind', written(signature, '1', 'a')],
    ['a value out of range', written(signature, 2 ** 53, 'a')],
    ['an empty id', written(signature, 1, '')],
    ['an object for a value', written(signature, { $gt: 1 }, 'a')],
    ['null where no null can be', written(signature, 1, null)],
  ])('is refused when it is %s', (_, after) => {
    const query = { orderBy: { int: 'asc' }, after }
    expect(errorOf(() => planFind(things, query)).code).toBe('InvalidCursor')
  })

  it('is refused whatever a forger writes into it', () => {
    check(
      fc.property(fc.jsonValue(), (value) => {
        const after = Buffer.from(JSON.stringify(value)).toString('base64url')
        expect(errorOf(() => planFind(things, { after })).code).toBe('InvalidCursor')
      }),
    )
  })
})
