import type { WherryError } from '@wherry/core'
import type { Socket } from '../socket.ts'
import type { Link } from './link.ts'

/** Times are of the monotonic clock, in milliseconds. */
export type State =
  | Connecting
  | Connected
  | {
      readonly is: 'waiting'
      readonly attempt: number
      readonly retryAt: number
      readonly lastError: WherryError
    }
  | { readonly is: 'refused'; readonly code: number; readonly reason: string }
  | { readonly is: 'closed' }

export interface Connecting {
  readonly is: 'connecting'
  readonly attempt: number
  readonly socket: Socket
  /** When the attempt will have failed. */
  readonly endsAt: number
  /** When hello was sent. */
  helloAt: number
}

export interface Connected {
  readonly is: 'connected'
  readonly socket: Socket
  readonly link: Link
  readonly since: Date
  /** When anything was received last. */
  heardAt: number
  /** When the server was asked for a sign of life that has not come yet. */
  askedAt: number | undefined
}

/** What `status()` tells. */
export type ClientStatus =
  /** The first attempt since there was a connection is 1. */
  | { readonly state: 'connecting'; readonly attempt: number }
  | {
      readonly state: 'connected'
      /** The engine that answers, as `metaOf(…).source` names it. */
      readonly source: string
      /** Names the server's log; another database has another. */
      readonly generation: string
      readonly since: Date
      /** How long the last round trip took that was measured: of hello, or of a ping since. */
      readonly latencyMs: number
    }
  /** Between two attempts; `attempt` is the one that comes. */
  | {
      readonly state: 'waiting'
      readonly attempt: number
      readonly retryInMs: number
      readonly lastError: WherryError
    }
  /** The server closed for a reason that another attempt would not change. Final. */
  | { readonly state: 'refused'; readonly code: number; readonly reason: string }
  /** By `close()`. Final. */
  | { readonly state: 'closed' }

/** A state as it may be shown. */
export function showState(state: State, now: number): ClientStatus {
  switch (state.is) {
    case 'connecting':
      return { state: 'connecting', attempt: state.attempt }
    case 'connected': {
      const { peer, latencyMs } = state.link
      const { source, generation } = peer
      return { state: 'connected', source, generation, since: state.since, latencyMs }
    }
    case 'waiting': {
      const { attempt, retryAt, lastError } = state
      return { state: 'waiting', attempt, retryInMs: Math.max(0, retryAt - now), lastError }
    }
    case 'refused':
      return { state: 'refused', code: state.code, reason: state.reason }
    case 'closed':
      return { state: 'closed' }
  }
}
