import { loadPeer } from '../../lib/peers.ts'

/** The part of pg that the subjects use. */
interface Pg {
  readonly Client: new (url: string) => PgClient
  readonly Pool: new (options: { connectionString: string; max: number }) => PgPool
}

export interface PgPool {
  query(query: string | Query): Promise<{ rows: unknown[] }>
  end(): Promise<void>
}

interface PgClient extends PgPool {
  connect(): Promise<unknown>
}

interface Query {
  /** Makes it a prepared statement, which the server knows by this name from the first time on. */
  readonly name?: string
  readonly text: string
  readonly values?: readonly unknown[]
  readonly rowMode?: 'array'
  readonly types?: { getTypeParser(): (text: string) => unknown }
}

export async function connect(url: string): Promise<PgClient> {
  const { Client } = await loadPg()
  const client = new Client(url)
  await client.connect()
  return client
}

export async function openPool(url: string, max: number): Promise<PgPool> {
  const { Pool } = await loadPg()
  return new Pool({ connectionString: url, max })
}

async function loadPg(): Promise<Pg> {
  return (await loadPeer<{ default: Pg }>('pg')).default
}
