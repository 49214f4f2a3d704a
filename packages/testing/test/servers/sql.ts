import { loadDriver } from '../../src/servers/load-driver.ts'

export type Row = Record<string, unknown>

interface Connection {
  query(statement: string): Promise<Row[]>
  end(): Promise<void>
}

interface Pg {
  default: {
    Client: new (url: string) => {
      on(event: 'error', listener: () => void): void
      connect(): Promise<void>
      query(statement: string): Promise<{ rows: Row[] }>
      end(): Promise<void>
    }
  }
}

interface Mariadb {
  createConnection(url: string): Promise<Connection>
}

/** Runs one statement over a connection of its own. */
export async function sql(url: string, statement: string): Promise<Row[]> {
  const connection = await connect(url)
  try {
    return await connection.query(statement)
  } finally {
    await connection.end()
  }
}

export async function connect(url: string): Promise<Connection> {
  if (url.startsWith('mysql:')) {
    const { createConnection } = await loadDriver<Mariadb>('mariadb')
    return createConnection(`${url.replace('mysql:', 'mariadb:')}?connectTimeout=30000`)
  }
  const client = new (await loadDriver<Pg>('pg')).default.Client(url)
  // The server may end the connection, which is not the test's failure.
  client.on('error', () => undefined)
  await client.connect()
  return {
    query: async (statement) => (await client.query(statement)).rows,
    end: () => client.end(),
  }
}
