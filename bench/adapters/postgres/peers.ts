import type * as KyselyModule from 'kysely'
import type { Json } from '@wherry/core/schema'
import { loadPeer } from '../../lib/peers.ts'
import {
  asynchronousRunner,
  openDrizzlePlain,
  openDrizzlePrepared,
  type Columns,
  type DrizzleEngine,
} from '../subjects/drizzle.ts'
import { openFeathersKnex } from '../subjects/feathers-knex.ts'
import { openKysely } from '../subjects/kysely.ts'
import { openPrisma } from '../subjects/prisma.ts'
import { openTypeorm } from '../subjects/typeorm.ts'
import type { Subject } from '../subject.ts'
import { codec } from './columns.ts'
import { connect, openPool } from './driver.ts'

/** Each has one connection. */
export function peersAt(url: string): readonly (() => Promise<Subject>)[] {
  return [
    async () => {
      const pool = (await openPool(url, 1)) as unknown as KyselyModule.PostgresPool
      const dialect = ({ PostgresDialect }: typeof KyselyModule) => new PostgresDialect({ pool })
      return openKysely({ dialect, codec, updateReturns: true })
    },
    async () => openDrizzlePlain(await openDrizzle(url)),
    async () => openDrizzlePrepared(await openDrizzle(url)),
    () =>
      openTypeorm({
        source: { type: 'postgres', url, poolSize: 1 },
        columns: typeormColumns,
        fromReturned: codec.fromStored,
      }),
    () =>
      openPrisma({
        provider: 'postgresql',
        types: { text: '', time: '@db.Timestamptz(3)', json: 'Json' },
        json: { write: (value) => value, read: (stored) => stored as NonNullable<Json> },
        adapter: () => openPrismaAdapter(url),
      }),
    () => openFeathersKnex({ options: { client: 'pg', connection: url }, codec }),
  ]
}

/** The parts of drizzle-orm that are used, by shape, because it is not always installed. */
interface Builders {
  pgTable(name: string, columns: Columns): Columns
  text(name: string): unknown
  bigint(name: string, options: { mode: 'number' }): unknown
  numeric(name: string, options: { precision: number; scale: number }): unknown
  boolean(name: string): unknown
  jsonb(name: string): unknown
  timestamp(name: string, options: { withTimezone: true; precision: 3 }): unknown
}

async function openDrizzle(url: string): Promise<DrizzleEngine> {
  const client = await connect(url)
  const { drizzle } = await loadPeer<{ drizzle(client: unknown): DrizzleEngine['db'] }>(
    'drizzle-orm/node-postgres',
  )
  const { pgTable, text, bigint, numeric, boolean, jsonb, timestamp } =
    await loadPeer<Builders>('drizzle-orm/pg-core')
  const emotions = pgTable('emotions', {
    id: text('id'),
    userId: text('user_id'),
    kind: text('kind'),
    intensity: bigint('intensity', { mode: 'number' }),
    confidence: numeric('confidence', { precision: 5, scale: 2 }),
    note: text('note'),
    active: boolean('active'),
    data: jsonb('data'),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }),
    updatedAt: timestamp('updated_at', { withTimezone: true, precision: 3 }),
    version: bigint('version', { mode: 'number' }),
  })
  return {
    db: drizzle(client),
    emotions,
    runner: asynchronousRunner,
    updateReturns: true,
    close: () => client.end(),
  }
}

async function openPrismaAdapter(url: string): Promise<object> {
  const { PrismaPg } = await loadPeer<{ PrismaPg: new (options: object) => object }>(
    '@prisma/adapter-pg',
  )
  // It reads every time as if it were shown in UTC.
  return new PrismaPg({ connectionString: url, max: 1, options: '-c TimeZone=UTC' })
}

const number = { to: (value: number) => value, from: Number }

const typeormColumns = {
  id: { type: 'text', primary: true },
  userId: { type: 'text', name: 'user_id' },
  kind: { type: 'text' },
  intensity: { type: 'bigint', transformer: number },
  confidence: { type: 'numeric' },
  note: { type: 'text', nullable: true },
  active: { type: 'boolean' },
  data: { type: 'jsonb' },
  createdAt: { type: 'timestamptz', name: 'created_at' },
  updatedAt: { type: 'timestamptz', name: 'updated_at' },
  version: { type: 'bigint', version: true, transformer: number },
}
