import { loadPeer } from '../../lib/peers.ts'
import { complete, readDecimal, writeDecimal } from '../columns.ts'
import { openDatabase } from '../driver.ts'
import type { Emotion } from '../schema.ts'
import { rangeSize } from '../workload.ts'
import type { Subject } from '../subject.ts'

/** The parts of drizzle-orm that are used, by shape, because it is not always installed. */
interface Operators {
  eq(column: unknown, value: unknown): unknown
  desc(column: unknown): unknown
  sql: {
    (parts: TemplateStringsArray, ...values: unknown[]): unknown
    placeholder(name: string): unknown
  }
}

type Columns = Record<string, unknown>

interface Builders {
  sqliteTable(name: string, columns: Columns): Columns
  text(name: string, options?: object): unknown
  integer(name: string, options?: object): unknown
  customType(kind: {
    dataType(): string
    toDriver(value: string): number
    fromDriver(value: number): string
  }): (name: string) => unknown
}

interface Prepared {
  get(values: Columns): Emotion | undefined
  all(values: Columns): Emotion[]
  run(values: Columns): unknown
}

interface Query {
  from(table: Columns): Query
  where(condition: unknown): Query
  orderBy(...terms: unknown[]): Query
  limit(count: number): Query
  values(rows: unknown): Query
  set(changes: Columns): Query
  returning(): Query
  get(): Emotion | undefined
  all(): Emotion[]
  run(): unknown
  prepare(): Prepared
}

interface Drizzle {
  select(): Query
  insert(table: Columns): Query
  update(table: Columns): Query
  transaction<T>(work: () => T): T
}

async function openDrizzle(file: string) {
  const client = await openDatabase(file)
  const { drizzle } = await loadPeer<{ drizzle(client: unknown): Drizzle }>(
    'drizzle-orm/better-sqlite3',
  )
  const operators = await loadPeer<Operators>('drizzle-orm')
  const { sqliteTable, text, integer, customType } =
    await loadPeer<Builders>('drizzle-orm/sqlite-core')
  const decimal = customType({
    dataType: () => 'integer',
    toDriver: writeDecimal,
    fromDriver: readDecimal,
  })
  const emotions = sqliteTable('emotions', {
    id: text('id'),
    userId: text('user_id'),
    kind: text('kind'),
    intensity: integer('intensity'),
    confidence: decimal('confidence'),
    note: text('note'),
    active: integer('active', { mode: 'boolean' }),
    data: text('data', { mode: 'json' }),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }),
    updatedAt: integer('updated_at', { mode: 'timestamp_ms' }),
    version: integer('version'),
  })
  return { db: drizzle(client), emotions, operators, close: async () => void client.close() }
}

/** drizzle's query builder, which builds its SQL for every call. */
export async function openDrizzlePlain(file: string): Promise<Subject> {
  const { db, emotions, operators, close } = await openDrizzle(file)
  const { eq, desc, sql } = operators
  return {
    name: 'drizzle',
    point: async (id) => db.select().from(emotions).where(eq(emotions.id, id)).get() ?? null,
    range100: async (userId) =>
      db
        .select()
        .from(emotions)
        .where(eq(emotions.userId, userId))
        .orderBy(desc(emotions.createdAt), emotions.id)
        .limit(rangeSize)
        .all(),
    async insert(input) {
      const row = complete(input)
      db.insert(emotions).values(row).run()
      return row
    },
    async batch100(inputs) {
      const rows = inputs.map(complete)
      db.insert(emotions).values(rows).run()
      return rows
    },
    update: async (id, { intensity, note }) =>
      db
        .update(emotions)
        .set({
          intensity,
          note,
          updatedAt: new Date(),
          version: sql`${emotions.version} + 1`,
        })
        .where(eq(emotions.id, id))
        .returning()
        .all()[0]!,
    close,
  }
}

/** The same queries, each prepared once. */
export async function openDrizzlePrepared(file: string): Promise<Subject> {
  const { db, emotions, operators, close } = await openDrizzle(file)
  const { eq, desc, sql } = operators
  const slot = sql.placeholder
  const point = db
    .select()
    .from(emotions)
    .where(eq(emotions.id, slot('id')))
    .prepare()
  const range = db
    .select()
    .from(emotions)
    .where(eq(emotions.userId, slot('userId')))
    .orderBy(desc(emotions.createdAt), emotions.id)
    .limit(rangeSize)
    .prepare()
  const slots = Object.fromEntries(Object.keys(emotions).map((name) => [name, slot(name)]))
  const insert = db.insert(emotions).values(slots).prepare()
  const update = db
    .update(emotions)
    .set({
      intensity: slot('intensity'),
      note: slot('note'),
      updatedAt: slot('updatedAt'),
      version: sql`${emotions.version} + 1`,
    })
    .where(eq(emotions.id, slot('id')))
    .returning()
    .prepare()

  function insertOne(row: Emotion): Emotion {
    insert.run({ ...row })
    return row
  }

  return {
    name: 'drizzlePrepared',
    point: async (id) => point.get({ id }) ?? null,
    range100: async (userId) => range.all({ userId }),
    insert: async (input) => insertOne(complete(input)),
    batch100: async (inputs) =>
      db.transaction(() => inputs.map((input) => insertOne(complete(input)))),
    update: async (id, { intensity, note }) =>
      update.all({ id, intensity, note, updatedAt: new Date() })[0]!,
    close,
  }
}
