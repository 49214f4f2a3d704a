import { beforeAll, describe, expect, it } from 'vitest'
import { loadDriver, type SqliteDatabase } from '../../../src/adapters/sqlite/driver.ts'
import { sqliteDialect } from '../../../src/adapters/sqlite/dialect.ts'
import { compilePlan } from '../../../src/adapters/sql/compile.ts'
import { shapeOf } from '../../../src/adapters/sql/shape.ts'
import { addMissing } from '../../../src/adapters/sqlite/ddl.ts'
import { readCatalog } from '../../../src/adapters/sqlite/catalog.ts'
import { findMissing } from '../../../src/adapters/sql/ensure.ts'
import type { Plan } from '../../../src/query/ast.ts'
import { encodeCursor } from '../../../src/query/cursor.ts'
import { planFind, planGet } from '../../../src/query/plan-find.ts'
import { planUpdate, planUpsert } from '../../../src/query/plan-write.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'

const { definition } = defineSchema({
  users: collection({
    id: t.id(),
    email: t.text({ maxLength: 50 }),
    name: t.text({ maxLength: 50 }),
    n: t.int(),
    big: t.bigint(),
    cost: t.decimal(18, 2),
    at: t.timestamp().nullable(),
  })
    .unique('email')
    .index('name', 'n')
    .index('n')
    .index('big')
    .index('cost')
    .index('at'),
})
const users = definition.collections.get('users')!
let db: SqliteDatabase

beforeAll(async () => {
  db = new (await loadDriver())(':memory:', {})
  addMissing(db, definition, findMissing(definition, readCatalog(db)), 0)
  return () => db.close()
})

/** How SQLite would run the very statement that the adapter prepares for the plan. */
function explain(plan: Plan): string {
  const { sql, parameters } = compilePlan(sqliteDialect, plan)
  const { values } = shapeOf(sqliteDialect, plan)
  const bound = parameters === undefined ? values : parameters.map((index) => values[index])
  const steps = db.prepare(`explain query plan ${sql}`).all(...bound) as { detail: string }[]
  return steps.map(({ detail }) => detail).join('; ')
}

const find = (query: object) => explain(planFind(users, query))
const row = { id: 'a', email: 'a', name: 'a', n: 1, big: 1n, cost: '1.00', at: null }

function after(orderBy: Record<string, string>, extra: object = {}): string {
  const { order } = planFind(users, { orderBy })
  return find({ orderBy, after: encodeCursor(users, order, row), limit: 10, ...extra })
}

describe('an index', () => {
  const context = { now: () => 0, newId: () => 'a' }

  it.each<[what: string, plan: () => string, detail: RegExp]>([
    ['get by key', () => explain(planGet(users, 'a')), /^SEARCH .* \(id=\?\)$/],
    ['a point by the key', () => find({ where: { id: 'a' }, limit: 1 }), /^SEARCH .* \(id=\?\)$/],
    ['a point by a unique field', () => find({ where: { email: 'a' } }), /^SEARCH .* \(email=\?\)/],
    ['an equality', () => find({ where: { name: 'a', n: 5 } }), /SEARCH .* \(name=\? AND n=\?\)/],
    ['a range', () => find({ where: { n: { gt: 1, lte: 5 } } }), /SEARCH .* \(n>\? AND n<\?\)/],
    [
      'startsWith',
      () => find({ where: { name: { startsWith: 'ab' } } }),
      /SEARCH .* \(name>\? AND name<\?\)/,
    ],
    [
      'in, on the key',
      () => find({ where: { id: { in: ['a', 'b'] } } }),
      /SEARCH users .* \(id=\?\)/,
    ],
    [
      'in, on an indexed field',
      () => find({ where: { n: { in: [1, 2] } } }),
      /SEARCH users .* \(n=\?\)/,
    ],
    [
      'in, of bigints',
      () => find({ where: { big: { in: [1n, 2n] } } }),
      /SEARCH users .* \(big=\?\)/,
    ],
    ['null', () => find({ where: { at: null } }), /SEARCH .* \(at=\?\)/],
    [
      'an update by key',
      () => explain(planUpdate(users, 'a', { n: 1 }, undefined, context)),
      /SEARCH .* \(id=\?\)/,
    ],
    ['the page behind a key', () => after({ id: 'asc' }), /^SEARCH .* \(id>\?\)$/],
    ['the page before a key', () => after({ id: 'desc' }), /^SEARCH .* \(id<\?\)$/],
  ])('serves %s', (_, plan, detail) => {
    expect(plan()).toMatch(detail)
    expect(plan()).not.toMatch(/SCAN users/)
  })

  it.each<[what: string, plan: () => string]>([
    ['the key', () => find({ limit: 10 })],
    ['the key, downwards', () => find({ orderBy: { id: 'desc' }, limit: 10 })],
    ['a point', () => find({ where: { email: 'a' }, orderBy: { id: 'asc' } })],
    ['a page behind the key', () => after({ id: 'asc' })],
  ])('spares sorting by %s', (_, plan) => {
    expect(plan()).not.toContain('TEMP B-TREE')
  })

  it.each(['n', 'big', 'cost', 'at'])('orders by %s, sorting no more than ties', (field) => {
    expect(find({ orderBy: { [field]: 'asc' }, limit: 10 })).toMatch(
      new RegExp(`USING INDEX users_${field}_`),
    )
    expect(find({ orderBy: { [field]: 'asc' }, limit: 10 })).not.toMatch(/B-TREE FOR ORDER BY/)
  })

  it.each(['n', 'big', 'cost'])('serves the page behind a value of %s', (field) => {
    expect(after({ [field]: 'asc' })).toMatch(new RegExp(`SEARCH .* \\(${field}>`))
  })

  it('is not needed for an upsert, whose conflict SQLite finds by itself', () => {
    const query = { on: ['email'], insert: { ...row }, update: { n: 2 } }
    expect(explain(planUpsert(users, query, context))).not.toMatch(/SCAN users/)
  })
})
