import { beforeAll, describe, expect, it } from 'vitest'
import { isMissing, testServer } from '@wherry/testing/servers'
import { mysqlDialect } from '../../../src/adapters/mysql/dialect.ts'
import { mysqlDdl } from '../../../src/adapters/mysql/ddl.ts'
import { compilePlan } from '../../../src/adapters/sql/compile.ts'
import { addStatements } from '../../../src/adapters/sql/ddl.ts'
import { findMissing } from '../../../src/adapters/sql/ensure.ts'
import { shapeOf } from '../../../src/adapters/sql/shape.ts'
import type { Plan } from '../../../src/query/ast.ts'
import { encodeCursor } from '../../../src/query/cursor.ts'
import { planFind, planGet } from '../../../src/query/plan-find.ts'
import { planDeleteMany, planUpdateMany } from '../../../src/query/plan-write.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { connectTo, type Connection } from '../../support/mariadb.ts'

const { definition } = defineSchema({
  users: collection({
    id: t.id(),
    email: t.text({ maxLength: 50 }),
    name: t.text({ maxLength: 50 }),
    n: t.int(),
    big: t.bigint(),
    cost: t.decimal(18, 2),
    at: t.timestamp(),
  })
    .unique('email')
    .index('name', 'n')
    .index('n')
    .index('big')
    .index('cost')
    .index('at'),
})
const users = definition.collections.get('users')!
const dialect = mysqlDialect('mariadb')
const server = await testServer('mariadb')
let connection: Connection | undefined

beforeAll(async () => {
  if (isMissing(server)) return
  const database = await server.createDatabase()
  const opened = await connectTo(database.url)
  connection = opened
  const missing = findMissing(definition, new Map())
  for (const { sql } of addStatements(mysqlDdl('mariadb'), definition, missing, 0)) {
    await opened.query(sql)
  }
  await opened.query(
    `insert into users select concat('id', seq), concat('e', seq), concat('name', seq % 100), seq,
      seq, seq, date_add('2020-01-01', interval seq minute) from seq_1_to_5000`,
  )
  await opened.query('analyze table users')
  return async () => {
    await opened.end()
    await database.drop()
  }
})

/** How MariaDB would run the very statement that the adapter prepares for the plan. */
async function explain(plan: Plan): Promise<string> {
  const { sql, parameters } = compilePlan(dialect, plan)
  const { values } = shapeOf(dialect, plan)
  const bound = parameters === undefined ? values : parameters.map((index) => values[index])
  const steps = (await connection!.execute(`explain ${sql}`, bound)) as unknown[][]
  return steps.map(([, , table, type, , key]) => [table, type, key].join(' ')).join('; ')
}

const find = (query: object) => explain(planFind(users, query))
const context = { now: () => 0, newId: () => 'a' }
const at = new Date('2020-01-02T00:00:00Z')
/** Near the end in most orders, so that few rows are behind it. */
const row = { id: 'id998', email: 'e998', name: 'name98', n: 998, big: 998n, cost: '998.00', at }

function after(orderBy: object): Promise<string> {
  const { order } = planFind(users, { orderBy })
  return find({ orderBy, after: encodeCursor(users, order, row), limit: 10 })
}

const thousand = Array.from({ length: 1_000 }, (_, n) => `id${n}`)

describe('an index of MariaDB', () => {
  it.for<[what: string, plan: () => Promise<string>, steps: RegExp]>([
    ['get by key', () => explain(planGet(users, 'id1')), /^users const PRIMARY$/],
    ['a unique field', () => find({ where: { email: 'e1' } }), /^users const users_email_unique/],
    ['an equality', () => find({ where: { name: 'name1', n: 1 } }), /^users ref users_(name_)?n_/],
    ['a range', () => find({ where: { n: { gt: 1, lte: 5 } } }), /^users range users_n_index/],
    ['a bigint', () => find({ where: { big: 5n } }), /^users ref users_big_index/],
    ['a decimal', () => find({ where: { cost: '5' } }), /^users ref users_cost_index/],
    [
      'a time',
      () => find({ where: { at: { gt: at, lt: new Date(at.getTime() + 6e5) } } }),
      /^users range users_at_index/,
    ],
    [
      'startsWith',
      () => find({ where: { name: { startsWith: 'name7' } } }),
      /^users range users_name_n/,
    ],
    ['in', () => find({ where: { id: { in: ['id1', 'id2', 'id3'] } } }), /^users range PRIMARY$/],
    [
      'in, of many',
      () => find({ where: { id: { in: [...thousand, ...thousand.map((id) => `${id}x`)] } } }),
      /users eq_ref PRIMARY/,
    ],
    [
      'an update by a list',
      () =>
        explain(
          planUpdateMany(
            users,
            { where: { id: { in: thousand.slice(0, 50) } }, set: { n: 1 } },
            context,
          ),
        ),
      /^users range PRIMARY$/,
    ],
    [
      'a delete by a list',
      () => explain(planDeleteMany(users, { where: { n: { in: [1, 2, 3] } } })),
      /^users range users_n_index/,
    ],
    ['a page by the key', () => after({ id: 'asc' }), /^users range PRIMARY$/],
    [
      'a page by two fields',
      () => after([{ name: 'asc' }, { n: 'asc' }]),
      /^users range users_name_n/,
    ],
    ['a page downwards', () => after({ at: 'desc' }), /^users range users_at_index/],
  ])('serves %s', async ([, plan, steps], test) => {
    if (isMissing(server)) test.skip(server.reason)
    expect(await plan()).toMatch(steps)
  })
})
