import { describe, expect, it } from 'vitest'
import { planAggregate, planCount } from '../../src/query/plan-aggregate.ts'
import { codeOf } from '../support/errors.ts'
import { things } from '../support/things.ts'

const n = { n: 'count' }

describe('planAggregate', () => {
  it('plans groups and measures by the fields of the schema', () => {
    const { plan } = planAggregate(things, {
      groupBy: ['enum'],
      measures: { ...n, top: { max: 'int' } },
    })
    expect(plan).toMatchObject({ kind: 'aggregate', filter: { kind: 'every' } })
    expect(plan.groupBy).toEqual([things.fields.get('enum')])
    expect(plan.measures).toEqual([
      { name: 'n', function: 'count' },
      { name: 'top', function: 'max', field: things.fields.get('int') },
    ])
  })

  it.each<[query: unknown, code: string]>([
    [undefined, 'InvalidQuery'],
    [null, 'InvalidQuery'],
    [{}, 'InvalidQuery'],
    [{ measures: {} }, 'InvalidQuery'],
    [{ measures: [] }, 'InvalidQuery'],
    [{ measures: undefined }, 'InvalidQuery'],
    [{ measures: n, select: ['id'] }, 'InvalidQuery'],
    [{ measures: n, after: 'x' }, 'InvalidQuery'],
    [{ measures: { n: 'sum' } }, 'InvalidQuery'],
    [{ measures: { n: {} } }, 'InvalidQuery'],
    [{ measures: { n: { count: 'int' } } }, 'InvalidQuery'],
    [{ measures: { n: { median: 'int' } } }, 'InvalidQuery'],
    [{ measures: { n: { sum: 'int', avg: 'int' } } }, 'InvalidQuery'],
    [{ measures: { n: { sum: 1 } } }, 'InvalidQuery'],
    [{ measures: { n: { sum: 'nope' } } }, 'UnknownField'],
    [{ measures: { n: { sum: 'text' } } }, 'InvalidQuery'],
    [{ measures: { n: { avg: 'timestamp' } } }, 'InvalidQuery'],
    [{ measures: { n: { sum: 'boolean' } } }, 'InvalidQuery'],
    [{ measures: { n: { min: 'boolean' } } }, 'InvalidQuery'],
    [{ measures: { n: { max: 'json' } } }, 'InvalidQuery'],
    [{ measures: { n: { max: 'bytes' } } }, 'InvalidQuery'],
    [{ measures: { n: { max: 'texts' } } }, 'InvalidQuery'],
    [{ measures: { $n: 'count' } }, 'InvalidQuery'],
    [{ measures: { __n: 'count' } }, 'InvalidQuery'],
    [{ measures: JSON.parse('{ "__proto__": "count" }') }, 'InvalidQuery'],
    [{ measures: { AND: 'count' } }, 'InvalidQuery'],
    [{ measures: { enum: 'count' }, groupBy: ['enum'] }, 'InvalidQuery'],
    [{ measures: n, groupBy: 'enum' }, 'InvalidQuery'],
    [{ measures: n, groupBy: ['enum', 'enum'] }, 'InvalidQuery'],
    [{ measures: n, groupBy: ['nope'] }, 'UnknownField'],
    [{ measures: n, groupBy: ['json'] }, 'InvalidQuery'],
    [{ measures: n, groupBy: ['bytes'] }, 'InvalidQuery'],
    [{ measures: n, groupBy: ['texts'] }, 'InvalidQuery'],
    [{ measures: n, having: { int: 1 } }, 'UnknownField'],
    [{ measures: n, having: { n: 'x' } }, 'InvalidValue'],
    [{ measures: n, having: { n: { contains: '1' } } }, 'UnknownOperator'],
    [{ measures: n, having: undefined }, 'InvalidQuery'],
    [{ measures: n, orderBy: { int: 'asc' } }, 'UnknownField'],
    [{ measures: n, orderBy: { n: 'up' } }, 'InvalidQuery'],
    [{ measures: n, limit: -1 }, 'InvalidQuery'],
    [{ measures: n, offset: 'x' }, 'InvalidQuery'],
    [{ measures: n, where: { nope: 1 } }, 'UnknownField'],
  ])('refuses %o with %s', (query, code) => {
    expect(codeOf(() => planAggregate(things, query))).toBe(code)
  })
})

describe('planCount', () => {
  it('is one measure of the rows that match', () => {
    const plan = planCount(things, { where: { int: 1 } })
    expect(plan).toMatchObject({ groupBy: [], measures: [{ name: 'count', function: 'count' }] })
    expect(plan.filter).toMatchObject({ operator: 'eq', operand: 1 })
  })

  it.each<unknown>([null, [], { limit: 1 }, { where: undefined }])('refuses %o', (query) => {
    expect(codeOf(() => planCount(things, query))).toBe('InvalidQuery')
  })
})
