import { describe, expect, it } from 'vitest'
import { readsByKey } from '../../../src/adapters/sql/server/key-reads.ts'
import { planFind } from '../../../src/query/plan-find.ts'
import { things } from '../../support/things.ts'

const byKey = (query: object) => readsByKey(planFind(things, query))

describe('reads by key', () => {
  it.each([
    { where: { id: '1' } },
    { where: { id: { eq: '1' } } },
    { where: { AND: [{ id: '1' }, { count: { gt: 5 } }] } },
    { where: { id: '1', text: { contains: 'a' } } },
    { where: { id: '1' }, orderBy: { count: 'asc' }, limit: 1 },
  ])('name one key: %j', (query) => {
    expect(byKey(query)).toBe(true)
  })

  it.each([
    {},
    { where: { count: 1 } },
    { where: { id: { ne: '1' } } },
    { where: { id: { gte: '1' } } },
    { where: { id: { in: ['1', '2'] } } },
    { where: { id: { startsWith: '1' } } },
    { where: { NOT: { id: '1' } } },
    { where: { OR: [{ id: '1' }, { id: '2' }] } },
    { where: { OR: [{ id: '1' }, { count: 1 }] } },
  ])('are not: %j', (query) => {
    expect(byKey(query)).toBe(false)
  })

  it('lock nothing, since others wait behind them', () => {
    const plan = planFind(things, { where: { id: '1' } })
    expect(readsByKey({ ...plan, forUpdate: true })).toBe(false)
  })
})
