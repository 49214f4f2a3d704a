import { loadPeer } from '../../lib/peers.ts'
import { complete } from '../rows.ts'
import type { Emotion, EmotionPatch } from '../schema.ts'
import type { Subject } from '../subject.ts'
import { batchSize, rangeSize } from '../workload.ts'

/** The parts of drizzle-orm that are used, by shape, because it is not always installed. */
interface Operators {
  eq(column: unknown, value: unknown): unknown
  desc(column: unknown): unknown
  sql: {
    (parts: TemplateStringsArray, ...values: unknown[]): unknown
    placeholder(name: string): unknown
  }
}

export type Columns = Record<string, unknown>

/** A query, at once or prepared. SQLite has the three that run at once, the others `execute`. */
interface Runnable {
  get(values?: Columns): Emotion | undefined
  all(values?: Columns): Emotion[]
  run(values?: Columns): unknown
  execute(values?: Columns): Promise<Emotion[]>
}

interface Query extends Runnable {
  from(table: Columns): Query
  where(condition: unknown): Query
  orderBy(...terms: unknown[]): Query
  limit(count: number): Query
  values(rows: unknown): Query
  set(changes: Columns): Query
  returning(): Query
  prepare(name: string): Runnable
}

interface Drizzle {
  select(): Query
  insert(table: Columns): Query
  update(table: Columns): Query
  transaction<T>(work: (tx: Drizzle) => Promise<T>): Promise<T>
}

export interface DrizzleEngine {
  readonly db: Drizzle
  readonly emotions: Columns
  readonly runner: Runner
  /** Whether an update can return the row; else it is read in the same transaction. */
  readonly updateReturns: boolean
  close(): Promise<void>
}

interface Runner {
  get(query: Runnable, values?: Columns): Emotion | undefined | Promise<Emotion | undefined>
  all(query: Runnable, values?: Columns): Emotion[] | Promise<Emotion[]>
  run(query: Runnable, values?: Columns): unknown
}

export const synchronousRunner: Runner = {
  get: (query, values) => query.get(values),
  all: (query, values) => query.all(values),
  run: (query, values) => query.run(values),
}

export const asynchronousRunner: Runner = {
  get: async (query, values) => (await query.execute(values))[0],
  all: (query, values) => query.execute(values),
  run: (query, values) => query.execute(values),
}

/** drizzle's query builder, which builds its SQL for every call. */
export async function openDrizzlePlain(engine: DrizzleEngine): Promise<Subject> {
  const { db, emotions, runner, updateReturns, close } = engine
  const { eq, desc, sql } = await loadPeer<Operators>('drizzle-orm')
  const byId = (on: Drizzle, id: string) => on.select().from(emotions).where(eq(emotions.id, id))
  const changeById = (on: Drizzle, id: string, { intensity, note }: EmotionPatch) =>
    on
      .update(emotions)
      .set({ intensity, note, updatedAt: new Date(), version: sql`${emotions.version} + 1` })
      .where(eq(emotions.id, id))

  return {
    name: 'drizzle',
    point: async (id) => (await runner.get(byId(db, id))) ?? null,
    range100: async (userId) =>
      runner.all(
        db
          .select()
          .from(emotions)
          .where(eq(emotions.userId, userId))
          .orderBy(desc(emotions.createdAt), emotions.id)
          .limit(rangeSize),
      ),
    async insert(input) {
      const row = complete(input)
      await runner.run(db.insert(emotions).values(row))
      return row
    },
    async batch100(inputs) {
      const rows = inputs.map(complete)
      await runner.run(db.insert(emotions).values(rows))
      return rows
    },
    async update(id, patch) {
      if (updateReturns) return (await runner.all(changeById(db, id, patch).returning()))[0]!
      return db.transaction(async (tx) => {
        await runner.run(changeById(tx, id, patch))
        return (await runner.get(byId(tx, id)))!
      })
    },
    close,
  }
}

/** The same queries, each prepared once. A transaction is on the only connection, like they are. */
export async function openDrizzlePrepared(engine: DrizzleEngine): Promise<Subject> {
  const { db, emotions, runner, updateReturns, close } = engine
  const { eq, desc, sql } = await loadPeer<Operators>('drizzle-orm')
  const slot = sql.placeholder
  const point = db
    .select()
    .from(emotions)
    .where(eq(emotions.id, slot('id')))
    .prepare('point')
  const range = db
    .select()
    .from(emotions)
    .where(eq(emotions.userId, slot('userId')))
    .orderBy(desc(emotions.createdAt), emotions.id)
    .limit(rangeSize)
    .prepare('range')
  const slots = (index: number | '') =>
    Object.fromEntries(Object.keys(emotions).map((name) => [name, slot(name + index)]))
  const insert = db.insert(emotions).values(slots('')).prepare('insert')
  const batch = db
    .insert(emotions)
    .values(Array.from({ length: batchSize }, (_, index) => slots(index)))
    .prepare('batch')
  const changed = db
    .update(emotions)
    .set({
      intensity: slot('intensity'),
      note: slot('note'),
      updatedAt: slot('updatedAt'),
      version: sql`${emotions.version} + 1`,
    })
    .where(eq(emotions.id, slot('id')))
  const update = (updateReturns ? changed.returning() : changed).prepare('update')

  return {
    name: 'drizzlePrepared',
    point: async (id) => (await runner.get(point, { id })) ?? null,
    range100: async (userId) => runner.all(range, { userId }),
    async insert(input) {
      const row = complete(input)
      await runner.run(insert, { ...row })
      return row
    },
    async batch100(inputs) {
      const rows = inputs.map(complete)
      await runner.run(batch, numbered(rows))
      return rows
    },
    async update(id, { intensity, note }) {
      const values = { id, intensity, note, updatedAt: new Date() }
      if (updateReturns) return (await runner.all(update, values))[0]!
      return db.transaction(async () => {
        await runner.run(update, values)
        return (await runner.get(point, { id }))!
      })
    },
    close,
  }
}

/** The values of all rows, each under the name of its slot. */
function numbered(rows: readonly Emotion[]): Columns {
  const values: Columns = {}
  for (const [index, row] of rows.entries()) {
    for (const [name, value] of Object.entries(row)) values[name + index] = value
  }
  return values
}
