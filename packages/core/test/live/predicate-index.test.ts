import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IntervalTree } from '../../src/live/interval-tree.ts'
import { explainFilter, PredicateIndex } from '../../src/live/predicate-index.ts'
import type { Filter } from '../../src/query/ast.ts'
import { compileFilter } from '../../src/query/evaluate.ts'
import { parseFilter } from '../../src/query/parse-filter.ts'
import type { Row } from '../../src/schema/definition.ts'
import { anyWhere } from '../query/filters.ts'
import { check } from '../support/check.ts'
import { anyThing, things } from '../support/things.ts'

function found<T>(index: PredicateIndex<T>, row: Row): T[] {
  const items: T[] = []
  index.forEachOf(row, (item) => void items.push(item))
  return items
}

describe('a predicate index', () => {
  it('finds every filter that a row matches, and none that was removed', () => {
    const filters = fc.array(
      anyWhere.map((where) => parseFilter(things, where)),
      { minLength: 1, maxLength: 12 },
    )
    check(
      fc.property(filters, fc.array(anyThing, { maxLength: 6 }), fc.nat(), (all, rows, nth) => {
        const index = new PredicateIndex<Filter>()
        const removals = all.map((filter) => index.add(filter, filter))
        const removed = nth % all.length
        removals[removed]!()
        for (const row of rows) {
          const items = new Set(found(index, row))
          expect(items.has(all[removed]!)).toBe(false)
          const matching = all.filter((filter) => compileFilter(filter)(row))
          for (const filter of matching.filter((each) => each !== all[removed])) {
            expect(items).toContain(filter)
          }
        }
        for (const [at, remove] of removals.entries()) if (at !== removed) remove()
        for (const row of rows) expect(found(index, row)).toEqual([])
      }),
    )
  })

  const base = { id: 'a', name: 'x', count: 5, int: null } as unknown as Row
  const anyRow = (changes: Row): Row => {
    const blank = Object.fromEntries(things.fieldList.map(({ name }) => [name, null]))
    return { ...blank, ...base, ...changes }
  }

  it.for<[asks: string, where: object, hits: Row, misses: Row]>([
    ['a value', { count: 5 }, { count: 5 }, { count: 6 }],
    ['one of several values', { count: { in: [5, 7] } }, { count: 7 }, { count: 6 }],
    ['null', { int: null }, { int: null }, { int: 1 }],
    ['a range', { count: { gte: 2, lt: 9 } }, { count: 5 }, { count: 10 }],
    ['a beginning', { name: { startsWith: 'ab' } }, { name: 'abc' }, { name: 'b' }],
    ['either of two', { OR: [{ count: 5 }, { name: 'y' }] }, { name: 'y', count: 1 }, { count: 2 }],
    ['a value among more', { count: 5, name: { contains: 'q' } }, { count: 5 }, { count: 6 }],
  ])('does not try filters that ask for %s on other rows', ([, where, hits, misses]) => {
    const index = new PredicateIndex<string>()
    index.add(parseFilter(things, where), 'it')
    expect(found(index, anyRow(hits))).toEqual(['it'])
    expect(found(index, anyRow(misses))).toEqual([])
  })

  it.for<[where: object, foundBy: string, fields: string[]]>([
    [{ count: 5 }, 'value', ['count']],
    [{ count: { gt: 1 }, name: 'x' }, 'value', ['name']],
    [{ count: { gt: 1 } }, 'range', ['count']],
    [{ OR: [{ count: 5 }, { name: { startsWith: 'a' } }] }, 'range', ['count', 'name']],
    [{ OR: [{ count: 5 }, { name: { contains: 'a' } }] }, 'every change', []],
    [{}, 'every change', []],
    [{ NOT: { count: 5 } }, 'every change', []],
    [{ count: { in: Array.from({ length: 2_000 }, (_, n) => n) } }, 'every change', []],
  ])('says how it finds %j', ([where, foundBy, fields]) => {
    expect(explainFilter(parseFilter(things, where))).toEqual({ foundBy, fields })
  })

  it('tries what it cannot index on every row', () => {
    const index = new PredicateIndex<string>()
    for (const where of [{}, { NOT: { count: 5 } }, { name: { contains: 'a' } }]) {
      index.add(parseFilter(things, where), JSON.stringify(where))
    }
    expect(found(index, anyRow({ count: 5, name: 'z' }))).toHaveLength(3)
  })
})

describe('an interval tree', () => {
  const end = fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined })

  it('finds the intervals that hold a value, whatever was added and removed in which order', () => {
    check(
      fc.property(
        fc.array(fc.tuple(end, end, fc.boolean()), { maxLength: 60 }),
        fc.integer({ min: -1, max: 21 }),
        (intervals, value) => {
          const tree = new IntervalTree<number, number>((a, b) => a - b)
          const removals = intervals.map(([low, high], at) => tree.add(low, high, at))
          intervals.forEach(([, , isRemoved], at) => isRemoved && removals[at]!())
          const items: number[] = []
          tree.forEachAt(value, (item) => void items.push(item))
          const expected = intervals.flatMap(([low = -Infinity, high = Infinity, isRemoved], at) =>
            !isRemoved && low <= value && value <= high ? [at] : [],
          )
          expect(items.sort((a, b) => a - b)).toEqual(expected)
        },
      ),
    )
  })

  it('stays shallow when ends come in order', () => {
    const tree = new IntervalTree<number, number>((a, b) => {
      compared++
      return a - b
    })
    let compared = 0
    for (let low = 0; low < 10_000; low++) tree.add(low, low, low)
    compared = 0
    const items: number[] = []
    tree.forEachAt(5_000, (item) => void items.push(item))
    expect(items).toEqual([5_000])
    expect(compared).toBeLessThan(300)
  })
})
