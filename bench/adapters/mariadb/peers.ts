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
import { loadMysql2, parsed } from './driver.ts'

/** Each has one connection; all but Prisma use mysql2. */
export function peersAt(url: string): readonly (() => Promise<Subject>)[] {
  const connection = { ...parsed(url), timezone: 'Z' }
  return [
    async () => {
      const { createPool } = await loadMysql2()
      const pool = createPool({ ...connection, connectionLimit: 1 }) as KyselyModule.MysqlPool
      const dialect = ({ MysqlDialect }: typeof KyselyModule) => new MysqlDialect({ pool })
      return openKysely({ dialect, codec, updateReturns: false })
    },
    async () => openDrizzlePlain(await openDrizzle(connection)),
    async () => openDrizzlePrepared(await openDrizzle(connection)),
    () => {
      const { user: username, ...others } = connection
      const source = { type: 'mariadb', username, ...others, poolSize: 1 }
      return openTypeorm({ source, columns: typeormColumns })
    },
    () =>
      openPrisma({
        provider: 'mysql',
        types: { text: '@db.LongText', time: '@db.DateTime(3)', json: 'String @db.LongText' },
        json: { write: JSON.stringify, read: (stored) => parseJson(stored as string) },
        adapter: () => openPrismaAdapter(url),
      }),
    () => openFeathersKnex({ options: { client: 'mysql2', connection }, codec }),
  ]
}

/** The parts of drizzle-orm that are used, by shape, because it is not always installed. */
interface Builders {
  mysqlTable(name: string, columns: Columns): Columns
  varchar(name: string, options: { length: number }): unknown
  longtext(name: string): unknown
  bigint(name: string, options: { mode: 'number' }): unknown
  decimal(name: string, options: { precision: number; scale: number }): unknown
  boolean(name: string): unknown
  datetime(name: string, options: { fsp: 3 }): unknown
  customType(kind: {
    dataType(): string
    toDriver(value: Json): string
    fromDriver(value: string): Json
  }): (name: string) => unknown
}

async function openDrizzle(connection: object): Promise<DrizzleEngine> {
  const client = (await loadMysql2()).createConnection(connection)
  const { drizzle } = await loadPeer<{ drizzle(client: unknown): DrizzleEngine['db'] }>(
    'drizzle-orm/mysql2',
  )
  const { mysqlTable, varchar, longtext, bigint, decimal, boolean, datetime, customType } =
    await loadPeer<Builders>('drizzle-orm/mysql-core')
  const json = customType({
    dataType: () => 'longtext',
    toDriver: JSON.stringify,
    fromDriver: parseJson,
  })
  const id = { length: 191 }
  const emotions = mysqlTable('emotions', {
    id: varchar('id', id),
    userId: varchar('user_id', id),
    kind: varchar('kind', id),
    intensity: bigint('intensity', { mode: 'number' }),
    confidence: decimal('confidence', { precision: 5, scale: 2 }),
    note: longtext('note'),
    active: boolean('active'),
    data: json('data'),
    createdAt: datetime('created_at', { fsp: 3 }),
    updatedAt: datetime('updated_at', { fsp: 3 }),
    version: bigint('version', { mode: 'number' }),
  })
  return {
    db: drizzle(client),
    emotions,
    runner: asynchronousRunner,
    updateReturns: false,
    close: async () => client.end(),
  }
}

async function openPrismaAdapter(url: string): Promise<object> {
  const { PrismaMariaDb } = await loadPeer<{ PrismaMariaDb: new (options: object) => object }>(
    '@prisma/adapter-mariadb',
  )
  return new PrismaMariaDb({ ...parsed(url), connectionLimit: 1 })
}

const parseJson = (text: string) => JSON.parse(text) as NonNullable<Json>

const json = { to: JSON.stringify, from: parseJson }
const number = { to: (value: number) => value, from: Number }

const typeormColumns = {
  id: { type: 'varchar', primary: true },
  userId: { type: 'varchar', name: 'user_id' },
  kind: { type: 'varchar' },
  intensity: { type: 'bigint', transformer: number },
  confidence: { type: 'decimal' },
  note: { type: 'longtext', nullable: true },
  active: { type: 'boolean' },
  data: { type: 'longtext', transformer: json },
  createdAt: { type: 'datetime', name: 'created_at' },
  updatedAt: { type: 'datetime', name: 'updated_at' },
  version: { type: 'bigint', version: true, transformer: number },
}
