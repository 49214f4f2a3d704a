import type { NewEntry } from '../sql/capture.ts'
import type { SqliteConnection } from './connection.ts'
import { nowSql } from './values.ts'

const insert = `insert into wherry_log
  (collection, operation, key, version, row, old, schema_hash, at)
  values (?, ?, ?, ?, ?, ?, ?, ${nowSql})`

/** Writes entries into the log, in their order. */
export function appendLog(
  writer: SqliteConnection,
  collection: string,
  schemaHash: string,
  entries: readonly NewEntry[],
): void {
  const statement = writer.statement(insert)
  for (const { operation, key, version, row, old } of entries) {
    statement.run(collection, operation, key, version, row, old, schemaHash)
  }
}
