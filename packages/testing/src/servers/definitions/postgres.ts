import { realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { connectTimeoutMs, type ServerDefinition, type Settings } from '../definition.ts'
import { loadDriver } from '../load-driver.ts'
import { findProgram, postgresFolders } from '../local/find-program.ts'

interface Pg {
  default: {
    Client: new (options: { connectionString: string; connectionTimeoutMillis: number }) => Client
  }
}

interface Client {
  on(event: 'error', listener: () => void): void
  connect(): Promise<void>
  query(sql: string): Promise<unknown>
  end(): Promise<void>
}

export const postgres: ServerDefinition = {
  name: 'postgres',
  isExpectedInCi: async () => true,
  url: ({ host, port, password }) => `postgres://wherry:${password}@${host}:${port}/postgres`,
  ping: (url) => execute(url, 'select 1'),
  // Copying files takes half the time of logging their pages, and less yet when several do it.
  createDatabase: (url, name) =>
    execute(url, `create database ${name} template template0 strategy file_copy`),
  dropDatabase: (url, name) => execute(url, `drop database if exists ${name} with (force)`),

  container: {
    image: 'postgres:17',
    port: 5432,
    environment: (password) => ({
      POSTGRES_USER: 'wherry',
      POSTGRES_PASSWORD: password,
      POSTGRES_INITDB_ARGS: initOptions.join(' '),
    }),
    command: (settings) => ['postgres', ...serverOptions(settings)],
  },

  async findProgram() {
    const program = await findProgram('postgres', await postgresFolders())
    if (program === undefined) return { reason: 'no postgres on PATH or in /usr/lib/postgresql' }
    // Debian's PATH has at most a link to it; the other programs are beside the file itself.
    const initdb = join(dirname(await realpath(program)), 'initdb')
    return {
      user: 'postgres',
      stopSignal: 'SIGQUIT',
      async prepare(folder, password) {
        await folder.write('password', password)
        const account = ['--username=wherry', '--pwfile=password', '--auth=scram-sha-256']
        await folder.run(initdb, '--pgdata=data', ...account, ...initOptions, '--no-sync')
      },
      command: (folderPath, port, settings) => [
        program,
        '-D',
        'data',
        '-p',
        String(port),
        ...configured('listen_addresses=127.0.0.1', `unix_socket_directories=${folderPath}`),
        ...serverOptions(settings),
      ],
    }
  },
}

/** The order of text is a language's, as on most servers, so that no adapter can rely on bytes. */
const initOptions = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en']

function serverOptions({ durable }: Settings): string[] {
  // Commits still wait for the operating system to have them, so they survive the server's death.
  const hasty = ['fsync=off', 'full_page_writes=off']
  return configured('max_connections=300', ...(durable ? [] : hasty))
}

function configured(...settings: string[]): string[] {
  return settings.flatMap((setting) => ['-c', setting])
}

async function execute(url: string, sql: string): Promise<void> {
  const { Client } = (await loadDriver<Pg>('pg')).default
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs })
  // A connection that breaks says so here as well, and a listener must hear it.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end()
  }
}
