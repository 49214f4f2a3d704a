import { describe, expect, it } from 'vitest'
import { unknownOutcome } from '../../../src/adapters/mongodb/errors.ts'
import { ServiceLog } from '../../../src/adapters/mongodb/service-log.ts'
import { MongoSession } from '../../../src/adapters/mongodb/session.ts'
import type { Change, ChangeLog, Snapshot } from '../../../src/contract/change-log.ts'
import { systemRuntime, type Runtime } from '../../../src/lib/runtime.ts'
import { createIdSource } from '../../../src/lib/uuid.ts'
import { planFind } from '../../../src/query/plan-find.ts'
import { planInsert, planUpdateMany } from '../../../src/query/plan-write.ts'
import type { Row } from '../../../src/schema/definition.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { rejectedCode } from '../../support/errors.ts'
import { FakeRuntime } from '../../support/fake-runtime.ts'
import { newStandalone, type TestDatabase } from '../../support/mongodb.ts'
import { connected } from '../../support/service.ts'
import { pools, schema as thingsSchema } from '../../support/things.ts'

const schema = defineSchema({
  notes: collection({
    id: t.id(),
    tag: t.text({ maxLength: 50 }).nullable(),
    n: t.int().default(0),
    version: t.version(),
  }).unique('tag'),
})
const notes = schema.definition.collections.get('notes')!
const all = planFind(notes, {})
const writing = { now: () => 0, newId: createIdSource(systemRuntime) }

const rowsById = (rows: readonly Row[]) => new Map(rows.map((row) => [row.id, row]))

/** Does again what a log tells, and sees that every change begins where the last one ended. */
function replay(rows: Map<unknown, Row>, changes: readonly Change[]): void {
  for (const { old, row } of changes) {
    const { id } = (old ?? row)!
    expect(rows.get(id) ?? null).toEqual(old)
    if (row === null) rows.delete(id)
    else rows.set(id, row)
  }
}

async function readAll(log: ChangeLog, after: string): Promise<Change[]> {
  const { changes, position } = await log.read(after)
  return position === after ? [] : [...changes, ...(await readAll(log, position))]
}

/** Sixteen who write what they like, each one thing after the other. */
async function writeMuch({ notes: handle }: Awaited<ReturnType<typeof connect>>['data']) {
  const write = async (writer: number, turn: number) => {
    const id = `n${(writer * 7 + turn * 3) % 10}`
    const set = { n: { increment: 1 } }
    switch ((writer + turn) % 6) {
      case 0:
        return handle.insert({ id, tag: `${writer}-${turn}` })
      case 1:
        return handle.upsert({ on: ['id'], insert: { id }, update: set })
      case 2:
        return handle.delete(id)
      case 3:
        return handle.updateMany({ where: { n: { gte: turn % 3 } }, set })
      case 4:
        return handle.upsert({ on: ['tag'], insert: { tag: `t${turn % 3}` }, update: set })
      default:
        return handle.update(id, { ...set, tag: `t${turn % 5}` })
    }
  }
  const expected = ['NotFound', 'UniqueViolation']
  const writer = async (n: number) => {
    for (let turn = 0; turn < 12; turn++) {
      await write(n, turn).then(undefined, (error: { code: string }) => {
        expect(expected).toContain(error.code)
      })
    }
  }
  await Promise.all(Array.from({ length: 16 }, (_, n) => writer(n)))
}

async function connect({ adapter: newAdapter }: TestDatabase) {
  const adapter = newAdapter()
  const data = await connected(schema, adapter)
  return { adapter, log: adapter.log, data }
}

/** A log whose process can end as it likes. */
async function openLog({ open }: TestDatabase, of = schema, runtime: Runtime = systemRuntime) {
  const context = await open(of.definition, runtime)
  const log = new ServiceLog(context)
  await log.open()
  const session = new MongoSession(context)
  const by = { id: null, actor: null }
  return {
    log,
    context,
    insert: async (row: Row = {}) => {
      const plans = [planInsert(notes, [row], writing)]
      await log.written(plans, by, () => session.write(plans))
    },
    fail: (error: Error) => {
      const plans = [planUpdateMany(notes, { where: {}, set: { n: 1 } }, writing)]
      return log.written(plans, by, async () => {
        throw error
      })
    },
  }
}

