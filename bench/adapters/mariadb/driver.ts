import { loadPeer } from '../../lib/peers.ts'

/** The part of the mariadb connector that the subjects use. It sends without waiting for answers. */
export interface MariadbConnection {
  query(sql: string): Promise<unknown>
  /** By a statement that the connection prepares once. */
  execute(sql: string, values?: readonly unknown[]): Promise<unknown>
  end(): Promise<void>
}

interface Connector {
  createConnection(options: object): Promise<MariadbConnection>
}

/** The part of mysql2 that the subjects use, which is what other data layers work with. */
interface Mysql2 {
  createConnection(options: object): { end(): void }
  createPool(options: object): object
}

export async function connect(url: string): Promise<MariadbConnection> {
  const connector = await loadPeer<Connector>('mariadb')
  return connector.createConnection({ ...parsed(url), bigIntAsNumber: true, timezone: 'Z' })
}

export async function loadMysql2(): Promise<Mysql2> {
  return loadPeer<Mysql2>('mysql2')
}

/** A URL in the parts that connectors call by the same names. */
export function parsed(url: string) {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  }
}
