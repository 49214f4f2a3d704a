import type { Missing, ServerName } from './server.ts'

/** All that differs between the servers: what starts one, and what makes a database on it. */
export interface ServerDefinition {
  readonly name: ServerName
  /** Whether a run with `CI=true` fails where there is none, instead of skipping its tests. */
  isExpectedInCi(): Promise<boolean>
  /** Of the server's own database, as its administrator. */
  url(address: Address): string
  /**
   * Rejects unless the server answers to this administrator, and is this process if one is named.
   * It is asked until it resolves, so it may also do what a new server needs before that.
   */
  ping(url: string, processId?: number): Promise<void>
  /** The URL of a database of this server, where that is not merely the path. */
  databaseUrl?(url: string, name: string): string
  createDatabase(url: string, name: string): Promise<void>
  dropDatabase(url: string, name: string): Promise<void>
  readonly container: ContainerDefinition
  /** Looks for the server's programs on this machine. */
  findProgram(): Promise<ServerProgram | Missing>
}

/** One that no adapter can have meant, and that has summer time. */
export const serverTimeZone = 'America/New_York'

/** How long a busy machine has to let its administrator in. */
export const connectTimeoutMs = 30_000

export interface Address {
  readonly host: string
  readonly port: number
  readonly password: string
}

export interface ContainerDefinition {
  readonly image: string
  readonly port: number
  environment(password: string): Record<string, string>
  command(settings: Settings): string[]
}

export interface Settings {
  readonly durable: boolean
}

export interface ServerProgram {
  /** Whom the server runs as where the tests run as root, unless it does not mind. */
  readonly user?: string
  /** Ends it at once, and leaves nothing of it behind outside its folder. */
  readonly stopSignal: NodeJS.Signals
  /** Makes the data of a new server, in a folder that is empty. */
  prepare(folder: ServerFolder, password: string): Promise<void>
  /** The command line of the server that uses these data. */
  command(folderPath: string, port: number, settings: Settings): Command
}

export type Command = readonly [program: string, ...args: string[]]

/** Holds all that a server writes, and belongs to the user that it runs as. */
export interface ServerFolder {
  readonly path: string
  write(name: string, text: string): Promise<void>
  /** Runs a command in this folder, as its owner. */
  run(...command: Command): Promise<void>
}
