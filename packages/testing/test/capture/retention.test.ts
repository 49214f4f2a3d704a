import { createDataService, systemRuntime, type Adapter, type Runtime } from '@wherry/core'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { kysely } from '@wherry/core/sql'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readChanges } from '../../src/fuzz/run/change-log.ts'
import { mariadbEngine, memoryEngine, postgresEngine, sqliteEngine } from '../engines.ts'
import { patient } from '../patient.ts'
import { newDatabase } from './new-database.ts'

const schema = defineSchema({ notes: collection({ id: t.id(), n: t.int() }) })

/** Leases are taken and renewed all the time; all else takes as long as it does. */
const hasty: Runtime = {
  ...systemRuntime,
  setTimeout: (callback, delayMs) =>
    systemRuntime.setTimeout(callback, delayMs === 100 || delayMs === 20_000 ? 20 : delayMs),
}

const little = { keepEntries: 10, keepMs: 0 }

interface Settings {
  readonly log?: { keepEntries?: number; keepMs?: number; maxEntries?: number }
  readonly runtime?: Runtime
}

async function open(adapter: Adapter, settings: Settings = {}) {
  const data = createDataService({ schema, databases: [adapter], ...settings })
  onTestFinished(() => data.close())
  await data.connect()
  const db = kysely(data, adapter.name)
  const countOf = async (table: string) => (await db.selectFrom(table).selectAll().execute()).length
  return { data, log: adapter.log, db, countOf }
}

type Opened = Awaited<ReturnType<typeof open>>

/** As many changes as it takes for the log to be looked at, which it is once in 1,000 of them. */
async function writeMuch({ data }: Opened): Promise<void> {
  for (let n = 0; n < 1_200; n++) await data.notes.insert({ n })
}

/**
 * Writes until some of it has gone from the log. PostgreSQL lets nothing go that began behind the oldest
 * transaction of the whole server, and that may be another test's.
 */
async function writeUntilPruned(opened: Opened): Promise<void> {
  do await writeMuch(opened)
  while ((await opened.countOf('wherry_log')) >= 1_200)
}

describe.each([sqliteEngine, postgresEngine, mariadbEngine])('the log on $name', (engine) => {
  it('keeps its latest entries, whatever the dead have not read, and tells who is behind', async (test) => {
    const database = await newDatabase(engine, test)
    const opened = await open(database.adapter(), { log: little })
    const start = await opened.log.head()
    const past = engine === sqliteEngine ? 0 : '2026-01-01 00:00:00'
    const dead = { target: 'dead-0', position: start, lease_until: past }
    await opened.db.insertInto('wherry_cursor').values(dead).execute()
    await writeUntilPruned(opened)
    expect(await opened.countOf('wherry_log')).toBeGreaterThanOrEqual(10)
    await expect(opened.log.read(start)).rejects.toMatchObject({ code: 'PositionLost' })
  })

  it('keeps what is young', async (test) => {
    const database = await newDatabase(engine, test)
    const opened = await open(database.adapter(), { log: { keepEntries: 10, keepMs: 600_000 } })
    const start = await opened.log.head()
    await writeMuch(opened)
    expect((await readChanges(opened.log, start)).changes).toHaveLength(1_200)
  })

  it('keeps what a reader of another service has not read, as long as that one lives', async (test) => {
    const database = await newDatabase(engine, test)
    const writer = await open(database.adapter(), { log: little })
    const slow = await open(database.adapter(), { log: little, runtime: hasty })
    let position = await slow.log.head()
    const letGo = slow.log.watch(
      () => undefined,
      () => position,
    )
    await vi.waitFor(async () => expect(await writer.countOf('wherry_cursor')).toBe(1), patient)
    await writeMuch(writer)
    const read = await readChanges(slow.log, position)
    expect(read.changes).toHaveLength(1_200)
    position = read.position
    letGo()
    await vi.waitFor(async () => expect(await writer.countOf('wherry_cursor')).toBe(0), patient)
    await writeUntilPruned(writer)
  })

  it('waits for no reader beyond its limit', async (test) => {
    const database = await newDatabase(engine, test)
    const slow = await open(database.adapter(), { runtime: hasty })
    const position = await slow.log.head()
    onTestFinished(
      slow.log.watch(
        () => undefined,
        () => position,
      ),
    )
    await vi.waitFor(async () => expect(await slow.countOf('wherry_cursor')).toBe(1), patient)
    const writer = await open(database.adapter(), { log: { ...little, maxEntries: 500 } })
    await writeUntilPruned(writer)
    expect(await writer.countOf('wherry_log')).toBeGreaterThanOrEqual(500)
    await expect(slow.log.read(position)).rejects.toMatchObject({ code: 'PositionLost' })
  })

  it('is told by a live query how far it has read', async (test) => {
    const database = await newDatabase(engine, test)
    const { data, countOf } = await open(database.adapter(), { runtime: hasty })
    let stop = () => undefined as void
    await new Promise<void>((resolve) => {
      stop = data.notes.live().subscribe(() => resolve())
    })
    await vi.waitFor(async () => expect(await countOf('wherry_cursor')).toBe(1), patient)
    stop()
    await vi.waitFor(async () => expect(await countOf('wherry_cursor')).toBe(0), patient)
  })
})

describe('memory', () => {
  it('keeps as many as it is told, and refuses to look at the time', async () => {
    const { adapter } = await memoryEngine.create({})
    const database = adapter()
    const data = createDataService({ schema, databases: [database], log: { keepEntries: 5 } })
    await data.connect()
    const start = await database.log.head()
    for (let n = 0; n < 11; n++) await data.notes.insert({ n })
    await expect(database.log.read(start)).rejects.toMatchObject({ code: 'PositionLost' })
    await data.close()
    const other = (await memoryEngine.create({})).adapter()
    const aged = createDataService({ schema, databases: [other], log: { keepMs: 5 } })
    await expect(aged.connect()).rejects.toMatchObject({ code: 'Unsupported' })
  })
})
