import type { WherryError } from '@wherry/core'
import type { Socket } from '../socket.ts'
import type { Link } from './link.ts'

/** What `status()` tells. */
export type ClientStatus =
  /** The first attempt since there was a connection is 1. */
  | { readonly state: 'connecting'; readonly attempt: number }
  | {
      readonly state: 'connected'
      /** The engine that answers, as `metaOf(…).source` names it. */
      readonly source: string
      /** Names the server's log; another database has another. Absent while it cannot be read. */
      readonly generation?: string | undefined
      readonly since: Date
      /** How long the last ping took, in milliseconds; absent until there was one. */
      readonly latencyMs?: number
    }
  /** Between two attempts; `attempt` is the one that comes. */
  | {
      readonly state: 'waiting'
      readonly attempt: number
      readonly retryAt: Date
      readonly lastError: WherryError
    }
  /** The server closed for a reason that another attempt would not change. Final. */
  | { readonly state: 'refused'; readonly code: number; readonly reason: string }
  /** By `close()`. Final. */
  | { readonly state: 'closed' }

type Named<N extends ClientStatus['state']> = Extract<ClientStatus, { readonly state: N }>

/** A status, and what nobody else need know. */
export type State =
  | (Named<'connecting'> & { readonly own: { readonly socket: Socket; readonly dueAt: number } })
  | (Named<'connected'> & { latencyMs?: number; readonly own: Connected })
  | Waiting
  | Final

export type Waiting = Named<'waiting'> & Idle
export type Final = Named<'refused' | 'closed'> & Idle

interface Idle {
  readonly own: { readonly socket?: undefined; readonly dueAt: number }
}

interface Connected {
  readonly socket: Socket
  readonly link: Link
  /** When the silence will have lasted too long, on the monotonic clock. */
  dueAt: number
  /** Whether the server was asked for a sign of life since it was heard last. */
  isAsked: boolean
  /** Who waits for a pong, in order. */
  readonly pings: Ping[]
}

interface Ping {
  readonly sentAt: number
  resolve(latencyMs: number): void
  reject(error: WherryError): void
}
