import { isMissing, testServer } from '@wherry/testing/servers'
import { onTestFinished, type TestContext } from 'vitest'
import { mysql } from '../../src/adapters/mysql/index.ts'
import type { ServerOptions } from '../../src/adapters/sql/server/options.ts'
import type { Adapter } from '../../src/contract/adapter.ts'

export interface Connection {
  query(sql: string): Promise<unknown[]>
  execute(sql: string, values: readonly unknown[]): Promise<unknown[]>
  end(): Promise<void>
}

interface Connector {
  createConnection(options: object): Promise<Connection>
}

export interface TestDatabase {
  readonly url: string
  adapter(options?: Omit<ServerOptions, 'url'>): Adapter
  /** Runs statements as another program would, and resolves with the rows of the last one. */
  run(...statements: string[]): Promise<unknown[][]>
  /** A connection of another program, which ends with the test. */
  stranger(): Promise<Connection>
}

/** A database on the MariaDB of the tests; without one the test is skipped, and says why. */
export async function newMariadb(context: TestContext): Promise<TestDatabase> {
  const server = await testServer('mariadb')
  if (isMissing(server)) return context.skip(server.reason)
  const { url, drop } = await server.createDatabase()
  onTestFinished(drop)
  const stranger = async () => {
    const connection = await connectTo(url)
    onTestFinished(() => connection.end())
    return connection
  }
  return {
    url,
    adapter: (options) => mysql({ url, ...options }),
    stranger,
    async run(...statements) {
      const connection = await stranger()
      let rows: unknown[] = []
      for (const statement of statements) rows = await connection.query(statement)
      return rows as unknown[][]
    },
  }
}

/** A connection as any program has it, with rows as lists of columns. */
export async function connectTo(url: string): Promise<Connection> {
  const name = 'mariadb'
  const { createConnection } = (await import(name)) as Connector
  const { hostname, port, username, password, pathname } = new URL(url)
  return createConnection({
    host: hostname,
    port: Number(port),
    connectTimeout: 30_000,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    rowsAsArray: true,
    jsonStrings: true,
    dateStrings: true,
    bigIntAsNumber: true,
  })
}
