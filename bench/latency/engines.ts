import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Adapter } from '@wherry/core'
import { mysql } from '@wherry/core/mysql'
import { postgres } from '@wherry/core/postgres'
import { sqlite } from '@wherry/core/sqlite'
import { connect as connectMariadb } from '../adapters/mariadb/driver.ts'
import { connect as connectPostgres } from '../adapters/postgres/driver.ts'
import { createDatabase } from '../adapters/server.ts'
import { openDatabase } from '../adapters/sqlite/driver.ts'
import { room } from './schema.ts'

/** An empty database, and who writes into it beside the data service. */
export interface Place {
  readonly url: string
  adapter(): Adapter
  connect(): Promise<Foreigner>
  close(): Promise<void>
}

/** Another program, with a connection of its own and the driver alone. */
export interface Foreigner {
  run(sql: string): Promise<unknown>
  /** Makes a table as that of readings is, with its indexes and without its triggers. */
  copyReadings(to: string): Promise<unknown>
  /** Inserts a reading and commits. */
  insert(table: string, id: string): Promise<unknown>
  close(): Promise<unknown>
}

export interface Engine {
  readonly name: string
  open(): Promise<Place>
}

const values = [room, 0.5] as const

export const engines: Readonly<Record<string, Engine>> = {
  postgres: {
    name: 'postgres',
    async open() {
      const { url, drop } = await createDatabase('postgres')
      return {
        url,
        adapter: () => postgres({ url }),
        async connect() {
          const client = await connectPostgres(url)
          return {
            run: (sql) => client.query(sql),
            copyReadings: (to) => client.query(`create table ${to} (like readings including all)`),
            insert: (table, id) =>
              client.query({
                name: table,
                text: `insert into ${table} (id, room, value) values ($1, $2, $3)`,
                values: [id, ...values],
              }),
            close: () => client.end(),
          }
        },
        close: drop,
      }
    },
  },
  mariadb: {
    name: 'mariadb',
    async open() {
      const { url, drop } = await createDatabase('mariadb')
      return {
        url,
        adapter: () => mysql({ url }),
        async connect() {
          const connection = await connectMariadb(url)
          return {
            run: (sql) => connection.query(sql),
            copyReadings: (to) => connection.query(`create table ${to} like readings`),
            insert: (table, id) =>
              connection.execute(`insert into ${table} (id, room, value) values (?, ?, ?)`, [
                id,
                ...values,
              ]),
            close: () => connection.end(),
          }
        },
        close: drop,
      }
    },
  },
  sqlite: {
    name: 'sqlite',
    async open() {
      const folder = await mkdtemp(join(tmpdir(), 'wherry-latency-'))
      const file = join(folder, 'latency.db')
      return {
        url: file,
        adapter: () => sqlite({ file, synchronous: 'normal' }),
        async connect() {
          const db = await openDatabase(file)
          db.pragma('busy_timeout = 5000')
          const statements = new Map<string, ReturnType<typeof db.prepare>>()
          const statement = (table: string) => {
            const sql = `insert into ${table} (id, room, value) values (?, ?, ?)`
            const known = statements.get(table) ?? db.prepare(sql)
            statements.set(table, known)
            return known
          }
          return {
            run: async (sql) => db.exec(sql),
            async copyReadings(to) {
              const made = `select sql from sqlite_schema where tbl_name = 'readings' and
                type in ('table', 'index') and sql is not null order by type desc`
              for (const { sql } of db.prepare(made).all() as { sql: string }[]) {
                db.exec(sql.replaceAll('readings', to))
              }
            },
            insert: async (table, id) => statement(table).run(id, ...values),
            close: async () => db.close(),
          }
        },
        close: () => rm(folder, { recursive: true }),
      }
    },
  },
}
