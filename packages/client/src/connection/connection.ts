import { backoffMs, WherryError, type Timer } from '@wherry/core'
import { channelDescriptors } from '@wherry/core/channels'
import { finalCloseCodes, protocolVersion, subprotocol } from '@wherry/core/protocol'
import type { Down, Hello, Welcome } from '@wherry/core/protocol'
import { fromDescriptor } from '@wherry/core/schema'
import { Alarm } from '../lib/alarm.ts'
import type { Collections } from '../lib/schema.ts'
import type { Settings } from '../options.ts'
import type { Socket, SocketEvents } from '../socket.ts'
import { Events } from './events.ts'
import { Link } from './link.ts'
import { writeMessage } from './message.ts'
import type { ClientStatus, Final, State, Waiting } from './state.ts'
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
  readonly #alarm: Alarm
  #state: State = { state: 'closed', own: idle }
  /** Kept for the next connection, which is then not sent it. */
  #schema: { readonly hash: string; readonly collections: Collections } | undefined
  #waiters: Waiter[] = []

  constructor(settings: Settings, tenants: readonly Tenant[]) {
    this.#settings = settings
    this.#tenants = tenants
    this.#alarm = new Alarm(settings.runtime, () => this.#ring())
    this.#connect(1)
  }

  get status(): ClientStatus {
    const { own: _, ...status } = this.#state
    return status
  }

  /** Resolves once there is a connection, rejects when there will be none. */
  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const state = this.#state
      if ('attempt' in state) this.#waiters.push({ resolve, reject })
      else if (state.state === 'connected') resolve()
      else reject(endError(state))
    })
  }

  /** Resolves to the milliseconds of a round trip. */
  ping(): Promise<number> {
    return new Promise((resolve, reject) => {
      const state = this.#state
      if (state.state !== 'connected') return reject(notConnected('There is no connection'))
      state.own.pings.push({ sentAt: this.#now, resolve, reject })
      state.own.link.send(writeMessage({ type: 'ping' }))
    })
  }

  async close(): Promise<void> {
    const { runtime } = this.#settings
    const { socket } = this.#state.own
    let timer: Timer
    const isClosed = new Promise<void>((resolve) => {
      if (socket === undefined) return resolve()
      socket.addEventListener('close', () => resolve())
      timer = runtime.setTimeout(resolve, farewellMs)
    })
    this.#leave({ state: 'closed', own: idle }, 1000, '')
    await isClosed
    runtime.clearTimeout(timer)
  }

  get #now(): number {
    return this.#settings.runtime.monotonic()
  }

  #connect(attempt: number): void {
    const { openSocket, url, timeoutMs } = this.#settings
    try {
      const socket = openSocket(url, subprotocol)
      const dueAt = this.#now + timeoutMs
      this.#become({ state: 'connecting', attempt, own: { socket, dueAt } })
      this.#listen(socket)
    } catch (error) {
      this.#lose(1006, '', String(error))
    }
  }

  /** To what a socket says, as long as it is the present one. */
  #listen(socket: Socket): void {
    const on = <T extends keyof SocketEvents>(type: T, take: (event: SocketEvents[T]) => void) =>
      socket.addEventListener(type, (event) => {
        if (socket === this.#state.own.socket) take(event)
      })
    const hello: Hello = { type: 'hello', version: protocolVersion, schema: this.#schema?.hash }
    let failure = ''
    on('open', () => socket.send(JSON.stringify([hello])))
    on('message', ({ data }) => this.#receive(data))
    // The event of `ws` says what is wrong, that of browsers does not; a close follows.
    on('error', (event) => void (failure = (event as { message?: string }).message ?? ''))
    on('close', ({ code, reason }) => {
      const why = reason || failure
      if (!finalCloseCodes.has(code))
        this.#lose(code, why, `The connection is closed: ${code} ${why}`)
      else this.#leave({ state: 'refused', code, reason: why, own: idle }, code, why)
    })
  }

  #receive(data: unknown): void {
    try {
      const frame: unknown = JSON.parse(data as string)
      if (!Array.isArray(frame)) throw new Error('a frame is an array')
      for (const message of frame as Down[]) this.#take(message)
    } catch (error) {
      this.#lose(4400, 'BadFrame', `The server does not keep to the protocol: ${String(error)}`)
    }
  }

  #take(message: Down): void {
    const state = this.#state
    if (state.state !== 'connected') return this.#welcome(message as Welcome)
    const { own } = state
    own.dueAt = this.#now + quietMs
    own.isAsked = false
    if (message.type === 'pong') {
      const { sentAt, resolve } = own.pings.shift()!
      resolve((state.latencyMs = this.#now - sentAt))
    }
    for (const tenant of this.#tenants) tenant.receive(message)
  }

  #welcome({ type, version, source, generation, schema: hash, descriptor }: Welcome): void {
    if (type !== 'welcome' || version !== protocolVersion) throw new Error('no fit welcome')
    // What is known already stays the same object, by which others know that nothing has changed.
    if (hash !== this.#schema?.hash) {
      const told = fromDescriptor(descriptor!)
      const ofChannels = fromDescriptor({ hash, collections: channelDescriptors })
      this.#schema = { hash, collections: new Map([...told, ...ofChannels]) }
    }
    const socket = this.#state.own.socket!
    const link = new Link(source, this.#schema.collections, socket)
    const dueAt = this.#now + quietMs
    const since = new Date(this.#settings.runtime.now())
    const own = { socket, link, dueAt, isAsked: false, pings: [] }
    this.#become({ state: 'connected', source, generation, since, own })
    for (const tenant of this.#tenants) tenant.welcomed(link)
    for (const { resolve } of this.#waiters.splice(0)) resolve()
    this.events.emit('connected', { source, generation })
  }

  /** There is no connection any more, or none came about; there will be another attempt. */
  #lose(code: number, reason: string, message: string): void {
    const lastError = notConnected(message)
    const { runtime, baseMs, capMs } = this.#settings
    const attempt = 'attempt' in this.#state ? this.#state.attempt + 1 : 1
    const delayMs = backoffMs(runtime, attempt - 1, baseMs, capMs)
    const retryAt = new Date(runtime.now() + delayMs)
    const own = { dueAt: this.#now + delayMs }
    this.#leave({ state: 'waiting', attempt, retryAt, lastError, own }, code, reason)
  }

  /** Goes on without a socket, and tells everybody. */
  #leave(next: Waiting | Final, code: number, reason: string): void {
    const before = this.#state
    const isEnd = next.state !== 'waiting'
    const makeError = () => (isEnd ? endError(next) : next.lastError)
    this.#alarm.stop()
    this.#become(next)
    // Browsers let a client send 1000 and codes of its own, nothing else.
    before.own.socket?.close(code < 4000 ? 1000 : code)
    for (const tenant of this.#tenants) tenant.lost(makeError, isEnd)
    for (const { reject } of isEnd ? this.#waiters : []) reject(makeError())
    if (next.state !== 'closed') this.events.emit('error', makeError())
    if (before.state !== 'connected') return
    before.own.link.cut()
    for (const { reject } of before.own.pings) reject(makeError())
    this.events.emit('disconnected', { code, reason })
  }

  #become(state: State): void {
    this.#state = state
    this.#alarm.by(state.own.dueAt)
  }

  #ring(): number {
    const state = this.#state
    const { own } = state
    if (this.#now < own.dueAt) return own.dueAt
    if (state.state === 'waiting') this.#connect(state.attempt)
    else if (state.state === 'connected' && !state.own.isAsked) {
      state.own.isAsked = true
      state.own.dueAt = this.#now + answerMs
      // Whether an answer comes, `isAsked` and `dueAt` tell.
      this.ping().catch(() => {})
    } else this.#lose(4408, 'Silent', 'The server is silent')
    return this.#state.own.dueAt
  }
}

/** Where nothing will be due. */
const idle = { dueAt: Infinity }

function endError(state: Final): WherryError {
  return state.state === 'closed'
    ? notConnected('The client is closed')
    : new WherryError('ConnectionRefused', `The server refuses: ${state.code} ${state.reason}`)
}

function notConnected(message: string): WherryError {
  return new WherryError('NotConnected', message)
}
