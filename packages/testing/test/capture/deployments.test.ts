import { createDataService, type Adapter, type CaptureMode } from '@wherry/core'
import { collection, defineSchema, t } from '@wherry/core/schema'
import { kysely } from '@wherry/core/sql'
import { CompiledQuery, type Kysely } from 'kysely'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readChanges } from '../../src/fuzz/run/change-log.ts'
import {
  mariadbEngine,
  mysqlEngine,
  pgliteEngine,
  postgresEngine,
  sqliteEngine,
} from '../engines.ts'
import { patient } from '../patient.ts'
import { newDatabase } from './new-database.ts'

const fields = { id: t.id(), n: t.int().default(0), version: t.version() }
const extra = { extra: t.text({ maxLength: 9 }).nullable() }

const first = defineSchema({ notes: collection(fields) })
const second = defineSchema({ notes: collection({ ...fields, ...extra }) })
const third = defineSchema({ notes: collection({ ...fields, ...extra, n: t.int().default(7) }) })
/** The same table by another name, and one that no column of `n` fits. */
const renamed = defineSchema({ memos: collection(fields).table('notes') })
const unfit = defineSchema({ notes: collection({ ...fields, n: t.text({ maxLength: 9 }) }) })

type Schema = typeof first

interface Tables {
  notes: { id: string; n: number; version: number; extra?: string | null }
  wherry_log: { seq: number; schema_hash: string }
  wherry_schema: { number: number; hash: string }
}

interface Settings {
  readonly ensure?: 'create' | 'verify' | 'off'
  readonly capture?: CaptureMode
}

/** One process of a deployment; one after another, as where a database has room for only one. */
async function run<T>(
  adapter: Adapter,
  schema: unknown,
  work: (process: Process) => Promise<T>,
  { ensure = 'create', ...settings }: Settings = {},
): Promise<T> {
  const data = createDataService({ schema: schema as Schema, databases: [adapter], ...settings })
  onTestFinished(() => data.close())
  await data.connect({ ensure })
  try {
    return await work({ data, log: adapter.log, db: kysely<Tables>(data, adapter.name) })
  } finally {
    await data.close()
  }
}

interface Process {
  readonly data: ReturnType<typeof createDataService<Schema>>
  readonly log: Adapter['log']
  readonly db: Kysely<Tables>
}

const nothing = async () => undefined

/** The schema by whose trigger an insert of another program is written. */
async function writer({ db }: Pick<Process, 'db'>, id: string): Promise<string> {
  await db.insertInto('notes').values({ id, n: 1, version: 1 }).execute()
  const entries = db.selectFrom('wherry_log').select('schema_hash').orderBy('seq', 'desc')
  return (await entries.limit(1).executeTakeFirstOrThrow()).schema_hash
}

const recorded = async ({ db }: Process) =>
  (await db.selectFrom('wherry_schema').select('hash').orderBy('number').execute()).map(
    ({ hash }) => hash,
  )

const [one, two, three] = [first, second, third].map(({ definition }) => definition.hash)

