import { join } from 'node:path'
import { systemRuntime } from '@wherry/core'
import {
  connectTimeoutMs,
  type ServerDefinition,
  type ServerFolder,
  type Settings,
} from '../definition.ts'
import { loadDriver } from '../load-driver.ts'
import { pause } from '../until-it-answers.ts'

interface MariadbConnector {
  createConnection(url: string): Promise<Connection>
}

interface Connection {
  query(sql: string): Promise<unknown>
  end(): Promise<void>
}

/** The administrator that is there in a container; `writeAccount` makes it elsewhere. */
const account = 'root'

export const mysqlDatabases: Pick<
  ServerDefinition,
  'url' | 'ping' | 'createDatabase' | 'dropDatabase'
> = {
  url: ({ host, port, password }) => `mysql://${account}:${password}@${host}:${port}/mysql`,
  ping: (url) => execute(url, 'select 1'),
  createDatabase: (url, name) => execute(url, `create database ${name} character set utf8mb4`),
  dropDatabase,
}

/** The statements that a server executes before it lets anybody in: who may come over TCP. */
export async function writeAccount(folder: ServerFolder, password: string): Promise<void> {
  const user = `'${account}'@'127.0.0.1'`
  await folder.write(
    initFile,
    `create user if not exists ${user};
alter user ${user} identified by '${password}';
grant all on *.* to ${user} with grant option;
`,
  )
}

const initFile = 'init.sql'

/** Where the server that `writeAccount` wrote for keeps everything, and that only we can reach it. */
export function localOptions(folderPath: string, port: number): string[] {
  return [
    '--no-defaults',
    `--datadir=${join(folderPath, 'data')}`,
    `--tmpdir=${folderPath}`,
    `--socket=${join(folderPath, 'socket')}`,
    `--pid-file=${join(folderPath, 'pid')}`,
    `--init-file=${join(folderPath, initFile)}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
  ]
}

export function serverOptions({ durable }: Settings): string[] {
  return [
    '--max-connections=500',
    '--skip-log-bin',
    '--innodb-buffer-pool-size=64M',
    // At 2 a commit reaches the operating system, so it survives the death of the server.
    `--innodb-flush-log-at-trx-commit=${durable ? 1 : 2}`,
  ]
}

async function execute(url: string, sql: string): Promise<void> {
  const { createConnection } = await loadDriver<MariadbConnector>('mariadb')
  const connection = await createConnection(connectorUrl(url))
  try {
    await connection.query(sql)
  } finally {
    await connection.end()
  }
}

/** The connector insists on a protocol of its own, and MySQL 8 on giving a key to who has no TLS. */
function connectorUrl(url: string): string {
  const connector = new URL(url.replace(/^mysql:/, 'mariadb:'))
  connector.searchParams.set('allowPublicKeyRetrieval', 'true')
  connector.searchParams.set('connectTimeout', String(connectTimeoutMs))
  return connector.href
}

const patienceMs = 1_000
const pauseMs = 50
/**
 * ER_DB_DROP_RMDIR: InnoDB removes the files of a table a moment after the table. But where several
 * databases get triggers at once, MariaDB may leave a copy of a trigger's file for ever (`a.TRG-`);
 * then the database has nothing in it, and its folder stays until the server is removed.
 */
const isNotEmpty = 1010

async function dropDatabase(url: string, name: string): Promise<void> {
  const deadlineMs = systemRuntime.monotonic() + patienceMs
  for (;;) {
    try {
      return await execute(url, `drop database if exists ${name}`)
    } catch (error) {
      if ((error as { errno?: number }).errno !== isNotEmpty) throw error
      if (systemRuntime.monotonic() > deadlineMs) return
      await pause(pauseMs)
    }
  }
}
