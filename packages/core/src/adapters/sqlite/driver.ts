import { WherryError } from '../../errors/wherry-error.ts'

/** The part of better-sqlite3 that is used here, by shape, so that its types are not needed. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement
  exec(sql: string): unknown
  pragma(source: string, options?: { simple?: boolean }): unknown
  close(): unknown
  readonly inTransaction: boolean
}

export interface SqliteStatement {
  /** Whether it returns rows. */
  readonly reader: boolean
  raw(): SqliteStatement
  get(...parameters: unknown[]): unknown
  all(...parameters: unknown[]): unknown[]
  run(...parameters: unknown[]): { changes: number; lastInsertRowid: number | bigint }
}

export interface DriverOptions {
  readonly readonly?: boolean
  readonly fileMustExist?: boolean
  readonly timeout?: number
}

export interface SqliteDriver {
  new (file: string, options: DriverOptions): SqliteDatabase
}

/** Loads better-sqlite3, which only those install who use this adapter. */
export async function loadDriver(): Promise<SqliteDriver> {
  const name = 'better-sqlite3'
  const driver = await (import(name) as Promise<{ default: SqliteDriver }>).then(
    (loaded) => loaded.default,
    (cause: unknown) => {
      throw missing("; run 'npm install better-sqlite3'", cause)
    },
  )
  try {
    // Its binary is only looked for when it is used.
    new driver(':memory:', {}).close()
  } catch (cause) {
    throw missing(", which is there without its binary; run 'npm rebuild better-sqlite3'", cause)
  }
  return driver
}

function missing(step: string, cause: unknown): WherryError {
  const message = `sqlite() needs the package better-sqlite3${step}`
  return new WherryError('DriverMissing', message, {}, cause)
}
