import { existsSync, lstatSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { WherryError } from '../../errors/wherry-error.ts'
import { SqliteConnection } from './connection.ts'
import type { DriverOptions, SqliteDatabase, SqliteDriver } from './driver.ts'
import { sqliteCode } from './errors.ts'
import type { Settings } from './options.ts'

export interface Connections {
  readonly writer: SqliteConnection
  /** Reads outside transactions; the writer itself where the database has only one connection. */
  readonly reader: SqliteConnection
}

/** Opens the file. Busy errors of the driver pass as they are: the caller waits and retries. */
export function openConnections(
  driver: SqliteDriver,
  settings: Settings,
  mayCreate: boolean,
): Connections {
  const { file, synchronous, readOnly } = settings
  const inMemory = file === ':memory:'
  const fileMustExist = !inMemory && (readOnly || !mayCreate)
  if (!inMemory) checkExists(file, fileMustExist)
  const db = openFile(driver, file, { readonly: readOnly, fileMustExist, timeout: 0 })
  try {
    configure(db, synchronous, readOnly)
    const writer = new SqliteConnection(db, file)
    if (inMemory || readOnly) return { writer, reader: writer }
    const second = new driver(file, { readonly: true, timeout: 0 })
    return { writer, reader: new SqliteConnection(second, file) }
  } catch (error) {
    db.close()
    throw error
  }
}

function openFile(driver: SqliteDriver, file: string, options: DriverOptions): SqliteDatabase {
  try {
    return new driver(file, options)
  } catch (error) {
    if (sqliteCode(error) !== 'SQLITE_CANTOPEN' || existsSync(file)) throw error
    const isLink = lstatSync(file, { throwIfNoEntry: false }) !== undefined
    throw new WherryError(
      'DatabaseMissing',
      isLink
        ? `'${file}' is a link to a file that does not exist and cannot be made; mend the link, or name another file`
        : `'${file}' does not exist, and its folder cannot be written; let this process write the ` +
            'folder, or name a file elsewhere',
      {},
      error,
    )
  }
}

function checkExists(file: string, fileMustExist: boolean): void {
  const path = resolve(file)
  if (!existsSync(dirname(path))) {
    throw new WherryError(
      'DatabaseMissing',
      `The folder of '${file}' does not exist; create it first`,
    )
  }
  if (fileMustExist && !existsSync(path)) {
    throw new WherryError(
      'DatabaseMissing',
      `'${file}' does not exist; connect with { ensure: 'create' }, and not with readOnly, to make it`,
    )
  }
}

function configure(db: SqliteDatabase, synchronous: string, readOnly: boolean): void {
  db.pragma('foreign_keys = on')
  if (db.pragma('encoding', { simple: true }) !== 'UTF-8') {
    throw new WherryError(
      'Unsupported',
      'The database keeps its texts in UTF-16, which orders them otherwise; copy it into a new file',
    )
  }
  if (readOnly) {
    // Opening reads nothing; this finds out now whether the file is a database.
    db.pragma('schema_version')
    return
  }
  db.pragma('journal_mode = wal')
  // Said outright, because this build of SQLite takes 'normal' for files in WAL mode.
  db.pragma(`synchronous = ${synchronous}`)
}
