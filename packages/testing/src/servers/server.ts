/** The servers that tests can ask for, each named like the adapter's engine. */
export type ServerName = 'postgres' | 'mariadb' | 'mysql' | 'mongodb' | 'mongodb-standalone'

/** An empty database, with a name that nobody else has. */
export interface Database {
  readonly url: string
  /** Removes the database, and ends the connections to it where the server would refuse otherwise. */
  drop(): Promise<void>
}

/** A server to make databases on. Others may use it too, so nothing else of it is to be changed. */
export interface DatabaseServer {
  /** Of the server's own database, as its administrator. */
  readonly url: string
  createDatabase(): Promise<Database>
}

/** A server that belongs to whoever started it. It ends with this process at the latest. */
export interface OwnServer extends DatabaseServer {
  /** Sends a signal that ends the server, SIGKILL unless told; resolves once it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again on the same data, after `kill`; resolves once it answers at the same URL. */
  restart(): Promise<void>
  /** Ends the server and removes its data. */
  stop(): Promise<void>
}

/** What starts a server gives: all of an `OwnServer` but its databases. */
export type RunningServer = Omit<OwnServer, 'createDatabase' | 'kill'> & {
  kill(signal: NodeJS.Signals): Promise<void>
}

/** A server that is neither given, nor to be had from Docker, nor installed. */
export interface Missing {
  /** For whoever reads why a test was skipped: what was looked for, and what would provide it. */
  readonly reason: string
}

export function isMissing(found: object): found is Missing {
  return 'reason' in found
}

export interface StartOptions {
  /**
   * Whether what is committed survives a crash of the machine, at the price of waiting for the disk
   * at every commit; default `false`. What is committed survives `kill` either way.
   */
  readonly durable?: boolean
}
