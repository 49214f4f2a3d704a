import { createPair } from '@wherry/testing'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { unknownOutcome } from '../../../src/adapters/mongodb/errors.ts'
import type { Collection } from '../../../src/adapters/mongodb/driver.ts'
import { LoneLedger } from '../../../src/adapters/mongodb/lone-ledger.ts'
import { MongoSession, SingleWrite } from '../../../src/adapters/mongodb/session.ts'
import type { Session } from '../../../src/contract/adapter.ts'
import { WherryError } from '../../../src/errors/wherry-error.ts'
import { systemRuntime, type Runtime } from '../../../src/lib/runtime.ts'
import { createIdSource } from '../../../src/lib/uuid.ts'
import { planInsert } from '../../../src/query/plan-write.ts'
import { collection, defineSchema, t } from '../../../src/schema/index.ts'
import { interiorOf } from '../../../src/service/interior.ts'
import { rejectedCode, rejectionOf } from '../../support/errors.ts'
import { eventually } from '../../support/eventually.ts'
import { newStandalone } from '../../support/mongodb.ts'
import { connected } from '../../support/service.ts'

const schema = defineSchema({
  notes: collection({ id: t.id(), n: t.int().default(0), version: t.version() }),
})
const notes = schema.definition.collections.get('notes')!
const dayMs = 86_400_000
const unknown = { code: 'UnknownOutcome', details: { outcome: 'unknown' } }

/** In whose time every wait takes a second, or as long as it is told, and none of ours. */
function hastyRuntime(): Runtime & { nowMs: number; stepMs: number; pass(ms: number): void } {
  let monotonicMs = 0
  return {
    ...systemRuntime,
    nowMs: systemRuntime.now(),
    stepMs: 1_000,
    now() {
      return this.nowMs
    },
    monotonic: () => monotonicMs,
    pass(ms) {
      monotonicMs += ms
    },
    setTimeout(callback) {
      monotonicMs += this.stepMs
      return systemRuntime.setTimeout(callback, 0)
    },
  }
}

/** An adapter alone, as one of several processes that know nothing of each other has it. */
async function open(context: TestContext) {
  const mongo = await newStandalone(context)
  const runtime = hastyRuntime()
  const ledger = mongo.database.collection('wherry_ledger')
  const process = async () => {
    const adapter = mongo.adapter()
    await adapter.connect({ schema: schema.definition, runtime, mayCreate: true })
    onTestFinished(() => adapter.close())
    await adapter.ensure('create')
    const mutate = <T>(
      id: string | null,
      work: (session: Session) => Promise<T>,
      actor: string | null = null,
    ) => {
      const settings = { isolationLevel: 'serializable', timeoutMs: 1_000 } as const
      return adapter.transaction({ ...settings, mutation: { id, actor } }, work)
    }
    return { adapter, mutate }
  }
  const rows = () => mongo.database.collection('notes').countDocuments({})
  return { ...mongo, ...(await process()), process, runtime, ledger, rows }
}

const inserting = (id?: string) => planInsert(notes, [{ id }], { now: () => 0, newId: createIdSource(systemRuntime) }) // prettier-ignore

const insert = async (session: Session) => {
  const [result] = await session.write([inserting()])
  return result!.rows[0]!.id as string
}

