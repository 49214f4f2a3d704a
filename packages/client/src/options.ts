import { checkOptions, invalidOptions, systemRuntime, type Runtime } from '@wherry/core'
import { openWebSocket, type OpenSocket } from './socket.ts'

export interface ClientOptions {
  /** Where the gateway is, such as `wss://app.example/wherry`. */
  readonly url: string
  /**
   * How long a call may take, in milliseconds, from when it is made until its answer is here; also
   * how long an attempt to connect may take. Default 10,000.
   */
  readonly timeoutMs?: number
  /**
   * How long to wait before connecting again: a random time below `baseMs` (default 100), a limit
   * that doubles with each attempt up to `capMs` (default 10,000). In milliseconds.
   */
  readonly reconnect?: { readonly baseMs?: number; readonly capMs?: number }
  /** Clock, timers and randomness. Default: the host's. */
  readonly runtime?: Runtime
  /** What opens a WebSocket. Default: the browser's, or the `ws` library's on Node. */
  readonly socket?: OpenSocket
}

/** The options with their defaults. */
export interface Settings {
  readonly url: string
  readonly timeoutMs: number
  readonly baseMs: number
  readonly capMs: number
  readonly runtime: Runtime
  readonly openSocket: OpenSocket
  /** Numbers what is asked of the server, over all connections. */
  nextId(): number
}

export function readOptions(options: ClientOptions): Settings {
  checkOptions('createClient()', options, ['url', 'timeoutMs', 'reconnect', 'runtime', 'socket'])
  const { url, timeoutMs = 10_000, reconnect = {}, runtime = systemRuntime } = options
  checkOptions("'reconnect'", reconnect, ['baseMs', 'capMs'])
  const { baseMs = 100, capMs = 10_000 } = reconnect
  if (!/^wss?:\/\/[^#]+$/.test(url)) {
    throw invalidOptions("'url' is an address such as wss://app.example/wherry")
  }
  // From 2^31 on timers would ring at once.
  for (const ms of [timeoutMs, baseMs, capMs]) {
    if (!(typeof ms === 'number' && ms > 0 && ms < 2 ** 31)) {
      throw invalidOptions('Times are milliseconds, above 0 and below 2^31')
    }
  }
  let lastId = 0
  const nextId = () => ++lastId
  const { socket: openSocket = openWebSocket } = options
  return { url, timeoutMs, baseMs, capMs, runtime, openSocket, nextId }
}
