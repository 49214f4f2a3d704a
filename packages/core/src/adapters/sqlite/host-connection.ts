import type { HostConnection, HostResult } from '../sql/host.ts'
import type { SqliteConnection } from './connection.ts'

/** The connection that writes, as it is lent to host code; `retry` waits while the file is busy. */
export function createHostConnection(
  writer: SqliteConnection,
  retry: <T>(work: () => T) => Promise<T>,
): HostConnection {
  const run = (sql: string, values: readonly unknown[]): HostResult => {
    const statement = writer.db.prepare(sql)
    if (statement.reader) {
      return { rows: statement.all(...values) as HostResult['rows'] }
    }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { rows: [], count: changes, insertId: BigInt(lastInsertRowid) }
  }
  return {
    query: (sql, values) => retry(() => run(sql, values)),
    // Every transaction of SQLite is serializable.
    begin: () => retry(() => writer.begin()),
    end: (how) => retry(() => void run(how, [])),
  }
}
