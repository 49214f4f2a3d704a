import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateAggregate } from '../../src/query/aggregate.ts'
import { planAggregate } from '../../src/query/plan-aggregate.ts'
import type { Row } from '../../src/schema/definition.ts'
import { kinds } from '../../src/schema/kinds.ts'
import { check } from '../support/check.ts'
import { errorOf } from '../support/errors.ts'
import { anyThing, anyThings, things } from '../support/things.ts'

const bare: Row = Object.fromEntries(things.fieldList.map(({ name }) => [name, null]))

function aggregate(query: unknown, rows: readonly Row[]): Row[] {
  const { plan, finish } = planAggregate(things, query)
  return finish(evaluateAggregate(plan, rows))
}

/** One measure of one field, over rows that hold these values there. */
function measure(spec: unknown, field: string, values: readonly unknown[]): unknown {
  const rows = values.map((value) => ({ ...bare, [field]: value }))
  return aggregate({ measures: { m: spec } }, rows)[0]!.m
}

const names = (use: 'group' | 'sum' | 'extreme') =>
  things.fieldList.filter(({ kind }) => kinds[kind].allows[use]).map(({ name }) => name)
const present = (rows: readonly Row[], field: string) =>
  rows.map((row) => row[field]).filter((value) => value !== null)
/** What two values share exactly when they are equal. */
const keyOf = (value: unknown) => (value instanceof Date ? value.getTime() : value)

describe('evaluateAggregate', () => {
  it('counts, for each group and for all, what a naive count finds', () => {
    check(
      fc.property(anyThings, fc.constantFrom(...names('group')), (rows, field) => {
        const groups = aggregate({ groupBy: [field], measures: { n: 'count' } }, rows)
        expect(groups.length).toBe(new Set(rows.map((row) => keyOf(row[field]))).size)
        for (const group of groups) {
          const same = rows.filter((row) => keyOf(row[field]) === keyOf(group[field]))
          expect(group.n).toBe(same.length)
        }
        expect(aggregate({ measures: { n: 'count' } }, rows)).toEqual([{ n: rows.length }])
      }),
    )
  })

  it('finds the smallest and the largest value that is not null', () => {
    check(
      fc.property(fc.array(anyThing), fc.constantFrom(...names('extreme')), (rows, field) => {
        const compare = kinds[things.fields.get(field)!.kind].compare as (
          a: unknown,
          b: unknown,
        ) => number
        const ordered = present(rows, field).sort(compare)
        const measures = { low: { min: field }, high: { max: field } }
        const [first = null, last = first] = [ordered[0], ordered.at(-1)]
        expect(aggregate({ measures }, rows)).toEqual([{ low: first, high: last }])
      }),
    )
  })

  it.each(['decimal', 'bigint', 'int'])(
    'adds up %s exactly, or says that it does not fit',
    (field) => {
      const limits = { decimal: 2n ** 63n, bigint: 2n ** 63n, int: 2n ** 53n }
      const limit = limits[field as keyof typeof limits]
      check(
        fc.property(fc.array(anyThing, { maxLength: 6 }), (rows) => {
          const values = present(rows, field) as (string | number | bigint)[]
          const total = values
            .map((value) => BigInt(String(value).replace('.', '')))
            .reduce((sum, value) => sum + value, 0n)
          const sum = () => aggregate({ measures: { m: { sum: field } } }, rows)[0]!.m
          const fits = total < limit && (total > -limit || (field === 'bigint' && total === -limit))
          if (!fits) expect(errorOf(sum).code).toBe('OutOfRange')
          else if (values.length === 0) expect(sum()).toBeNull()
          else expect(BigInt(String(sum()).replace('.', ''))).toBe(total)
        }),
      )
    },
  )

  it.each<[spec: unknown, values: readonly unknown[], expected: unknown]>([
    [{ sum: 'int' }, [1, null, 2], 3],
    [{ sum: 'int' }, [null], null],
    [{ sum: 'int' }, [], null],
    [{ avg: 'int' }, [1, 2], 1.5],
    [{ avg: 'int' }, [null], null],
    [{ avg: 'int' }, [2 ** 53 - 1, 2 ** 53 - 1], 2 ** 53 - 1],
    [{ sum: 'int' }, [2 ** 53 - 1, 2, -2], 2 ** 53 - 1],
    [{ sum: 'bigint' }, [2n ** 63n - 1n, 1n, -1n], 2n ** 63n - 1n],
    [{ avg: 'bigint' }, [1n, 2n], 1.5],
    [{ sum: 'decimal' }, ['0.10', '0.20'], '0.30'],
    [{ sum: 'decimal' }, ['-0.05', '0.05'], '0.00'],
    [{ sum: 'decimal' }, ['999999.99', '999999.99'], '1999999.98'],
    [{ avg: 'decimal' }, ['1.00', '2.00'], 1.5],
    [{ sum: 'float' }, [0.1, 0.2, 0.3], 0.6],
    [{ sum: 'float' }, [1e300, 1, -1e300], 1],
    [{ avg: 'float' }, [1, 2], 1.5],
    [{ min: 'timestamp' }, [new Date(1), null, new Date(0)], new Date(0)],
    [{ max: 'decimal' }, ['9.00', '10.00', '-11.00'], '10.00'],
    [{ min: 'text' }, ['\ue000', '😀'], '\ue000'],
    [{ max: 'text' }, [null], null],
    ['count', [null, null], 2],
  ])('%o of %o is %s', (spec, values, expected) => {
    const field = typeof spec === 'string' ? 'int' : (Object.values(spec as object)[0] as string)
    expect(measure(spec, field, values)).toEqual(expected)
  })

  it.each<[spec: object, values: readonly unknown[]]>([
    [{ sum: 'int' }, [2 ** 53 - 1, 1]],
    [{ sum: 'bigint' }, [2n ** 63n - 1n, 1n]],
    [{ sum: 'bigint' }, [-(2n ** 63n), -1n]],
    [{ sum: 'wide' }, Array.from({ length: 10 }, () => '999999999999999.999')],
    [{ sum: 'float' }, [1.7e308, 1.7e308]],
    [{ avg: 'float' }, [1.7e308, 1.7e308]],
  ])('refuses %o of %o with OutOfRange, naming the field', (spec, values) => {
    const field = Object.values(spec)[0] as string
    const error = errorOf(() => measure(spec, field, values))
    expect(error).toMatchObject({ code: 'OutOfRange', details: { fields: [field] } })
  })

  it('has one row without groupBy, none for groups without rows, and a group for null', () => {
    const rows = [{ ...bare, int: 1 }, bare]
    const n = { n: 'count' }
    expect(aggregate({ measures: n }, [])).toEqual([{ n: 0 }])
    expect(aggregate({ groupBy: ['int'], measures: n }, [])).toEqual([])
    expect(aggregate({ where: { int: 5 }, measures: n }, rows)).toEqual([{ n: 0 }])
    expect(aggregate({ groupBy: ['int'], measures: n }, rows)).toEqual([
      { int: null, n: 1 },
      { int: 1, n: 1 },
    ])
  })

  it('keeps values apart that only look alike when written one after another', () => {
    const rows = [
      { ...bare, text: 'a', enum: 'low' },
      { ...bare, text: 'a","low', enum: null },
      { ...bare, text: 'null', enum: null },
      { ...bare, text: null, enum: null },
    ]
    expect(aggregate({ groupBy: ['text', 'enum'], measures: { n: 'count' } }, rows)).toHaveLength(4)
  })

  it('shares no date with the rows it read', () => {
    const rows = [{ ...bare, timestamp: new Date(0) }]
    const [group] = aggregate(
      { groupBy: ['timestamp'], measures: { last: { max: 'timestamp' } } },
      rows,
    )
    ;(group!.timestamp as Date).setTime(1)
    ;(group!.last as Date).setTime(2)
    expect(rows[0]!.timestamp).toEqual(new Date(0))
  })
})

