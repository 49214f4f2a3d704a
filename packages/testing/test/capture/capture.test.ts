import { createDataService, type Adapter, type CaptureMode } from '@wherry/core'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { kysely } from '@wherry/core/sql'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFuzzRuntime } from '../../src/fuzz/lib/runtime.ts'
import { Random } from '../../src/fuzz/lib/random.ts'
import { readChanges } from '../../src/fuzz/run/change-log.ts'
import {
  mariadbEngine,
  memoryEngine,
  postgresEngine,
  sqliteEngine,
  sqliteMemoryEngine,
} from '../engines.ts'
import { newDatabase } from './new-database.ts'

const seed = Number(process.env.WHERRY_SEED ?? 20_261_129)

const schema = defineSchema({
  owners: collection({ id: t.id(), email: t.text({ maxLength: 40 }) }).unique('email'),
  things: collection({
    shelf: t.int(),
    name: t.text({ maxLength: 40 }),
    ownerId: t.ref('owners').nullable(),
    n: t.int().nullable(),
    big: t.bigint().nullable(),
    part: t.float().nullable(),
    price: t.decimal(9, 2).nullable(),
    at: t.timestamp().nullable(),
    day: t.date().nullable(),
    raw: t.bytes().nullable(),
    isNew: t.boolean().nullable(),
    data: t.json().nullable(),
    tags: t.array(t.text()).nullable(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  }).key('shelf', 'name'),
})

const lasting = [sqliteEngine, postgresEngine, mariadbEngine] as const
const sqlEngines = [...lasting, sqliteMemoryEngine] as const

type Modes = CaptureMode | { owners?: CaptureMode; things?: CaptureMode }

async function open(adapter: Adapter, capture?: Modes, ensure?: 'create' | 'verify') {
  const runtime = createFuzzRuntime(seed)
  const options = { schema, databases: [adapter] as const, runtime }
  const data = createDataService(capture === undefined ? options : { ...options, capture })
  onTestFinished(() => data.close())
  await data.connect(ensure && { ensure })
  runtime.rewind()
  return { data, runtime, log: adapter.log }
}

type Opened = Awaited<ReturnType<typeof open>>
type Data = Opened['data']

/** One write of any kind; the same for the same seed, whatever it meets. */
async function writeAny(
  data: Data | Parameters<Parameters<Data['transaction']>[0]>[0],
  random: Random,
) {
  const shelf = random.below(3)
  const name = `thing '${random.below(6)}" \\ ✓`
  const values = {
    n: random.chance(0.2) ? null : random.between(-5, 5),
    big: BigInt(random.below(2 ** 30)) * 2n ** 31n,
    part: random.pick([0.1, 1 / 3, -2.5e-7, 1e21, null]),
    price: random.pick(['12.50', '-0.01', '0.00', null]),
    at: random.pick([new Date(random.below(2 ** 30) * 1_000 + 7), null]),
    day: random.pick(['2026-02-28', null]),
    raw: random.pick([Uint8Array.of(0, 255, 39), new Uint8Array(0), null]),
    isNew: random.pick([true, false, null]),
    data: random.pick([{ a: [1, "it's", null] }, 'text', null]),
    tags: random.pick([['x', 'y "z"'], [], null]),
  }
  const ownerId = random.pick(['o1', 'o2', null])
  switch (random.below(7)) {
    case 0:
      return data.things.insert({ shelf, name, ownerId, ...values })
    case 1: {
      const names = random.sample([`${name}1`, `${name}2`, `${name}3`], 2)
      return data.things.insertMany(names.map((each) => ({ shelf, name: each, ...values })))
    }
    case 2:
      return data.things.update({ shelf, name }, { ...values, n: { increment: 2 } })
    case 3:
      return data.things.updateMany({ where: { shelf }, set: { n: { increment: 1 } } })
    case 4:
      return data.things.upsert({
        on: ['shelf', 'name'],
        insert: { shelf, name, ...values },
        update: { ownerId, price: { increment: '0.25' } },
      })
    case 5:
      return data.things.deleteMany({ where: { shelf, n: { gte: 3 } } })
    default:
      return data.owners.upsert({
        on: ['email'],
        insert: { id: random.pick(['o1', 'o2', 'o3']), email: random.pick(['a@x', 'b@x', 'c@x']) },
        update: { email: random.pick(['a@x', 'b@x', 'c@x']) },
      })
  }
}

/** Writes, now alone, now in a transaction, which may fail; what fails does on every engine. */
async function step({ data, runtime }: Opened, at: number): Promise<string> {
  const random = new Random(seed, at)
  runtime.nowMs++
  const write = (into: Parameters<typeof writeAny>[0]) => writeAny(into, random)
  try {
    if (random.chance(0.5)) await write(data)
    else {
      const options = random.pick([{}, { actor: 'ann' }, { actor: 'bob', mutationId: `m${at}` }])
      await data.transaction(async (tx) => {
        for (let n = random.between(1, 3); n > 0; n--) await write(tx)
      }, options)
    }
    return 'done'
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
}

/** Entries of one statement have no order among each other. */
function inOrder(changes: Awaited<ReturnType<typeof readChanges>>['changes']) {
  const told = changes.map(({ collection: { name }, old, row, actor, mutationId }) => {
    return { name, old, row, actor, mutationId }
  })
  const place = ({ name, old, row }: (typeof told)[number]) => {
    const { id, shelf, name: thing, version } = (row ?? old) as Record<string, unknown>
    return JSON.stringify([name, id, shelf, thing, row === null ? Infinity : version])
  }
  return told.sort((a, b) => (place(a) < place(b) ? -1 : 1))
}

describe.each(sqlEngines)('capture by the service on $name', (engine) => {
  it(`writes what triggers would have written (seed ${seed})`, async (test) => {
    const made = [await newDatabase(engine, test), await newDatabase(engine, test)]
    const triggers = await open(made[0]!.adapter())
    const byService = await open(made[1]!.adapter(), 'service')
    let [left, right] = [await triggers.log.head(), await byService.log.head()]
    let entries = 0
    for (let at = 0; at < 120; at++) {
      const outcomes = [await step(triggers, at), await step(byService, at)]
      expect(outcomes[1], `step ${at}`).toBe(outcomes[0])
      const [ours, theirs] = [
        await readChanges(byService.log, right),
        await readChanges(triggers.log, left),
      ]
      ;[left, right] = [theirs.position, ours.position]
      expect(inOrder(ours.changes), `step ${at}`).toEqual(inOrder(theirs.changes))
      entries += ours.changes.length
    }
    expect(entries).toBeGreaterThan(100)
    // Not as texts: JSON may be written in more than one way.
    const columns = ['collection', 'operation', 'version', 'schema_hash', 'actor', 'mutation_id']
    const rows = async ({ data }: Opened, adapter: Adapter) => {
      const db = kysely(data, adapter.name)
      const found = await db
        .selectFrom('wherry_log')
        .select([...columns, 'key'])
        .execute()
      return found
        .map(({ key, version, ...rest }) => {
          const parsed: unknown = typeof key === 'string' ? JSON.parse(key) : key
          return JSON.stringify({ ...rest, version: Number(version), key: parsed })
        })
        .filter((text) => !text.includes('"none"'))
        .sort()
    }
    expect(await rows(byService, made[1]!.adapter())).toEqual(
      await rows(triggers, made[0]!.adapter()),
    )
  })

  it('does not see strangers, and doctor says so', async (test) => {
    const database = await newDatabase(engine, test)
    const adapter = database.adapter()
    const { data, log } = await open(adapter, { owners: 'service', things: 'off' })
    const start = await log.head()
    const db = kysely<{ owners: { id: string; email: string } }>(data, adapter.name)
    await db.insertInto('owners').values({ id: 'o1', email: 'a@x' }).execute()
    await data.things.insert({ shelf: 1, name: 'a' })
    expect((await readChanges(log, start)).changes).toEqual([])
    expect(await data.doctor()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ severity: 'note', subject: 'owners' }),
        expect.objectContaining({
          subject: 'things',
          problem: 'is not captured: the log has nothing of it',
        }),
      ]),
    )
  })
})

