import { describe, expect, it } from 'vitest'
import { aggregatePipeline, groupsOf } from '../../../src/adapters/mongodb/groups.ts'
import type { Document } from '../../../src/adapters/mongodb/driver.ts'
import { planAggregate } from '../../../src/query/plan-aggregate.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { codeOf } from '../../support/errors.ts'

const { definition } = defineSchema({
  sales: collection({
    shop: t.id(),
    day: t.date(),
    kind: t.enum(['small', 'big']).nullable().column('sale_kind'),
    pieces: t.int().nullable(),
    stock: t.bigint().nullable(),
    price: t.decimal(8, 2).nullable(),
    weight: t.float().nullable(),
    at: t.timestamp().nullable(),
  }).key('shop', 'day'),
})
const sales = definition.collections.get('sales')!

const plan = (query: object) => planAggregate(sales, query).plan
const pipeline = (query: object) => aggregatePipeline(plan(query), { price: { $gt: 0n } })
const groups = (query: object, documents: Document[]) => groupsOf(plan(query), documents)

describe('the pipeline of an aggregate', () => {
  it('groups by what the fields hold, and takes absent for null', () => {
    expect(pipeline({ groupBy: ['shop', 'kind'], measures: { n: 'count' } })).toEqual([
      { $match: { price: { $gt: 0n } } },
      {
        $group: {
          _id: { g0: { $ifNull: ['$_id.shop', null] }, g1: { $ifNull: ['$sale_kind', null] } },
          m0: { $sum: 1 },
        },
      },
    ])
  })

  it('adds whole numbers as such, and counts how many there are', () => {
    const measures = { total: { sum: 'price' }, mean: { avg: 'weight' } }
    expect(pipeline({ measures }).at(-1)).toEqual({
      $group: {
        _id: null,
        m0: { $sum: { $toLong: '$price' } },
        n0: { $sum: { $cond: [{ $gt: ['$price', null] }, 1, 0] } },
        m1: { $sum: '$weight' },
        n1: { $sum: { $cond: [{ $gt: ['$weight', null] }, 1, 0] } },
      },
    })
  })

  it('holds no name of a measure, whatever that is', () => {
    const measures = { m1: { min: 'at' }, n0: { max: 'day' }, g0: 'count' }
    expect(pipeline({ groupBy: ['kind'], measures }).at(-1)).toEqual({
      $group: {
        _id: { g0: { $ifNull: ['$sale_kind', null] } },
        m0: { $min: '$at' },
        m1: { $max: '$_id.day' },
        m2: { $sum: 1 },
      },
    })
  })
})

describe('the groups that a server answers', () => {
  it('are rows, by the names of the plan', () => {
    const query = {
      groupBy: ['kind'],
      measures: {
        n: 'count',
        pieces: { sum: 'pieces' },
        stock: { sum: 'stock' },
        price: { avg: 'price' },
        weight: { avg: 'weight' },
        lowest: { min: 'price' },
        latest: { max: 'at' },
      },
    }
    const at = new Date(0)
    const big = { m0: 3, m1: 12n, n1: 2, m2: 2n ** 62n, n2: 3, m3: 1050n, n3: 2, m4: 0.5, n4: 2 }
    const none = { m0: 1, m1: 0, n1: 0, m2: 0, n2: 0, m3: 0, n3: 0, m4: 0, n4: 0 }
    const answer = [
      { _id: { g0: 'big' }, ...big, m5: 25n, m6: at },
      { _id: { g0: null }, ...none, m5: null, m6: null },
    ]
    const nothing = { pieces: null, stock: null, price: null, weight: null, lowest: null }
    expect(groups(query, answer)).toEqual([
      {
        kind: 'big',
        n: 3,
        pieces: 12,
        stock: 2n ** 62n,
        price: 5.25,
        weight: 0.25,
        lowest: '0.25',
        latest: at,
      },
      { kind: null, n: 1, ...nothing, latest: null },
    ])
  })

  it('are one without fields to group by, even where nothing was found', () => {
    const measures = { n: 'count', pieces: { sum: 'pieces' }, least: { min: 'pieces' } }
    expect(groups({ measures }, [])).toEqual([{ n: 0, pieces: null, least: null }])
    expect(groups({ groupBy: ['day'], measures }, [])).toEqual([])
  })

  it.each([
    ['one more than 64 bits hold', 2 ** 63],
    ['one less than they hold', -(2 ** 63)],
    ['much more', 2 ** 80],
  ])('refuse a sum that comes as a double: %s', (_, sum) => {
    const answer = [{ _id: null, m0: sum, n0: 4 }]
    for (const field of ['stock', 'price']) {
      expect(codeOf(() => groups({ measures: { total: { sum: field } } }, answer))).toBe(
        'OutOfRange',
      )
    }
    expect(groups({ measures: { mean: { avg: 'stock' } } }, answer)).toEqual([{ mean: sum / 4 }])
  })

  it('refuse sums beyond their kind', () => {
    const sumOf = (field: string, sum: unknown) =>
      groups({ measures: { total: { sum: field } } }, [{ _id: null, m0: sum, n0: 1 }])
    expect(sumOf('pieces', 2n ** 53n - 1n)).toEqual([{ total: 2 ** 53 - 1 }])
    expect(codeOf(() => sumOf('pieces', 2n ** 53n))).toBe('OutOfRange')
    expect(sumOf('stock', -(2n ** 63n))).toEqual([{ total: -(2n ** 63n) }])
    expect(codeOf(() => sumOf('weight', Infinity))).toBe('OutOfRange')
  })
})
