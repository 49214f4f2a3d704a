import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileFilter } from '../../src/query/evaluate.ts'
import { normalForm } from '../../src/query/normal-form.ts'
import { parseFilter, type Logic } from '../../src/query/parse-filter.ts'
import { planAggregate } from '../../src/query/plan-aggregate.ts'
import { planFind } from '../../src/query/plan-find.ts'
import { check } from '../support/check.ts'
import { FakeRuntime } from '../support/fake-runtime.ts'
import { anyThing, things } from '../support/things.ts'
import { anyWhere, type Where } from './filters.ts'
import { rewrite } from './rewrite.ts'

const formOf = (query: unknown) => normalForm(planFind(things, query))
const filterForm = (where: unknown) => formOf({ where, orderBy: { id: 'asc' } })
const aggregateForm = (query: unknown) => normalForm(planAggregate(things, query).plan)
const sampling = { seed: 20_260_101 }

describe('normalForm', () => {
  it('is the same for a filter in other words', () => {
    check(
      fc.property(anyWhere, fc.integer(), (where, seed) => {
        const runtime = new FakeRuntime(seed)
        expect(filterForm(rewrite(where, () => runtime.random()))).toBe(filterForm(where))
      }),
      2_000,
    )
  })

  it('is the same only for filters that admit the same rows', () => {
    const rows = fc.sample(anyThing, { ...sampling, numRuns: 60 })
    const answers = new Map<string, { where: Where; admitted: string }>()
    let met = 0
    for (const where of fc.sample(anyWhere, { ...sampling, numRuns: 4_000 })) {
      const matches = compileFilter(parseFilter(things, where))
      const admitted = rows.map((row) => (matches(row) ? 1 : 0)).join('')
      const form = filterForm(where)
      const other = answers.get(form)
      if (other === undefined) answers.set(form, { where, admitted })
      else {
        met++
        expect({ where, admitted }).toEqual({ where, admitted: other.admitted })
      }
    }
    expect(met).toBeGreaterThan(100)
  })

  it.each<[a: Where, b: Where]>([
    [
      { int: 1, text: 'a' },
      { text: 'a', int: 1 },
    ],
    [{ decimal: '1.5' }, { decimal: '1.50' }],
    [{ float: 0 }, { float: -0 }],
    [{ int: { in: [1, 2] } }, { int: { in: [2, 1, 2] } }],
    [{ NOT: { OR: [{ int: 1 }, { int: 2 }] } }, { AND: [{ int: { ne: 2 } }, { int: { ne: 1 } }] }],
    [
      { OR: [{ AND: [{ int: 1 }, { int: 1 }] }, { text: 'a' }] },
      { OR: [{ text: 'a' }, { int: 1 }] },
    ],
    [
      {
        OR: [
          { int: 1, float: 2 },
          { int: 1, float: 2 },
        ],
        count: 3,
      },
      { int: 1, float: 2, count: 3 },
    ],
    [{ count: { isNull: true } }, { OR: [] }],
  ])('is the same for %j and %j', (a, b) => {
    expect(filterForm(a)).toBe(filterForm(b))
  })

  it.each<[a: Where, b: Where]>([
    [{ int: 1 }, { int: 2 }],
    [{ int: 1 }, { count: 1 }],
    [{ int: 1 }, { int: { gte: 1 } }],
    [{ int: { gt: 1 } }, { int: { gte: 1 } }],
    [{ int: 1 }, { NOT: { int: 1 } }],
    [{ int: 1, text: 'a' }, { OR: [{ int: 1 }, { text: 'a' }] }],
    [{ int: 1 }, { float: 1 }],
    [{ text: '1' }, { int: 1 }],
    [{ text: '["a"]' }, { text: { in: ['["a"]', 'a'] } }],
    [{ text: { in: ['a', 'b'] } }, { text: { in: ['a","b'] } }],
    [{ text: { in: ['a,b', 'c'] } }, { text: { in: ['a', 'b,c'] } }],
    [{ text: 'a),or(' }, { text: 'a' }],
    [{ json: { path: ['a'], eq: 1 } }, { json: { path: ['a'], eq: '1' } }],
    [{ json: { path: ['a'], eq: true } }, { json: { path: ['a'], eq: 'true' } }],
    [{ json: { path: ['l', 0], eq: 1 } }, { json: { path: ['l', '0'], eq: 1 } }],
    [{ json: { path: ['a'], isNull: true } }, { json: { isNull: true } }],
    [{ timestamp: new Date(0) }, { timestamp: new Date(1) }],
    [{ bytes: Uint8Array.of(0) }, { bytes: Uint8Array.of(0, 0) }],
    [{ texts: { has: 'a' } }, { text: 'a' }],
    [{ int: { lt: 1 } }, { NOT: { int: { gte: 1 } } }],
  ])('differs for %j and %j', (a, b) => {
    expect(filterForm(a)).not.toBe(filterForm(b))
  })

  it('is the same for orders that put the rows in the same order by their key', () => {
    const orderBy = [{ int: 'desc' }, { id: 'asc' }, { text: 'desc' }]
    expect(formOf({ orderBy })).toBe(formOf({ orderBy: { int: 'desc' } }))
  })

  it('looks at what is asked beside the filter, too', () => {
    const queries = [
      {},
      { limit: 1 },
      { limit: 0 },
      { offset: 1 },
      { select: ['id'] },
      { select: ['id', 'int'] },
      { orderBy: { int: 'asc' } },
      { orderBy: { int: 'desc' } },
      { orderBy: [{ int: 'asc' }, { count: 'asc' }] },
      { orderBy: [{ count: 'asc' }, { int: 'asc' }] },
    ]
    expect(new Set(queries.map(formOf)).size).toBe(queries.length)
    expect(formOf({ select: ['int', 'id'] })).toBe(formOf({ select: ['id', 'int'] }))
    expect(formOf({ orderBy: { id: 'asc' } })).toBe(formOf({}))
    const one = { where: { id: '1' } }
    expect(formOf({ ...one, orderBy: { id: 'asc' } })).toBe(formOf(one))
    expect(formOf({ select: things.fieldList.map(({ name }) => name) })).toBe(formOf({}))
  })

  it('tells apart what goes on behind different rows', () => {
    const behind = (id: string) => normalForm({ ...planFind(things), after: [id] })
    expect(behind('1')).toBe(behind('1'))
    expect(behind('1')).not.toBe(behind('2'))
    expect(behind('1')).not.toBe(formOf({}))
  })

  it('tells apart filters of the two logics where null is treated differently', () => {
    const form = (where: Where, logic: Logic) =>
      normalForm({ ...planFind(things), filter: parseFilter(things, where, logic) })
    expect(form({ int: { ne: 1 } }, 'three')).not.toBe(form({ int: { ne: 1 } }, 'two'))
    expect(form({ count: { ne: 1 } }, 'three')).toBe(form({ count: { ne: 1 } }, 'two'))
    expect(form({ int: 1 }, 'three')).toBe(form({ int: 1 }, 'two'))
  })

  it('is the same for an aggregate with its groups and measures in another order', () => {
    const form = aggregateForm({
      where: { int: 1, count: 2 },
      groupBy: ['text', 'enum'],
      measures: { n: 'count', total: { sum: 'int' } },
    })
    const again = {
      where: { count: 2, int: 1 },
      groupBy: ['enum', 'text'],
      measures: { total: { sum: 'int' }, n: 'count' },
    }
    expect(aggregateForm(again)).toBe(form)
    const others = [
      { ...again, where: {} },
      { ...again, groupBy: ['enum'] },
      { ...again, measures: { total: { sum: 'count' }, n: 'count' } },
      { ...again, measures: { total: { avg: 'int' }, n: 'count' } },
      { ...again, measures: { sum: { sum: 'int' }, n: 'count' } },
    ]
    expect(new Set([form, ...others.map(aggregateForm)]).size).toBe(others.length + 1)
  })
})
