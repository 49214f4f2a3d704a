import { describe, expect, it } from 'vitest'
import { MysqlEngine } from '../../../src/adapters/mysql/engine.ts'
import { write } from '../../../src/adapters/mysql/writes.ts'
import { parseServerOptions } from '../../../src/adapters/sql/server/options.ts'
import { PlanRunner, PreparedPlans } from '../../../src/adapters/sql/server/plan-runner.ts'
import { planUpdate } from '../../../src/query/plan-write.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { openFake } from '../sql/fake-driver.ts'

const { definition } = defineSchema({ notes: collection({ id: t.id(), n: t.int() }) })
const context = { now: () => 0, newId: () => 'id' }
const notes = definition.collections.get('notes')!
const plan = planUpdate(notes, 'a', { n: 5 }, undefined, context)
const names = { adapter: 'mysql', protocol: /^mysql:/, prefix: 'MYSQL' }
const engine = new MysqlEngine(parseServerOptions(names, { url: 'mysql://localhost/test' }))

const answers = {
  begin: { rows: [], count: 0 },
  update: { rows: [], count: 1 },
  read: { rows: [['a', 5]], count: 0 },
  commit: { rows: [], count: 0 },
}
type Statement = keyof typeof answers

/** An update of which the server ends these statements, and answers the others. */
async function updateWithout(...ended: Statement[]) {
  const { connection, driver } = openFake()
  const plans = new PreparedPlans(engine, { schema: definition })
  const answer = write(new PlanRunner(plans, connection), plan, true)
  const result = answer.catch((error: unknown) => error)
  expect(driver.calls).toHaveLength(4)
  const fault = Object.assign(new Error('Query execution was interrupted'), { errno: 1317 })
  for (const [statement, said] of Object.entries(answers)) {
    if (ended.includes(statement as Statement)) driver.fail(fault)
    else driver.answer(said)
  }
  await new Promise(setImmediate)
  const more = driver.calls.slice(4).map(({ sql }) => sql)
  driver.answer({ rows: [], count: 0 })
  return { result, more, sent: driver.calls.map(({ sql }) => sql) }
}

describe('an update that is made alone', () => {
  it('is sent at once, with its transaction and what reads the row', async () => {
    const { result, more } = await updateWithout()
    expect(await result).toEqual({ count: 1, rows: [{ id: 'a', n: 5 }] })
    expect(more).toEqual([])
  })

  it('reads the row without waiting for who holds it', async () => {
    const { sent } = await updateWithout()
    expect(sent[2]).toMatch(/^select .* for update skip locked$/)
  })

  it.each<[ended: Statement[], outcome: string, more: string[]]>([
    [['update'], 'not-applied', []],
    [['begin', 'update'], 'not-applied', []],
    [['commit'], 'not-applied', ['rollback']],
    [['read', 'commit'], 'not-applied', ['rollback']],
    [['update', 'commit'], 'not-applied', ['rollback']],
    [['read'], 'unknown', []],
    [['begin'], 'unknown', []],
    [['begin', 'commit'], 'unknown', ['rollback']],
  ])('where the server ends %j, tells %s', async (ended, outcome, sent) => {
    const { result, more } = await updateWithout(...ended)
    const code = outcome === 'unknown' ? 'UnknownOutcome' : 'Timeout'
    expect(await result).toMatchObject({ code, details: { outcome } })
    expect(more).toEqual(sent)
  })
})