describe('the log that the service keeps', () => {
  it('has the changes of every row in their order, while many write', async (context) => {
    const { data, log } = await connect(await newStandalone(context))
    const start = await log.head()
    await writeMuch(data)
    const rows = new Map<unknown, Row>()
    const changes = await readAll(log, start)
    replay(rows, changes)
    expect(rows).toEqual(rowsById(await data.notes.find()))
    expect(changes.length).toBeGreaterThan(100)
  })

  it('gives rows and the position whose state they are, while many write', async (context) => {
    const { data, log } = await connect(await newStandalone(context))
    const snapshots: Snapshot<Row[]>[] = []
    let isOver = false
    const look = async (): Promise<void> => {
      snapshots.push(await log.snapshot([notes], (reader) => reader.find(all)))
      return isOver ? undefined : look()
    }
    const looking = look()
    await writeMuch(data)
    isOver = true
    await looking
    const last = rowsById(await data.notes.find())
    expect(snapshots.length).toBeGreaterThan(3)
    for (const { value, position } of snapshots) {
      const then = rowsById(value)
      replay(then, await readAll(log, position))
      expect(then).toEqual(last)
    }
  })

  it('knows who made a change, and nothing of what was refused or changed nothing', async (context) => {
    const { adapter, log, data } = await connect(await newStandalone(context))
    const start = await log.head()
    await data.notes.insert({ id: 'a', tag: 'x' })
    await rejectedCode(() => data.notes.insert({ id: 'b', tag: 'x' }))
    await rejectedCode(() => data.notes.insertMany([{ id: 'b' }, { id: 'a' }]))
    await rejectedCode(() => data.notes.update('c', { n: 1 }))
    await data.notes.deleteMany({ where: { n: { gt: 5 } } })
    const settings = { isolationLevel: 'serializable', timeoutMs: 1_000 } as const
    const mutation = { id: 'm1', actor: 'ann' }
    const plans = [planInsert(notes, [{ id: 'b' }], writing)]
    await adapter.transaction({ ...settings, mutation }, async (session) => {
      const [{ count } = { count: 0 }] = await session.write(plans)
      return count
    })
    const { changes } = await log.read(start)
    expect(changes).toMatchObject([
      { old: null, row: { id: 'a' }, actor: null, mutationId: null },
      { old: null, row: { id: 'b' }, actor: 'ann', mutationId: 'm1' },
    ])
  })

  it('tells of changes by this service alone, and wakes who waits for them', async (context) => {
    const mongo = await newStandalone(context)
    const [here, elsewhere] = [await connect(mongo), await connect(mongo)]
    expect(here.adapter.capabilities).toMatchObject({ externalChanges: false })
    const start = await here.log.head()
    let wakes = 0
    const stop = here.log.watch(() => void wakes++)
    await elsewhere.data.notes.insert({ id: 'a' })
    expect([await here.log.head(), wakes]).toEqual([start, 0])
    await here.data.notes.update('a', { n: 1 })
    expect(wakes).toBe(1)
    stop()
    await here.data.notes.update('a', { n: 2 })
    expect(wakes).toBe(1)
    const { changes } = await here.log.read(start)
    expect(changes.map(({ old, row }) => [old?.n, row?.n])).toEqual([
      [0, 1],
      [1, 2],
    ])
  })
})

