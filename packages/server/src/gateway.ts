import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import {
  checkMilliseconds,
  checkOptions,
  invalidOptions,
  WherryError,
  type Timer,
} from '@wherry/core'
import { Channels } from './channels/channels.ts'
import { readOptions, type GatewayOptions, type Settings } from './options.ts'
import { drain } from './session/drain.ts'
import { Session, type Shared } from './session/session.ts'
import { Turn } from './session/turn.ts'
import { checkMountOptions, type MountOptions } from './transport/path.ts'
import type { Connection, Transport } from './transport/transport.ts'
import { attach, detach } from './transport/upgrade.ts'

/** How often connections are looked at: for silence, and for those that read again. */
const sweepMs = 1_000
const healthTimeoutMs = 2_000

/** Serves a data service to clients. Throws InvalidOptions. */
export function createGateway(options: GatewayOptions): Gateway {
  return new Gateway(readOptions(options))
}

export interface StopOptions {
  /**
   * How long letting clients go may take, and calls that are under way to finish, in milliseconds.
   * Default 5,000.
   */
  readonly graceMs?: number
}

/** The door to a data service: it keeps the sessions of all clients and the channels they share. */
export class Gateway {
  readonly #settings: Settings
  readonly #channels: Channels
  readonly #shared: Shared
  readonly #sessions = new Set<Session>()
  readonly #servers = new Set<Server>()
  #sweeper: Timer
  #stopping: Promise<void> | undefined
  #whenEmpty = () => {}

  constructor(settings: Settings) {
    this.#settings = settings
    this.#channels = new Channels(settings)
    const turn = new Turn(settings.gate.runtime)
    const gone = (session: Session) => {
      this.#sessions.delete(session)
      if (this.#sessions.size === 0) this.#whenEmpty()
    }
    this.#shared = { settings, channels: this.#channels, turn, gone }
  }

  /**
   * Takes the WebSocket upgrades of a node http server at `path` ('/wherry'). Upgrades at other
   * paths are left to others.
   */
  attach(server: Server, options: MountOptions = {}): void {
    const { path } = checkMountOptions(options)
    if (!(server instanceof NetServer)) {
      throw invalidOptions(
        'attach() takes a server, as http.createServer() or app.listen() returns it',
      )
    }
    if (this.#stopping !== undefined) throw stopped()
    attach(server, path, this)
    this.#servers.add(server)
  }

  /** Begins a session over anything that carries text frames. */
  accept(transport: Transport): Connection {
    if (this.#stopping !== undefined) throw stopped()
    const session = new Session(transport, this.#shared)
    this.#sessions.add(session)
    this.#sweeper ??= this.#settings.gate.runtime.setTimeout(() => this.#sweep(), sweepMs)
    return session
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#sessions.size
  }

  /** Whether a client that came now would be served. Resolves in at most two seconds. */
  async health(): Promise<'ok' | 'unavailable' | 'stopping'> {
    if (this.#stopping !== undefined) return 'stopping'
    const { gate } = this.#settings
    let timer: Timer
    const tooLate = new Promise<'unavailable'>((resolve) => {
      timer = gate.runtime.setTimeout(() => resolve('unavailable'), healthTimeoutMs)
    })
    const answer = gate.ping().then(
      () => 'ok' as const,
      () => 'unavailable' as const,
    )
    return Promise.race([answer, tooLate]).finally(() => gate.runtime.clearTimeout(timer))
  }

  /**
   * Lets nobody in any more (503), and lets clients go: a few at a time, so that they come back one after
   * another, each once what it has under way has been answered; they are closed with 1001. Resolves
   * when they are gone, after `graceMs` at the latest. The data service and the http server go on:
   * they are the host's.
   */
  async stop(options: StopOptions = {}): Promise<void> {
    this.#stopping ??= this.#stop(readStopOptions(options))
    await this.#stopping
  }

  async #stop(graceMs: number): Promise<void> {
    const { runtime } = this.#settings.gate
    let timer: Timer
    const tooLate = new Promise<void>((resolve) => {
      timer = runtime.setTimeout(resolve, graceMs)
    })
    await Promise.race([drain(this.#sessions, graceMs, runtime), tooLate])
    for (const session of this.#sessions) session.close('GoingAway')
    this.#channels.close()
    runtime.clearTimeout(this.#sweeper)
    const gone = new Promise<void>((resolve) => (this.#whenEmpty = resolve))
    if (this.#sessions.size > 0) await Promise.race([gone, tooLate])
    runtime.clearTimeout(timer)
    for (const server of this.#servers) detach(server, this)
    this.#servers.clear()
  }

  /** One timer for all connections; it rests while there are none. */
  #sweep(): void {
    const { runtime } = this.#settings.gate
    const now = runtime.monotonic()
    for (const session of this.#sessions) session.look(now)
    this.#sweeper =
      this.#sessions.size === 0 ? undefined : runtime.setTimeout(() => this.#sweep(), sweepMs)
  }
}

function readStopOptions(options: StopOptions): number {
  checkOptions('stop()', options, ['graceMs'])
  const { graceMs = 5_000 } = options
  checkMilliseconds('graceMs', graceMs)
  return graceMs
}

function stopped(): WherryError {
  return new WherryError('NotConnected', 'The gateway has been stopped; make a new one')
}
