import { systemRuntime, WherryError, type Runtime } from '@wherry/core'
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
}

export function readOptions(options: ClientOptions): Settings {
  checkNames('createClient()', options, ['url', 'timeoutMs', 'reconnect', 'runtime', 'socket'])
  const { url, timeoutMs = 10_000, reconnect = {}, runtime = systemRuntime } = options
  checkNames("'reconnect'", reconnect, ['baseMs', 'capMs'])
  const { baseMs = 100, capMs = 10_000 } = reconnect
  if (!/^wss?:\/\/[^#]+$/.test(url)) {
    throw invalidOptions("'url' is an address such as wss://app.example/wherry, without a #")
  }
  if (
    ![timeoutMs, baseMs, capMs].every((ms) => typeof ms === 'number' && ms > 0 && ms <= longestMs)
  ) {
    throw invalidOptions(`Times are in milliseconds, above 0 and up to ${longestMs}`)
  }
  return { url, timeoutMs, baseMs, capMs, runtime, openSocket: options.socket ?? openWebSocket }
}

/** A misspelt option must not be ignored. */
export function checkNames(what: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw invalidOptions(`${what} has no option '${unknown}'; it has ${known.join(', ')}`)
  }
}

export function invalidOptions(message: string): WherryError {
  return new WherryError('InvalidOptions', message)
}

/** Beyond it, some 24 days, timers ring at once. */
const longestMs = 2_147_483_647