describe('the log that the next process finds', () => {
  it('goes on where the last one closed, with rows as they were', async (context) => {
    const mongo = await newStandalone(context)
    const thing = Object.fromEntries(
      Object.entries(pools).map(([name, pool]) => [name, pool.at(-1)]),
    )
    const firstAdapter = mongo.adapter()
    const first = await connected(thingsSchema, firstAdapter)
    const start = await firstAdapter.log.head()
    await first.things.insert(thing as never)
    const row = await first.things.get(thing.id as string)
    const middle = await firstAdapter.log.head()
    await first.things.delete(thing.id as string)
    await first.close()
    const adapter = mongo.adapter()
    const data = await connected(thingsSchema, adapter)
    await data.things.insert({ name: 'x', count: 1 })
    const { changes } = await adapter.log.read(start)
    expect(changes.slice(0, 2)).toMatchObject([
      { old: null, row },
      { old: row, row: null },
    ])
    expect(changes[2]).toMatchObject({ row: { name: 'x' } })
    expect((await adapter.log.read(middle)).changes).toEqual(changes.slice(1))
    expect(changes[0]!.collection).toBe(thingsSchema.definition.collections.get('things'))
  })

  it('is the same though a process in between has only read', async (context) => {
    const mongo = await newStandalone(context)
    const first = await openLog(mongo)
    const start = await first.log.head()
    await first.insert()
    await first.log.close(true)
    const reader = await openLog(mongo)
    expect((await reader.log.read(start)).changes).toHaveLength(1)
    await reader.log.close(true)
    const third = await openLog(mongo)
    expect((await third.log.read(start)).changes).toHaveLength(1)
  })

  it('begins anew behind a process that has ended otherwise', async (context) => {
    const mongo = await newStandalone(context)
    const first = await openLog(mongo)
    await first.insert()
    await first.log.close(true)
    const second = await openLog(mongo)
    const kept = await second.log.head()
    await second.insert()
    const lost = await second.log.head()
    await second.context.client.close()
    const third = await openLog(mongo)
    expect(await rejectedCode(() => third.log.read(kept))).toBe('PositionLost')
    expect(await rejectedCode(() => third.log.read(lost))).toBe('PositionLost')
    await third.insert()
    await third.log.close(true)
    const fourth = await openLog(mongo)
    expect(await fourth.log.head()).toBe(await third.log.head())
  })

  it('begins anew behind a write of which nobody knows what became of it', async (context) => {
    const mongo = await newStandalone(context)
    const runtime = new FakeRuntime()
    const first = await openLog(mongo, schema, runtime)
    await first.insert()
    const before = await first.log.head()
    await expect(first.fail(unknownOutcome(undefined))).rejects.toThrow('did not say')
    expect(await rejectedCode(() => first.log.read(before))).toBe('PositionLost')
    // Until then the server may still apply it.
    const tooEarly = await first.log.head()
    await runtime.advance(first.context.statementTimeoutMs + 1_000)
    expect(await rejectedCode(() => first.log.read(tooEarly))).toBe('PositionLost')
    const start = await first.log.head()
    await first.insert()
    await first.log.close(true)
    const second = await openLog(mongo)
    expect((await second.log.read(start)).changes).toHaveLength(1)
    expect(await rejectedCode(() => second.log.read(before))).toBe('PositionLost')
  })

  it('is left to nobody while a write may still be applied', async (context) => {
    const mongo = await newStandalone(context)
    const runtime = new FakeRuntime()
    const first = await openLog(mongo, schema, runtime)
    await first.insert()
    await expect(first.fail(unknownOutcome(undefined))).rejects.toThrow('did not say')
    const head = await first.log.head()
    await first.log.close(true)
    expect(runtime.pendingTimers).toBe(0)
    const second = await openLog(mongo)
    expect(await rejectedCode(() => second.log.read(head))).toBe('PositionLost')
  })

  it('begins anew behind one that ended while another began to write', async (context) => {
    const mongo = await newStandalone(context)
    const [ending, beginning] = [await openLog(mongo), await openLog(mongo)]
    await ending.insert()
    const head = await ending.log.head()
    const { database } = ending.context
    const entries = database.collection('wherry_log')
    const deleteMany = entries.deleteMany.bind(entries)
    entries.deleteMany = async (filter) => {
      await beginning.insert()
      return deleteMany(filter)
    }
    const others = database.collection.bind(database)
    database.collection = (name) => (name === 'wherry_log' ? entries : others(name))
    await ending.log.close(true)
    await beginning.log.close(true)
    const next = await openLog(mongo)
    expect(await rejectedCode(() => next.log.read(head))).toBe('PositionLost')
  })

  it('begins anew behind two that wrote at the same time, and goes on behind one again', async (context) => {
    const mongo = await newStandalone(context)
    const [first, second] = [await openLog(mongo), await openLog(mongo)]
    await first.insert()
    const ofFirst = await first.log.head()
    await second.insert()
    const ofSecond = await second.log.head()
    await second.log.close(true)
    await first.log.close(true)
    const third = await openLog(mongo)
    expect(await rejectedCode(() => third.log.read(ofFirst))).toBe('PositionLost')
    expect(await rejectedCode(() => third.log.read(ofSecond))).toBe('PositionLost')
    await third.insert()
    const head = await third.log.head()
    await third.log.close(true)
    expect(await (await openLog(mongo)).log.head()).toBe(head)
  })

  it('begins anew behind a process that ended while it wrote', async (context) => {
    const mongo = await newStandalone(context)
    const first = await openLog(mongo)
    await first.insert()
    const head = await first.log.head()
    await first.log.close(false)
    const second = await openLog(mongo)
    expect(await rejectedCode(() => second.log.read(head))).toBe('PositionLost')
  })

  it('begins anew where the schema is another one', async (context) => {
    const mongo = await newStandalone(context)
    const first = await openLog(mongo)
    await first.insert()
    const head = await first.log.head()
    await first.log.close(true)
    const other = defineSchema({ notes: collection({ id: t.id() }) })
    const second = await openLog(mongo, other as never)
    expect(await rejectedCode(() => second.log.read(head))).toBe('PositionLost')
  })

  it('knows no position of another log, and none from the future', async (context) => {
    const { log, insert } = await openLog(await newStandalone(context))
    await insert()
    const head = await log.head()
    const [generation] = head.split(':')
    for (const position of ['', 'other:0', `${generation}:2`, `${generation}:`, `${head}x`]) {
      expect(await rejectedCode(() => log.read(position)), position).toBe('PositionLost')
    }
    expect(await log.read(`${generation}:0`, `${generation}:0`)).toEqual({
      changes: [],
      isWhole: true,
      position: `${generation}:0`,
    })
  })
})