describe.each([sqliteEngine, postgresEngine, pgliteEngine, mariadbEngine, mysqlEngine])(
  'versions of an application on $name',
  (engine) => {
    const dropTrigger = ({ db }: Process, event: string) => {
      const isPostgres = ['postgres', 'pglite'].includes(engine.name)
      const on = isPostgres ? ' on notes' : ''
      return db.executeQuery(CompiledQuery.raw(`drop trigger wherry_notes_${event}${on}`))
    }

    it('have the triggers of the one that came last, whichever is started again', async (test) => {
      const database = await newDatabase(engine, test)
      const writers: string[] = []
      for (const [at, schema] of [first, second, first, third, second, first, third].entries()) {
        writers.push(await run(database.adapter(), schema, (each) => writer(each, `n${at}`)))
      }
      expect(writers).toEqual([one, two, two, three, three, three, three])
      await run(database.adapter(), first, async (each) => {
        expect(await recorded(each)).toEqual([one, two, three])
        expect((await each.data.doctor()).filter(({ severity }) => severity === 'error')).toEqual(
          [],
        )
      })
    })

    it('are told by those triggers what each of them knows', async (test) => {
      const database = await newDatabase(engine, test)
      await run(database.adapter(), first, nothing)
      await run(database.adapter(), second, nothing)
      const start = await run(database.adapter(), first, async ({ data, log, db }) => {
        const position = await log.head()
        const rows: unknown[] = []
        let current: readonly unknown[] = []
        data.notes.live().subscribe((event) => (current = event.rows))
        rows.push(await data.notes.insert({ id: 'a', n: 1 }))
        await db.updateTable('notes').set({ extra: 'x' }).where('id', '=', 'a').execute()
        rows.push(await data.notes.get('a'))
        expect((await readChanges(log, position)).changes).toMatchObject([
          { old: null, row: rows[0] },
          { old: rows[0], row: rows[1] },
        ])
        expect(rows).toEqual([
          { id: 'a', n: 1, version: 1 },
          { id: 'a', n: 1, version: 2 },
        ])
        await vi.waitFor(() => expect(current).toEqual([rows[1]]), patient)
        return position
      })
      await run(database.adapter(), second, async ({ log }) => {
        expect((await readChanges(log, start)).changes.map(({ row }) => row)).toEqual([
          { id: 'a', n: 1, version: 1, extra: null },
          { id: 'a', n: 1, version: 2, extra: 'x' },
        ])
      })
    })

    it('go back for good where the record is emptied, and what a later one misses it asks for', async (test) => {
      const database = await newDatabase(engine, test)
      await run(database.adapter(), first, nothing)
      await run(database.adapter(), second, ({ db }) => db.deleteFrom('wherry_schema').execute())
      await run(database.adapter(), first, async (each) => {
        expect(await writer(each, 'a')).toBe(one)
        expect(await recorded(each)).toEqual([two, one])
      })
      const later = async (each: Process) => {
        const start = await each.log.head()
        let current: readonly unknown[] = []
        each.data.notes.live().subscribe(({ rows, error }) => (current = error ? [error] : rows))
        await vi.waitFor(() => expect(current).toHaveLength(1), patient)
        expect(await writer(each, 'b')).toBe(one)
        await each.db.updateTable('notes').set({ extra: 'y' }).where('id', '=', 'b').execute()
        await expect(readChanges(each.log, start)).rejects.toMatchObject({ code: 'PositionLost' })
        const rows = [
          { id: 'a', n: 1, version: 1, extra: null },
          { id: 'b', n: 1, version: 2, extra: 'y' },
        ]
        expect(await each.data.notes.find()).toEqual(rows)
        await vi.waitFor(() => expect(current).toEqual(rows), patient)
      }
      await run(database.adapter(), second, later, { ensure: 'verify' })
    })

    it('make what is missing, the older ones, too, until the latest is back', async (test) => {
      const database = await newDatabase(engine, test)
      await run(database.adapter(), first, nothing)
      await run(database.adapter(), second, (each) => dropTrigger(each, 'insert'))
      const update = async (each: Process) => {
        await each.db.updateTable('notes').set({ n: 5 }).execute()
        const last = each.db.selectFrom('wherry_log').select('schema_hash').orderBy('seq', 'desc')
        return (await last.limit(1).executeTakeFirstOrThrow()).schema_hash
      }
      await run(database.adapter(), first, async (each) => {
        const start = await each.log.head()
        expect([await writer(each, 'a'), await update(each)]).toEqual([one, two])
        expect((await readChanges(each.log, start)).changes).toHaveLength(2)
      })
      await run(database.adapter(), second, async (each) => {
        expect([await writer(each, 'b'), await update(each)]).toEqual([two, two])
      })
    })

    it('replace triggers that name a column that is gone, with which nobody can write', async (test) => {
      const database = await newDatabase(engine, test)
      await run(database.adapter(), first, nothing)
      await run(database.adapter(), second, async ({ db }) => {
        // Where it would be refused otherwise, for the triggers.
        if (engine === sqliteEngine) {
          await db.executeQuery(CompiledQuery.raw('pragma legacy_alter_table = on'))
        }
        await db.schema.alterTable('notes').dropColumn('extra').execute()
        await expect(writer({ db }, 'a')).rejects.toThrow(/extra/)
      })
      await run(database.adapter(), first, async (each) => {
        expect(await writer(each, 'a')).toBe(one)
      })
    })

    it('know their order from the triggers where there was no record', async (test) => {
      const database = await newDatabase(engine, test)
      await run(database.adapter(), first, ({ db }) =>
        db.schema.dropTable('wherry_schema').execute(),
      )
      await run(database.adapter(), second, nothing)
      await run(database.adapter(), first, async (each) => {
        expect(await writer(each, 'a')).toBe(two)
        expect(await recorded(each)).toEqual([one, two])
      })
    })

    it('change nothing where they may not, or do not fit', async (test) => {
      const database = await newDatabase(engine, test)
      await run(database.adapter(), second, nothing)
      for (const ensure of ['verify', 'off'] as const) {
        await run(
          database.adapter(),
          third,
          async (each) => {
            expect(await writer(each, ensure)).toBe(two)
            expect(await recorded(each)).toEqual([two])
          },
          { ensure },
        )
      }
      await expect(run(database.adapter(), unfit, nothing)).rejects.toMatchObject({
        code: 'SchemaMismatch',
      })
      await run(database.adapter(), second, async (each) => {
        expect(await writer(each, 'a')).toBe(two)
        expect(await recorded(each)).toEqual([two])
      })
    })

    it('agree on the last one when they start at once', async (test) => {
      if (!engine.capabilities.sharedBetweenProcesses) return test.skip('it has one process')
      const database = await newDatabase(engine, test)
      const schemas = [first, second, third, first, second, third]
      await Promise.all(schemas.map((schema) => run(database.adapter(), schema, nothing)))
      await run(database.adapter(), first, async (each) => {
        const order = await recorded(each)
        expect(order).toHaveLength(3)
        expect(order).toEqual(expect.arrayContaining([one, two, three]))
        expect(await writer(each, 'a')).toBe(order.at(-1))
      })
    })

    it('that write the log themselves miss nothing for want of a record', async (test) => {
      const database = await newDatabase(engine, test)
      await run(database.adapter(), second, nothing, { capture: 'service' })
      const look = async ({ data }: Process) => {
        const found = await data.doctor()
        expect(found.filter(({ severity }) => severity === 'error')).toEqual([])
      }
      await run(database.adapter(), third, look, { capture: 'service', ensure: 'verify' })
    })

    it('refuse to write twice what later triggers write, and leave them', async (test) => {
      const database = await newDatabase(engine, test)
      await run(database.adapter(), first, nothing)
      await run(database.adapter(), second, nothing)
      const older = run(database.adapter(), first, nothing, { capture: 'service' })
      await expect(older).rejects.toMatchObject({ code: 'SchemaMismatch' })
      await run(database.adapter(), second, async (each) => {
        expect(await writer(each, 'a')).toBe(two)
      })
      // What is as old as the triggers decides.
      await run(
        database.adapter(),
        second,
        async ({ data, log }) => {
          const start = await log.head()
          await data.notes.insert({ id: 'b' })
          expect((await readChanges(log, start)).changes).toHaveLength(1)
        },
        { capture: 'service' },
      )
    })

    it('are not live where a later one names the collection otherwise, and say so', async (test) => {
      const database = await newDatabase(engine, test)
      await run(database.adapter(), first, nothing)
      await run(database.adapter(), renamed, nothing)
      await run(database.adapter(), first, async ({ data }) => {
        expect(await data.notes.insert({ id: 'a' })).toMatchObject({ id: 'a' })
        const error = new Promise((resolve) => {
          data.notes.live().subscribe((event) => event.status === 'error' && resolve(event.error))
        })
        expect(await error).toMatchObject({ code: 'SchemaMismatch' })
        expect(await data.doctor()).toContainEqual(
          expect.objectContaining({
            severity: 'error',
            subject: 'notes',
            problem: 'has triggers of a later schema, which names its collection otherwise',
          }),
        )
      })
    })
  },
)
