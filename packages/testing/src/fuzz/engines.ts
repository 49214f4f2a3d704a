import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CaptureMode } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { mongodb } from '@wherry/core/mongodb'
import { mysql } from '@wherry/core/mysql'
import { pglite, type PgliteClient } from '@wherry/core/pglite'
import { postgres } from '@wherry/core/postgres'
import { sqlite } from '@wherry/core/sqlite'
import { isFerretdb } from '../servers/definitions/mongodb-like.ts'
import { isMissing, testServer, type DatabaseServer } from '../servers/index.ts'
import { loadDriver } from '../servers/load-driver.ts'
import type { ServerName } from '../servers/index.ts'
import type { Engine } from './subject.ts'

const nothing = () => Promise.resolve()

/** SQL has two ways to write the log, which must say the same. */
function captureOf(variant: number): CaptureMode {
  return variant % 3 === 2 ? 'service' : 'triggers'
}

/** The measure of every other engine. */
export const oracle: Engine = {
  name: 'memory',
  open: () => Promise.resolve({ adapter: memory(), dispose: nothing }),
}

/** Every engine that can be measured; an adapter enters the fuzz by an entry here. */
export const engines: Readonly<Record<string, Engine>> = {
  sqlite: {
    name: 'sqlite',
    // A file has a reader of its own, ':memory:' has one connection for all; both must agree.
    async open(variant) {
      const capture = captureOf(variant)
      if (variant % 2 === 0) {
        return { adapter: sqlite({ file: ':memory:' }), capture, dispose: nothing }
      }
      const folder = await mkdtemp(join(tmpdir(), 'wherry-fuzz-'))
      const another = () => sqlite({ file: join(folder, 'fuzz.db'), synchronous: 'normal' })
      return {
        adapter: another(),
        another,
        capture: captureOf(variant),
        dispose: () => rm(folder, { recursive: true, force: true }),
      }
    },
  },
  pglite: pgliteEngine(),
  postgres: postgresEngine(),
  mariadb: mysqlEngine('mariadb'),
  mysql: mysqlEngine('mysql'),
  mongodb: mongodbEngine(),
}

/** Starting PGlite takes seconds, so one has a schema for each database. */
function pgliteEngine(): Engine {
  interface Client extends PgliteClient {
    exec(sql: string): Promise<unknown>
  }
  let started: Promise<Client> | undefined
  let schemas = 0
  const start = async () => {
    const { PGlite } = await loadDriver<{ PGlite: { create(): Promise<Client> } }>(
      '@electric-sql/pglite',
    )
    return PGlite.create()
  }
  return {
    name: 'pglite',
    async open(variant) {
      const client = await (started ??= start())
      const schema = `fuzz${schemas++}`
      await client.exec(`create schema ${schema}; set search_path to ${schema}`)
      return {
        adapter: pglite({ client }),
        capture: captureOf(variant),
        dispose: async () => void (await client.exec(`drop schema ${schema} cascade`)),
      }
    },
    async close() {
      await (await started)?.close()
      started = undefined
    },
  }
}

/** A schema is made in a tenth of the time of a database. */
function postgresEngine(): Engine {
  interface Client {
    connect(): Promise<void>
    query(sql: string): Promise<unknown>
    end(): Promise<void>
  }
  interface Driver {
    default: { Client: new (options: { connectionString: string }) => Client }
  }
  let started: Promise<{ client: Client; url: string }> | undefined
  let schemas = 0
  const start = async () => {
    const { url } = await (await serverNamed('postgres')).createDatabase()
    const { Client } = (await loadDriver<Driver>('pg')).default
    const client = new Client({ connectionString: url })
    await client.connect()
    return { client, url }
  }
  return {
    name: 'postgres',
    missing: () => reasonOf('postgres'),
    async open(variant) {
      const { client, url } = await (started ??= start())
      const schema = `fuzz${schemas++}`
      await client.query(`create schema ${schema}`)
      const its = new URL(url)
      // Clients that race lock each other out; a second is long until the server looks.
      its.searchParams.set('options', `-c search_path=${schema} -c deadlock_timeout=10ms`)
      const another = () => postgres({ url: its.href })
      return {
        adapter: another(),
        another,
        capture: captureOf(variant),
        dispose: async () => void (await client.query(`drop schema ${schema} cascade`)),
      }
    },
    async close() {
      await (await started)?.client.end()
      started = undefined
    },
  }
}

/** What is a database to others is a schema here, and as quickly made. */
function mysqlEngine(name: 'mariadb' | 'mysql'): Engine {
  return {
    name,
    missing: () => reasonOf(name),
    async open(variant) {
      const { url, drop } = await (await serverNamed(name)).createDatabase()
      const another = () => mysql({ url })
      return { adapter: another(), another, capture: captureOf(variant), dispose: drop }
    },
  }
}

function mongodbEngine(): Engine {
  let asked: Promise<boolean> | undefined
  return {
    name: 'mongodb',
    missing: () => reasonOf('mongodb'),
    async open() {
      const server = await serverNamed('mongodb')
      const { url, drop } = await server.createDatabase()
      const another = () => mongodb({ url })
      // FerretDB refuses arrays in arrays and keys with dots; MongoDB stores them.
      const anyJson = !(await (asked ??= isFerretdb(server.url)))
      return { adapter: another(), another, abilities: { anyJson }, dispose: drop }
    },
  }
}

async function serverNamed(name: ServerName): Promise<DatabaseServer> {
  const server = await testServer(name)
  if (isMissing(server)) throw new Error(server.reason)
  return server
}

async function reasonOf(name: ServerName): Promise<string | undefined> {
  const server = await testServer(name)
  return isMissing(server) ? server.reason : undefined
}
