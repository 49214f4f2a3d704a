import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileFilter, evaluateFind, identityOf } from '../../src/query/evaluate.ts'
import { parseFilter, type Logic } from '../../src/query/parse-filter.ts'
import { planFind } from '../../src/query/plan-find.ts'
import type { Row } from '../../src/schema/definition.ts'
import { check } from '../support/check.ts'
import { anyThing, anyThings, things } from '../support/things.ts'
import { anyWhere, type Where } from './filters.ts'
import { admits } from './naive.ts'

const bare: Row = Object.fromEntries(things.fieldList.map(({ name }) => [name, null]))
const thing = (fields: Row): Row => ({ ...bare, id: '1', name: '', count: 0, ...fields })

function matches(where: Where, row: Row, logic: Logic = 'two'): boolean {
  return compileFilter(parseFilter(things, where, logic))(row)
}

describe('compileFilter', () => {
  it.each<Logic>(['two', 'three'])(
    'admits what a naive reading of the filter admits, in logic of %s values',
    (logic) => {
      check(
        fc.property(anyWhere, fc.array(anyThing, { minLength: 5, maxLength: 5 }), (where, rows) => {
          for (const row of rows) expect(matches(where, row, logic)).toBe(admits(where, row, logic))
        }),
        4_000,
      )
    },
  )

  it('admits each row by a filter or by its NOT, never by both', () => {
    check(
      fc.property(anyWhere, anyThing, (where, row) => {
        expect(matches({ NOT: where }, row)).toBe(!matches(where, row))
      }),
      2_000,
    )
  })

  it('admits a row neither by a test of null nor by its NOT, where null is unknown', () => {
    const row = thing({})
    const tests: Where[] = [
      { int: 1 },
      { int: null },
      { int: { in: [1, null] } },
      { int: { gt: 1 } },
      { text: { contains: '' } },
      { texts: { has: 'a' } },
      { texts: { hasAll: [] } },
      { json: { path: ['a'], eq: 1 } },
    ]
    for (const test of tests) {
      expect(matches(test, row, 'three'), JSON.stringify(test)).toBe(false)
      expect(matches({ NOT: test }, row, 'three'), JSON.stringify(test)).toBe(false)
    }
    expect(matches({ int: { isNull: true } }, row, 'three')).toBe(true)
  })

  it('admits nobody by an empty list where null is unknown, as an absent claim would make it', () => {
    const row = thing({ int: 1, texts: ['a'] })
    for (const test of [{ int: { in: [] } }, { int: { notIn: [] } }, { texts: { hasAny: [] } }]) {
      expect(matches(test, row, 'three')).toBe(false)
      expect(matches({ NOT: test }, row, 'three')).toBe(false)
    }
  })

  it.each<[where: Where, fields: Row, expected: boolean]>([
    [{}, {}, true],
    [{ AND: [] }, {}, true],
    [{ OR: [] }, {}, false],
    [{ NOT: {} }, {}, false],
    [{ int: { gt: 1, lt: 3 } }, { int: 2 }, true],
    [{ int: { gt: 1, lt: 3 } }, { int: 3 }, false],
    [{ int: { ne: 1 } }, { int: null }, true],
    [{ int: { notIn: [1] } }, { int: null }, true],
    [{ int: { lt: 1 } }, { int: null }, false],
    [{ NOT: { int: { lt: 1 } } }, { int: null }, true],
    [{ int: { in: [] } }, { int: 1 }, false],
    [{ int: { notIn: [] } }, { int: null }, true],
    [{ int: { in: [1, null] } }, { int: null }, true],
    [{ int: { notIn: [1, null] } }, { int: null }, false],
    [{ text: { contains: '%' } }, { text: 'ab' }, false],
    [{ text: { startsWith: '' } }, { text: '' }, true],
    [{ text: { startsWith: '' } }, { text: null }, false],
    [{ text: 'A' }, { text: 'a' }, false],
    [{ float: -0 }, { float: 0 }, true],
    [{ decimal: '9' }, { decimal: '9.00' }, true],
    [{ texts: { hasAll: [] } }, { texts: [] }, true],
    [{ texts: { hasAll: [] } }, { texts: null }, false],
    [{ texts: { hasAny: [] } }, { texts: ['a'] }, false],
    [{ json: { path: ['a'], eq: 1 } }, { json: { a: '1' } }, false],
    [{ json: { path: ['a'], ne: 1 } }, { json: { a: '1' } }, true],
    [{ json: { path: ['a'], ne: 1 } }, { json: {} }, true],
    [{ json: { path: ['a'], isNull: true } }, { json: { a: null } }, true],
    [{ json: { path: ['toString'], isNull: true } }, { json: {} }, true],
    [{ json: { path: ['length'], isNull: true } }, { json: [1] }, true],
    [{ json: { path: ['a'], in: [1, 'x', true] } }, { json: { a: true } }, true],
  ])('%j of %j is %s', (where, fields, expected) => {
    expect(matches(where, thing(fields))).toBe(expected)
  })
})

describe('identityOf', () => {
  it('is the same for the same values only, and nothing where one of them is null', () => {
    const [name, count, text] = ['name', 'count', 'text'].map((field) => things.fields.get(field)!)
    const rows = [
      { name: 'a', count: 1, text: 'b' },
      { name: 'a","1', count: 1, text: 'b' },
      { name: 'a', count: 1, text: '1","b' },
    ]
    const identities = rows.map((row) => identityOf([name!, count!, text!], row))
    expect(new Set(identities).size).toBe(3)
    expect(identityOf([name!, text!], { name: 'a', text: null })).toBeUndefined()
  })
})

describe('evaluateFind', () => {
  const ids = (rows: readonly Row[]) => rows.map(({ id }) => id)

  it('filters, orders and cuts', () => {
    const rows = ['3', '1', '2', '4'].map((id) => thing({ id, int: id === '2' ? null : 1 }))
    const find = (query: unknown) => ids(evaluateFind(planFind(things, query), rows))
    expect(find({})).toEqual(['1', '2', '3', '4'])
    expect(find({ where: { int: 1 }, orderBy: { id: 'desc' } })).toEqual(['4', '3', '1'])
    expect(find({ limit: 2, offset: 1 })).toEqual(['2', '3'])
    expect(find({ limit: 0 })).toEqual([])
    expect(find({ offset: 9 })).toEqual([])
    expect(ids(rows)).toEqual(['3', '1', '2', '4'])
  })

  it('goes on behind any row exactly where the whole answer goes on', () => {
    const field = fc.constantFrom(
      'text',
      'int',
      'bigint',
      'decimal',
      'timestamp',
      'boolean',
      'enum',
    )
    const term = fc.tuple(field, fc.constantFrom('asc', 'desc'))
    const order = fc.uniqueArray(term, { selector: ([name]) => name, maxLength: 3 })
    check(
      fc.property(anyThings, order, (rows, terms) => {
        const orderBy = terms.map(([name, direction]) => ({ [name]: direction }))
        const plan = planFind(things, { orderBy })
        const all = evaluateFind(plan, rows)
        all.forEach((row, index) => {
          const after = plan.order.map(({ field: { name } }) => row[name])
          expect(ids(evaluateFind({ ...plan, after }, rows))).toEqual(ids(all.slice(index + 1)))
        })
      }),
      500,
    )
  })
})
