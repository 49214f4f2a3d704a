import type { GapEvent } from '../channels/events.ts'
import type { Listening } from '../channels/listening.ts'
import type { WherryError } from '../errors/wherry-error.ts'
import type { Mutation } from './types.ts'

/** A message that was published in a channel. Payloads are JSON. */
export interface Message<P = unknown> {
  readonly id: string
  readonly channel: string
  readonly event: string
  readonly payload: P
  /** Who the host says that it comes from; null where it does not say, and of clients. */
  readonly sender: string | null
  /** By the clock of the process that published it. */
  readonly createdAt: Date
}

/** A message as a listener is told it. */
export interface HeardMessage<P = unknown> extends Message<P> {
  /**
   * Who listens `since` this position is told all that comes behind this message. Those that were
   * published close to it may be told once more: only the last of them has a position of its own.
   */
  readonly position: string
}

export interface ListenOptions {
  /** The `position` of a message: first tells what came behind it. Default: from now on. */
  readonly since?: string
  /**
   * The name of a subscriber, which begins behind what it acknowledged last; the first time from now
   * on. It is one device or process: nobody else listens in its name at the same time.
   */
  readonly as?: string
}

export interface PublishOptions {
  /** Who it comes from, 1 to 191 characters. On a service only. */
  readonly sender?: string
}

export interface HistoryQuery {
  /** The latest so many. Default 100. */
  readonly limit?: number
  /** Only those from then on. */
  readonly since?: Date
}

/** Who is in a channel. */
export interface Member<M = unknown> {
  /** Names this being there: who comes again has another. */
  readonly id: string
  readonly meta: M
  readonly enteredAt: Date
}

export interface Presence {
  /**
   * This service or client is there with this, as one member, until `leave()`, `close()`, or the connection or the process is gone; who is
   * there already changes `meta`. After a broken connection a client comes again by itself.
   */
  enter(meta?: unknown): Promise<void>
  leave(): Promise<void>
  /** Who is there now, the first to come first. */
  members<M = unknown>(): Promise<Member<M>[]>
  /** Listens to who comes, goes, or changes what it is there with. */
  on<M = unknown>(
    type: 'join' | 'leave' | 'update',
    listener: (member: Member<M>) => void,
  ): Listening
}

/** Messages under a name, kept for a while, and who is there. */
export interface Channel {
  readonly name: string
  /** Listens to the messages of an event, '*' of all, each once and in order. */
  on<P = unknown>(
    event: string,
    listener: (payload: P, message: HeardMessage<P>) => void,
    options?: ListenOptions,
  ): Listening
  /** Hears when messages that somebody listens to cannot be told, since the log has lost them. */
  on(event: 'gap', listener: (gap: GapEvent) => void): Listening
  /** Hears why messages that somebody listens to are late, or are not told. */
  on(event: 'error', listener: (error: WherryError) => void): Listening
  /**
   * Publishes a message; resolves when the database has it. Rejects with TooLarge beyond 56 KiB, and
   * with NotFound where a client may not.
   */
  publish<P>(event: string, payload?: P, options?: PublishOptions): Mutation<Message<P>>
  /** The latest messages that are kept, the oldest of them first. */
  history(query?: HistoryQuery): Promise<Message[]>
  /** A subscriber has had what came up to this position, and will not be told it again. */
  acknowledge(subscriber: string, position: string): Promise<void>
  readonly presence: Presence
}

/** A channel within a transaction: what is published is told once it has committed, or never. */
export type TransactionChannel = Pick<Channel, 'name' | 'publish' | 'acknowledge'>

export interface ChannelsOptions {
  /** What is kept of each channel. */
  readonly history?: {
    /** The latest so many messages. Default 1,000. */
    readonly size?: number
    /** For so many milliseconds. Default 7 days. */
    readonly ageMs?: number
  }
}