describe('what finishes an aggregate', () => {
  const rows = ['a', 'a', 'b', 'c', 'c', 'c'].map((text, index) => ({ ...bare, text, int: index }))
  const by = (query: object) =>
    aggregate(
      { groupBy: ['text'], measures: { n: 'count', total: { sum: 'int' } }, ...query },
      rows,
    )
  const texts = (query: object) => by(query).map(({ text }) => text)

  it('filters groups by measures and by group fields', () => {
    expect(texts({ having: { n: { gt: 1 } } })).toEqual(['a', 'c'])
    expect(texts({ having: { OR: [{ text: 'b' }, { total: 12 }] } })).toEqual(['b', 'c'])
    expect(texts({ having: { NOT: { n: 2 } } })).toEqual(['b', 'c'])
  })

  it('orders by measures and group fields, ties by the group fields, and cuts last', () => {
    expect(texts({})).toEqual(['a', 'b', 'c'])
    expect(texts({ orderBy: { n: 'desc' } })).toEqual(['c', 'a', 'b'])
    expect(texts({ orderBy: { text: 'desc' }, limit: 2 })).toEqual(['c', 'b'])
    expect(texts({ orderBy: { total: 'asc' }, offset: 1, limit: 1 })).toEqual(['b'])
    expect(texts({ limit: 0 })).toEqual([])
    expect(texts({ having: { n: { lt: 3 } }, orderBy: { n: 'desc' }, limit: 1 })).toEqual(['a'])
  })

  it('compares sums of decimals as decimals, and means as numbers', () => {
    const wide = ['9.000', '10.000'].map((value, index) => ({ ...bare, wide: value, int: index }))
    const query = { groupBy: ['int'], measures: { sum: { sum: 'wide' }, mean: { avg: 'wide' } } }
    expect(aggregate({ ...query, orderBy: { sum: 'desc' } }, wide)[0]).toMatchObject({ int: 1 })
    expect(aggregate({ ...query, having: { sum: { gt: '9.5' } } }, wide)).toHaveLength(1)
    expect(aggregate({ ...query, having: { mean: { gte: 9 } } }, wide)).toHaveLength(2)
  })
})
