import { loadPeer } from '../../lib/peers.ts'

/** The part of better-sqlite3 that the subjects use. */
export interface Database {
  prepare(sql: string): Statement
  exec(sql: string): unknown
  pragma(source: string, options?: { simple?: boolean }): unknown
  transaction<A extends unknown[], R>(work: (...args: A) => R): (...args: A) => R
  close(): unknown
}

export interface Statement {
  get(...parameters: unknown[]): unknown
  all(...parameters: unknown[]): unknown[]
  run(...parameters: unknown[]): unknown
}

type Driver = new (file: string) => Database

/** better-sqlite3 as the repository has it: the same build for all subjects. */
export async function loadDriver(): Promise<Driver> {
  const { default: driver } = await loadPeer<{ default: Driver }>('better-sqlite3')
  return driver
}

/** A connection of a subject's own, set as the data service sets its own. */
export async function openDatabase(file: string): Promise<Database> {
  const driver = await loadDriver()
  const db = new driver(file)
  db.pragma('journal_mode = wal')
  db.pragma('foreign_keys = on')
  // better-sqlite3 is built so that a WAL file's first transaction sets this to normal anyway.
  db.exec('begin immediate; commit')
  db.pragma('synchronous = normal')
  return db
}