describe('a mutation on a server without transactions', () => {
  it('happens once, and who sends it again gets its result', async (context) => {
    const { mutate, rows, process } = await open(context)
    const id = await mutate('m1', insert)
    expect(await mutate('m1', insert)).toBe(id)
    const { mutate: elsewhere } = await process()
    expect(await elsewhere('m1', insert)).toBe(id)
    expect(await rows()).toBe(1)
    expect(await mutate('m2', insert)).not.toBe(id)
    await mutate(null, insert)
    await mutate(null, insert)
    expect(await rows()).toBe(4)
  })

  it('happens once where many send it at the same time', async (context) => {
    const { mutate, rows, process } = await open(context)
    const { mutate: elsewhere } = await process()
    const both = [mutate, elsewhere]
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, n) => both[n % 2]!('m1', insert)),
    )
    expect(new Set(results).size).toBe(1)
    expect(await rows()).toBe(1)
  })

  it('belongs to its actor, before and behind its end', async (context) => {
    const { mutate, rows, process } = await open(context)
    const { mutate: elsewhere } = await process()
    const other = () => rejectionOf(() => elsewhere('m1', insert, 'eve'))
    const expected = { code: 'MutationIdTaken', details: { outcome: 'not-applied' } }
    let during: unknown
    await mutate(
      'm1',
      async (session) => {
        during = await other()
        return insert(session)
      },
      'ann',
    )
    expect(during).toMatchObject(expected)
    expect(await other()).toMatchObject(expected)
    expect(await rejectedCode(() => mutate('m1', insert))).toBe('MutationIdTaken')
    expect(await rows()).toBe(1)
  })

  it('that has failed may be sent again', async (context) => {
    const { mutate, rows, ledger } = await open(context)
    await mutate('m0', async (session) => (await session.write([inserting('a')])).length)
    const twice = () =>
      mutate('m1', async (session) => (await session.write([inserting('a')])).length)
    expect(await rejectedCode(twice)).toBe('UniqueViolation')
    const thrown = () => mutate('m1', () => Promise.reject(new Error('no')))
    await expect(thrown()).rejects.toThrow('no')
    expect(await ledger.findOne({ _id: 'm1' })).toBeNull()
    await mutate('m1', insert)
    expect(await rows()).toBe(2)
  })

  it('is no longer known once it has changed something and failed behind that', async (context) => {
    const { mutate, rows } = await open(context)
    const fails = () =>
      mutate('m1', async (session) => {
        await insert(session)
        throw new Error('no')
      })
    expect(await rejectionOf(fails)).toMatchObject(unknown)
    expect(await rejectionOf(() => mutate('m1', insert))).toMatchObject(unknown)
    expect(await rows()).toBe(1)
  })

  it('writes once, and a second write in it is Unsupported', async (context) => {
    const { mutate, rows } = await open(context)
    let second: unknown
    const fails = () =>
      mutate('m1', async (session) => {
        await insert(session)
        second = await rejectionOf(() => insert(session))
        throw second
      })
    expect(await rejectedCode(fails)).toBe('UnknownOutcome')
    expect(second).toMatchObject({ code: 'Unsupported' })
    expect(await rows()).toBe(1)
    const settings = { isolationLevel: 'serializable', timeoutMs: 1_000 } as const
    const { adapter } = await open(context)
    expect(await rejectedCode(() => adapter.transaction(settings, insert))).toBe('Unsupported')
  })

  it('is waited for, and UnknownOutcome where its process has ended in between', async (context) => {
    const { mutate, rows, ledger, runtime } = await open(context)
    await ledger.insertOne({ _id: 'm1', actor: null, expiresAt: new Date() })
    const startMs = runtime.monotonic()
    const again = () => rejectionOf(() => mutate('m1', insert))
    expect(await again()).toMatchObject(unknown)
    const waitedMs = runtime.monotonic() - startMs
    expect(waitedMs).toBeGreaterThan(30_000)
    expect(await again()).toMatchObject(unknown)
    expect(runtime.monotonic() - startMs).toBe(waitedMs)
    expect(await rows()).toBe(0)
  })

  it('is told by one that ends while others wait, and begun by them where it fails', async (context) => {
    const { mutate, rows, ledger, runtime } = await open(context)
    runtime.stepMs = 1
    const untilItWaits = (fromMs: number) =>
      eventually(() => expect(runtime.monotonic()).toBeGreaterThan(fromMs))
    await ledger.insertOne({ _id: 'm1', actor: null })
    const waiting = mutate('m1', insert)
    await untilItWaits(0)
    await ledger.updateOne({ _id: 'm1' }, { $set: { result: '"theirs"' } })
    expect(await waiting).toBe('theirs')
    await ledger.insertOne({ _id: 'm2', actor: null })
    const failing = rejectionOf(() => mutate('m2', insert))
    await untilItWaits(runtime.monotonic())
    await ledger.deleteMany({ _id: 'm2' })
    expect(await failing).toMatchObject({ code: 'SerializationFailure', retryable: true })
    await mutate('m2', insert)
    expect(await rows()).toBe(1)
  })

  it('keeps its place where nobody knows what became of its write', async (context) => {
    const { open: openParts, mutate, rows } = await open(context)
    const parts = await openParts(schema.definition)
    const ledger = new LoneLedger(parts)
    const lost = () => {
      const session = new SingleWrite(parts, () => Promise.reject(unknownOutcome(undefined)))
      return rejectionOf(() => ledger.once({ id: 'm1', actor: null }, session, insert))
    }
    expect(await lost()).toMatchObject(unknown)
    expect(await lost()).toMatchObject(unknown)
    expect(await rejectionOf(() => mutate('m1', insert))).toMatchObject(unknown)
    // Not even where what failed behind the write knows nothing of it.
    const session = new SingleWrite(parts, () => Promise.reject(unknownOutcome(undefined)))
    const hasty = async () => {
      await insert(session).catch(() => undefined)
      throw new WherryError('TransactionTimeout', 'too late', { outcome: 'not-applied' })
    }
    const late = () => ledger.once({ id: 'm2', actor: null }, session, hasty)
    expect(await rejectionOf(late)).toMatchObject(unknown)
    expect(await rows()).toBe(0)
  })

  it('is remembered by its process while what became of it cannot be recorded', async (context) => {
    const { open: openParts, database, rows, mutate } = await open(context)
    const parts = await openParts(schema.definition)
    let isDown = false
    const entries = database.collection('wherry_ledger')
    const failing: Collection = Object.assign(Object.create(entries) as Collection, {
      updateOne: (...args: Parameters<Collection['updateOne']>) =>
        isDown ? Promise.reject(new Error('down')) : entries.updateOne(...args),
    })
    const broken = { ...parts, database: { ...parts.database, collection: () => failing } }
    const ledger = new LoneLedger(broken)
    const once = (id: string, work: (session: Session) => Promise<unknown>) => {
      const session = new SingleWrite(parts, (plans) => new MongoSession(parts).write(plans))
      return ledger.once({ id, actor: null }, session, work)
    }
    isDown = true
    const id = await once('m1', insert)
    const fails = async (session: Session) => {
      await insert(session)
      throw new Error('no')
    }
    expect(await rejectionOf(() => once('m2', fails))).toMatchObject(unknown)
    for (const down of [true, false]) {
      isDown = down
      expect(await once('m1', insert)).toBe(id)
      expect(await rejectionOf(() => once('m2', insert))).toMatchObject(unknown)
      expect(await rows()).toBe(2)
    }
    expect(await mutate('m1', insert)).toBe(id)
    expect(await rejectionOf(() => mutate('m2', insert))).toMatchObject(unknown)
  })

  it('is begun where the answer to its claim was lost', async (context) => {
    const { open: openParts, database, rows } = await open(context)
    const parts = await openParts(schema.definition)
    const entries = database.collection('wherry_ledger')
    let isLost = true
    const failing: Collection = Object.assign(Object.create(entries) as Collection, {
      async insertOne(...args: Parameters<Collection['insertOne']>) {
        await entries.insertOne(...args)
        if (isLost) throw new Error('lost')
      },
    })
    const broken = { ...parts, database: { ...parts.database, collection: () => failing } }
    const ledger = new LoneLedger(broken)
    const once = () => {
      const session = new SingleWrite(parts, (plans) => new MongoSession(parts).write(plans))
      return ledger.once({ id: 'm1', actor: null }, session, insert)
    }
    await expect(once()).rejects.toThrow('lost')
    expect(await rows()).toBe(0)
    isLost = false
    await once()
    expect(await rows()).toBe(1)
  })

  it('is forgotten behind seven days, some time when others come', async (context) => {
    const { mutate, ledger, runtime } = await open(context)
    const ids = async () =>
      (await ledger.find({}, { sort: { _id: 1 } }).toArray()).map(({ _id }) => _id)
    await mutate('m1', insert)
    runtime.nowMs += 7 * dayMs
    await mutate('m2', insert)
    runtime.nowMs += 1
    await mutate('m3', insert)
    expect(await ids()).toEqual(['m1', 'm2', 'm3'])
    runtime.pass(3_600_000)
    await mutate('m4', insert)
    expect(await ids()).toEqual(['m2', 'm3', 'm4'])
  })
})

