import { backoffMs, WherryError, type Timer } from '@wherry/core'
import {
  closeCodes,
  protocolVersion,
  subprotocol,
  type CloseReason,
  type Down,
  type Hello,
  type Welcome,
} from '@wherry/core/protocol'
import { fromDescriptor } from '@wherry/core/schema'
import { Alarm } from '../lib/alarm.ts'
import type { Collections } from '../lib/schema.ts'
import type { Settings } from '../options.ts'
import type { Socket, SocketEvents } from '../socket.ts'
import { Events } from './events.ts'
import { Link } from './link.ts'
import { readFrame, Unreadable } from './read-frame.ts'
import { showState, type ClientStatus, type Connecting, type State } from './state.ts'
import type { Tenant } from './tenant.ts'

/** After so long a silence the server is asked whether it is there. */
const quietMs = 25_000
/** And has so long to say anything. */
const answerMs = 10_000

/** How long `close()` waits for the other side to close too. */
const farewellMs = 2_000

interface Waiter {
  resolve(): void
  reject(error: WherryError): void
}

/** Keeps one connection to the server, makes it anew when it breaks, and tells its tenants. */
export class Connection {
  readonly events: Events = new Events()
  readonly #settings: Settings
  readonly #tenants: readonly Tenant[]
  readonly #ask: () => void
  readonly #alarm: Alarm
  #state: State
  /** Kept for the next connection, which is then not sent it. */
  #schema: { readonly hash: string; readonly collections: Collections } | undefined
  #waiters: Waiter[] = []
  #closing: Promise<void> | undefined

  /** `ask` asks the server for a sign of life. */
  constructor(settings: Settings, tenants: readonly Tenant[], ask: () => void) {
    this.#settings = settings
    this.#tenants = tenants
    this.#ask = ask
    this.#alarm = new Alarm(settings.runtime, () => this.#ring())
    this.#state = waiting(1, -Infinity, new WherryError('NotConnected', 'There was no attempt yet'))
    this.#connect(1)
  }

