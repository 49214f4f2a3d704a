import {
  createDataService,
  type ConnectOptions,
  type DataService,
  type DataServiceOptions,
} from '@wherry/core'
import { postgres } from '@wherry/core/postgres'
import { isMissing, testServer, type DatabaseServer } from '@wherry/testing/servers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connect, type Row } from '../../servers/sql.ts'
import { schema } from './schema.ts'

const found = await testServer('postgres')

/** A group of tests with a PostgreSQL; without one, a test that is skipped says why. */
export function describePostgres(name: string, tests: (server: DatabaseServer) => void): void {
  describe(name, () => {
    if (isMissing(found)) it('needs a server', (test) => test.skip(found.reason))
    else tests(found)
  })
}

export type Data = DataService<typeof schema>
export type PostgresOptions = NonNullable<Parameters<typeof postgres>[0]>

/** The URL of an empty database of the running test's own. */
export async function newDatabase(server: DatabaseServer): Promise<string> {
  const { url, drop } = await server.createDatabase()
  onTestFinished(drop)
  return url
}

/** A service, connected, that is closed when the running test is over; and its adapter. */
export async function open(
  url: string,
  options: PostgresOptions &
    ConnectOptions &
    Pick<DataServiceOptions<typeof schema>, 'runtime' | 'log'> = {},
) {
  const { ensure, runtime, log, ...settings } = options
  const adapter = postgres({ url, ...settings })
  const data = createDataService({
    schema,
    databases: [adapter],
    ...(runtime && { runtime }),
    ...(log && { log }),
  })
  await data.connect(ensure === undefined ? {} : { ensure })
  onTestFinished(() => data.close())
  return { adapter, data }
}

/** Another program's connection. */
export async function stranger(url: string) {
  const client = await connect(url)
  onTestFinished(() => client.end())
  return client
}

/** The URL with other parts. */
export function urlWith(url: string, parts: Partial<URL>): string {
  return Object.assign(new URL(url), parts).href
}

/** Asks until the answer is as wanted; a test that asks in vain runs out of time. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}

/** How many connections of Wherry's there are, or of those in a state. */
export async function sessions(client: { query(sql: string): Promise<Row[]> }, state = '%') {
  const [row] = await client.query(
    `select count(*)::int as count from pg_stat_activity
     where application_name = 'wherry' and datname = current_database() and state like '${state}'`,
  )
  return row!.count as number
}

export const unavailable = expect.objectContaining({ code: 'DatabaseUnavailable' }) as Error