describe.each([postgresEngine, mariadbEngine])('capture by the service on $name', (engine) => {
  it('lets one of two insert a row that both did not find, and tells the other to run again', async (test) => {
    const { data } = await open((await newDatabase(engine, test)).adapter(), 'service')
    let looked = 0
    let bothLooked!: () => void
    const both = new Promise<void>((resolve) => (bothLooked = resolve))
    const insert = () =>
      data.transaction(
        async (tx) => {
          await tx.owners.get('o', { forUpdate: true }).catch(() => undefined)
          if (++looked === 2) bothLooked()
          await both
          await tx.owners.upsert({
            on: ['id'],
            insert: { id: 'o', email: 'e' },
            update: { email: 'e' },
          })
        },
        { isolationLevel: 'repeatable read', maxRetries: 0 },
      )
    const outcomes = await Promise.allSettled([insert(), insert()])
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(failed).toMatchObject([{ reason: { code: 'SerializationFailure' } }])
    expect(await data.owners.count()).toBe(1)
  })
})

describe.each(lasting)('another capture on $name', (engine) => {
  it('is told from triggers at the start, and takes their place where it may', async (test) => {
    const database = await newDatabase(engine, test)
    const first = await open(database.adapter())
    await first.data.owners.insert({ id: 'o1', email: 'a@x' })
    await expect(open(database.adapter(), 'service', 'verify')).rejects.toMatchObject({
      code: 'SchemaMismatch',
      details: { problems: [expect.stringMatching(/'owners' has triggers/), expect.anything()] },
    })
    const { data, log } = await open(database.adapter(), { owners: 'service' })
    const start = await log.head()
    await data.owners.insert({ id: 'o2', email: 'b@x' })
    await data.things.insert({ shelf: 1, name: 'a' })
    expect((await readChanges(log, start)).changes).toMatchObject([
      { row: { id: 'o2' } },
      { row: { name: 'a' } },
    ])
    const back = await open(database.adapter())
    const later = await back.log.head()
    await back.data.owners.insert({ id: 'o3', email: 'c@x' })
    expect((await readChanges(back.log, later)).changes).toMatchObject([{ row: { id: 'o3' } }])
  })
})