  get status(): ClientStatus {
    return showState(this.#state, this.#now)
  }

  /** Resolves once there is a connection, rejects when there will be none. */
  connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      const state = this.#state
      if (state.is === 'connected') resolve()
      else if (isFinal(state)) reject(endError(state))
      else this.#waiters.push({ resolve, reject })
    })
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  get #now(): number {
    return this.#settings.runtime.monotonic()
  }

  #connect(attempt: number): void {
    const { openSocket, url, timeoutMs } = this.#settings
    let socket: Socket
    try {
      socket = openSocket(url, subprotocol)
    } catch (error) {
      return this.#lose(1006, `a WebSocket cannot be opened: ${String(error)}`)
    }
    this.#become({ is: 'connecting', attempt, socket, endsAt: this.#now + timeoutMs, helloAt: 0 })
    this.#listen(socket)
  }

  /** To what a socket says as long as it is the present one. */
  #listen(socket: Socket): void {
    const on = <T extends keyof SocketEvents>(type: T, handle: (event: SocketEvents[T]) => void) =>
      socket.addEventListener(type, (event) => {
        if (socketOf(this.#state) === socket) handle(event)
      })
    let failure = ''
    on('open', () => this.#hello(socket))
    on('message', ({ data }) => this.#receive(socket, data))
    // The event of `ws` says what is wrong, that of browsers does not; a close follows.
    on('error', (event) => void (failure = (event as { message?: string }).message ?? ''))
    on('close', ({ code, reason }) => this.#closed(code, reason || failure))
  }

  #hello(socket: Socket): void {
    if (this.#state.is !== 'connecting') return
    this.#state.helloAt = this.#now
    const hello: Hello = { type: 'hello', version: protocolVersion, schema: this.#schema?.hash }
    socket.send(JSON.stringify([hello]))
  }

  #receive(socket: Socket, data: unknown): void {
    try {
      for (const message of readFrame(data)) {
        // Whoever heard of the message before may have closed the client.
        if (socketOf(this.#state) !== socket) return
        this.#take(message)
      }
    } catch (error) {
      if (socketOf(this.#state) !== socket) return
      const what = error instanceof Unreadable ? error.message : 'a message that cannot be read'
      const { code } = closeCodes.BadFrame
      this.#lose(
        code,
        'BadFrame',
        new WherryError('Internal', `The server sent ${what}`, {}, error),
      )
    }
  }

  #take(message: Down): void {
    const state = this.#state
    if (state.is === 'connecting') {
      if (message.type !== 'welcome') throw new Unreadable('a message before welcome')
      return this.#welcome(state, message)
    }
    if (state.is !== 'connected') return
    if (message.type === 'welcome') throw new Unreadable('a second welcome')
    state.heardAt = this.#now
    state.askedAt = undefined
    this.#inform((tenant) => tenant.receive(message, state.link))
  }

  #welcome({ socket, helloAt }: Connecting, welcome: Welcome): void {
    const { version, schema: hash, descriptor, source, generation } = welcome
    if (version !== protocolVersion) {
      return this.#end({
        is: 'refused',
        code: closeCodes.WrongVersion.code,
        reason: 'WrongVersion',
      })
    }
    if (descriptor !== undefined) this.#schema = { hash, collections: fromDescriptor(descriptor) }
    if (this.#schema?.hash !== hash) throw new Unreadable('a welcome without the schema')
    const { runtime } = this.#settings
    const heardAt = this.#now
    const peer = { source, generation, collections: this.#schema.collections }
    const link = new Link(peer, socket, runtime, heardAt - helloAt)
    const since = new Date(runtime.now())
    this.#become({ is: 'connected', socket, link, since, heardAt, askedAt: undefined })
    this.#inform((tenant) => tenant.welcomed(link))
    for (const { resolve } of this.#waiters.splice(0)) resolve()
    this.events.emit('connected', { source, generation })
  }

  /** The socket has closed, whoever closed it. */
  #closed(code: number, reason: string): void {
    const known = closeReasons.get(code)
    if (known === undefined || closeCodes[known].reconnect) return this.#lose(code, reason)
    this.#end({ is: 'refused', code, reason: reason || known })
  }

  /** There is no connection any more, or none came about; there will be another attempt. */
  #lose(code: number, reason: string, violation?: WherryError): void {
    const before = this.#state
    const { runtime, baseMs, capMs } = this.#settings
    const error = violation ?? new WherryError('NotConnected', `No connection: ${code} ${reason}`)
    const attempt = 'attempt' in before ? before.attempt + 1 : 1
    const retryAt = this.#now + backoffMs(runtime, attempt - 1, baseMs, capMs)
    this.#leave(waiting(attempt, retryAt, error), code, reason)
    this.#inform((tenant) => tenant.lost(error))
    if (before.is !== 'connected' || violation !== undefined) this.events.emit('error', error)
    if (before.is === 'connected') this.events.emit('disconnected', { code, reason })
  }

  #end(state: Final): void {
    const before = this.#state
    const { code, reason } = state.is === 'closed' ? { code: 1000, reason: 'Normal' } : state
    this.#leave(state, code, reason)
    this.#alarm.stop()
    this.#inform((tenant) => tenant.ended(() => endError(state)))
    for (const { reject } of this.#waiters.splice(0)) reject(endError(state))
    if (state.is === 'refused') this.events.emit('error', endError(state))
    if (before.is === 'connected') this.events.emit('disconnected', { code, reason })
  }

  async #close(): Promise<void> {
    const { runtime } = this.#settings
    const socket = socketOf(this.#state)
    this.#end({ is: 'closed' })
    if (socket === undefined) return
    let timer: Timer
    await new Promise<void>((resolve) => {
      socket.addEventListener('close', () => resolve())
      timer = runtime.setTimeout(resolve, farewellMs)
    })
    runtime.clearTimeout(timer)
  }

  /** Goes on without the socket: what it still says is not heard. */
  #leave(next: State, code: number, reason: string): void {
    const before = this.#state
    this.#become(next)
    if (before.is === 'connected') before.link.cut()
    const socket = socketOf(before)
    // Browsers let a client send 1000 and codes of its own, nothing else.
    socket?.close(code >= 4000 ? code : 1000, code >= 4000 ? reason : '')
  }

  #become(state: State): void {
    this.#state = state
    this.#alarm.by(this.#due)
  }

  /** Whoever is told may close the client; those after it have then been told of that. */
  #inform(tell: (tenant: Tenant) => void): void {
    const state = this.#state
    for (const tenant of this.#tenants) if (this.#state === state) tell(tenant)
  }

  get #due(): number {
    const state = this.#state
    switch (state.is) {
      case 'connecting':
        return state.endsAt
      case 'connected':
        return state.askedAt === undefined ? state.heardAt + quietMs : state.askedAt + answerMs
      case 'waiting':
        return state.retryAt
      default:
        return Infinity
    }
  }

  #ring(): number {
    const state = this.#state
    if (this.#now < this.#due) return this.#due
    if (state.is === 'waiting') this.#connect(state.attempt)
    else if (state.is === 'connected' && state.askedAt === undefined) {
      state.askedAt = this.#now
      this.#ask()
    } else this.#lose(closeCodes.Silent.code, 'Silent')
    return this.#due
  }
}

const closeReasons: ReadonlyMap<number, CloseReason> = new Map(
  Object.entries(closeCodes).map(([reason, { code }]) => [code, reason as CloseReason]),
)

type Final = Extract<State, { is: 'refused' | 'closed' }>

function isFinal(state: State): state is Final {
  return state.is === 'refused' || state.is === 'closed'
}

function endError(state: Final): WherryError {
  return state.is === 'closed'
    ? new WherryError('NotConnected', 'The client is closed')
    : new WherryError('ConnectionRefused', `The server refuses: ${state.code} ${state.reason}`)
}

function waiting(attempt: number, retryAt: number, lastError: WherryError): State {
  return { is: 'waiting', attempt, retryAt, lastError }
}

function socketOf(state: State): Socket | undefined {
  return 'socket' in state ? state.socket : undefined
}
