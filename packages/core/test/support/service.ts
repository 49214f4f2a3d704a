import { onTestFinished } from 'vitest'
import type { Adapter } from '../../src/contract/adapter.ts'
import {
  createDataService,
  type ConnectOptions,
  type DataService,
  type DataServiceOptions,
} from '../../src/index.node.ts'
import { sqlite, type SqliteOptions } from '../../src/adapters/sqlite/index.ts'
import { loadDriver, type SqliteDatabase } from '../../src/adapters/sqlite/driver.ts'
import type { AnySchema } from '../../src/schema/index.ts'

const Database = await loadDriver()

/** A connected service that is closed when the running test is over. */
export async function connected<S extends AnySchema>(
  schema: S,
  adapter: Adapter,
  options: ConnectOptions & Pick<DataServiceOptions<S>, 'runtime' | 'log' | 'channels'> = {},
): Promise<DataService<S>> {
  const { runtime, log, channels, ...connectOptions } = options
  const data = createDataService({
    schema,
    databases: [adapter],
    ...(runtime && { runtime }),
    ...(log && { log }),
    ...(channels && { channels }),
  })
  await data.connect(connectOptions)
  onTestFinished(() => data.close())
  return data
}

/** A connected service on a SQLite file, patient for a moment only. */
export function connectedFile<S extends AnySchema>(
  schema: S,
  file: string,
  options: Omit<SqliteOptions, 'file'> & ConnectOptions = {},
): Promise<DataService<S>> {
  const { ensure = 'create', ...settings } = options
  return connected(schema, sqlite({ file, lockTimeoutMs: 300, ...settings }), { ensure })
}

/** The file through the driver alone, as another program would open it. */
export function inFile<T>(file: string, work: (db: SqliteDatabase) => T): T {
  const db = new Database(file, {})
  try {
    return work(db)
  } finally {
    db.close()
  }
}

/** The driver's own class, whose prototype a test may watch. */
export const driverPrototype = (Database as unknown as { prototype: SqliteDatabase }).prototype