describe('a mutation of a client, on a server without transactions', () => {
  it('happens once though its answers are lost, and every write may be one', async (context) => {
    const { adapter } = await newStandalone(context)
    const data = await connected(schema, adapter())
    let toLose = 0
    const { client, close } = createPair({
      data,
      tap: (direction, frame) => {
        if (toLose === 0 || direction === 'up' || !frame.includes('answer')) return 'deliver'
        toLose--
        return 'cut'
      },
    })
    onTestFinished(close)
    await client.notes.insert({ id: 'a' })
    const increment = { n: { increment: 1 } }
    for (const write of [
      () => client.notes.update('a', increment),
      () => client.notes.insertMany([{ id: 'b' }, { id: 'c' }]),
      () => client.notes.updateMany({ where: { id: { ne: 'a' } }, set: increment }),
      () => client.notes.upsert({ on: ['id'], insert: { id: 'a' }, update: increment }),
      () => client.notes.deleteMany({ where: { id: 'c' } }),
      () => client.notes.update('a', increment, { ifVersion: 3 }),
      () => client.notes.delete('b', { ifVersion: 2 }),
    ]) {
      toLose = 1
      await write()
      expect(toLose).toBe(0)
    }
    expect(await client.notes.find()).toMatchObject([{ id: 'a', n: 3, version: 4 }])
    const conflict = () => client.notes.update('a', increment, { ifVersion: 1 })
    expect(await rejectedCode(conflict)).toBe('VersionConflict')
    expect(await rejectedCode(() => client.notes.insert({ id: 'a' }))).toBe('UniqueViolation')
  })

  it('is retried by the service, which finds out what became of it', async (context) => {
    const { adapter, database } = await newStandalone(context)
    const data = await connected(schema, adapter())
    const { transaction } = interiorOf(data)
    const fails = () =>
      transaction(
        async (tx) => {
          await (tx as unknown as typeof data).notes.insert({ id: 'a' })
          throw new Error('no')
        },
        { mutationId: 'm1' },
      )
    const error = await rejectionOf(fails)
    expect(error).toMatchObject({ code: 'UnknownOutcome', details: { outcome: 'unknown' } })
    expect(await database.collection('notes').countDocuments({})).toBe(1)
    await expect(data.transaction(async () => 1)).rejects.toMatchObject({ code: 'Unsupported' })
  })
})