describe.each([memoryEngine, sqliteMemoryEngine])(
  'a collection of capture off on $name',
  (engine) => {
    it('has no entries, and cannot be live', async () => {
      const database = await engine.create({})
      onTestFinished(() => database.dispose())
      const { data, log } = await open(database.adapter(), { things: 'off' })
      const start = await log.head()
      await data.things.insert({ shelf: 1, name: 'a' })
      await data.owners.insert({ id: 'o1', email: 'a@x' })
      expect((await readChanges(log, start)).changes).toMatchObject([{ row: { id: 'o1' } }])
      expect(() => data.things.live().subscribe(() => undefined)).toThrow(
        expect.objectContaining({ code: 'Unsupported', details: { collection: 'things' } }),
      )
      expect(() => data.on('things:created', () => undefined)).toThrow(
        expect.objectContaining({ code: 'Unsupported' }),
      )
      await new Promise<void>((resolve) => data.owners.live().subscribe(() => resolve()))
    })
  },
)

describe('memory', () => {
  it.each(['triggers', 'service'] as const)('logs all there is under %s', async (capture) => {
    const database = await memoryEngine.create({})
    const { data, log } = await open(database.adapter(), capture)
    const start = await log.head()
    await data.owners.insert({ id: 'o1', email: 'a@x' })
    expect((await readChanges(log, start)).changes).toHaveLength(1)
  })
})
