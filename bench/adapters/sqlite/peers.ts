import type * as KyselyModule from 'kysely'
import { loadPeer } from '../../lib/peers.ts'
import {
  openDrizzlePlain,
  openDrizzlePrepared,
  synchronousRunner,
  type Columns,
  type DrizzleEngine,
} from '../subjects/drizzle.ts'
import { openKysely } from '../subjects/kysely.ts'
import { openTypeorm } from '../subjects/typeorm.ts'
import type { Subject } from '../subject.ts'
import { codec, readDecimal, writeDecimal } from './columns.ts'
import { loadDriver, openDatabase, type Database } from './driver.ts'

export function peersOn(file: string): readonly (() => Promise<Subject>)[] {
  return [
    async () => {
      const database = (await openDatabase(file)) as unknown as KyselyModule.SqliteDatabase
      const dialect = ({ SqliteDialect }: typeof KyselyModule) => new SqliteDialect({ database })
      return openKysely({ dialect, codec, updateReturns: true })
    },
    async () => openDrizzlePlain(await openDrizzle(file)),
    async () => openDrizzlePrepared(await openDrizzle(file)),
    async () => openTypeorm({ source: await typeormSource(file), columns: typeormColumns }),
  ]
}

/** The parts of drizzle-orm that are used, by shape, because it is not always installed. */
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

async function openDrizzle(file: string): Promise<DrizzleEngine> {
  const client = await openDatabase(file)
  const { drizzle } = await loadPeer<{ drizzle(client: unknown): DrizzleEngine['db'] }>(
    'drizzle-orm/better-sqlite3',
  )
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
  return {
    db: drizzle(client),
    emotions,
    runner: synchronousRunner,
    updateReturns: true,
    close: async () => void client.close(),
  }
}

async function typeormSource(file: string): Promise<object> {
  return {
    type: 'better-sqlite3',
    driver: await loadDriver(),
    database: file,
    enableWAL: true,
    prepareDatabase(db: Database) {
      db.exec('begin immediate; commit')
      db.pragma('synchronous = normal')
    },
  }
}

const time = {
  to: (value: Date) => value.getTime(),
  from: (value: number) => new Date(value),
}
const decimal = { to: writeDecimal, from: readDecimal }

const typeormColumns = {
  id: { type: 'text', primary: true },
  userId: { type: 'text', name: 'user_id' },
  kind: { type: 'text' },
  intensity: { type: 'integer' },
  confidence: { type: 'integer', transformer: decimal },
  note: { type: 'text', nullable: true },
  active: { type: 'boolean' },
  data: { type: 'simple-json' },
  createdAt: { type: 'integer', name: 'created_at', transformer: time },
  updatedAt: { type: 'integer', name: 'updated_at', transformer: time },
  version: { type: 'integer', version: true },
}
