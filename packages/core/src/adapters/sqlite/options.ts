import { checkOptions, checkTimeout, invalidOptions } from '../../lib/options.ts'

export interface SqliteOptions {
  /** The database file, or ':memory:' for one that lives as long as the connection. */
  readonly file: string
  /**
   * 'full' survives the loss of power after every acknowledged write; 'normal' may lose the last
   * ones then, never the file's consistency, and is several times faster. Default 'full'.
   */
  readonly synchronous?: 'full' | 'normal'
  /**
   * Refuse writes with DatabaseReadOnly, and create neither file nor tables. Default false. SQLite
   * itself keeps its -wal and -shm files beside a file that others write.
   */
  readonly readOnly?: boolean
  /** How long to wait for another writer, of this process or another. Default 5,000 ms. */
  readonly lockTimeoutMs?: number
}

export type Settings = Required<SqliteOptions>

/** Checks the options once, and puts the defaults in. */
export function parseOptions(options: SqliteOptions): Settings {
  checkOptions('sqlite()', options, ['file', 'synchronous', 'readOnly', 'lockTimeoutMs'])
  const { file, synchronous = 'full', readOnly = false, lockTimeoutMs = 5_000 } = options
  if (typeof file !== 'string' || file === '' || file.includes('\0') || file.trim() !== file) {
    throw invalidOptions("sqlite() needs { file }: a path, or ':memory:'")
  }
  if (synchronous !== 'full' && synchronous !== 'normal') {
    throw invalidOptions("'synchronous' is 'full' or 'normal'")
  }
  if (typeof readOnly !== 'boolean') throw invalidOptions("'readOnly' is true or false")
  if (readOnly && file === ':memory:') {
    throw invalidOptions("':memory:' begins empty, so it cannot be readOnly; leave readOnly out")
  }
  checkTimeout('lockTimeoutMs', lockTimeoutMs)
  return Object.freeze({ file, synchronous, readOnly, lockTimeoutMs })
}
