import type { Source, SourceEvent } from '@wherry/core/gate'
import type { Down, WireChange } from '@wherry/core/protocol'
import type { Settings } from '../options.ts'
import { Frame } from '../transport/transport.ts'
import { chunkAt, type Chunk } from './chunks.ts'
import type { Missed } from './missed.ts'
import type { Subscription } from './subscription.ts'

/** The rows of a channel at one moment. */
export interface Present {
  readonly offset: string
  readonly rows: Extract<SourceEvent, { status: 'live' }>['rows']
}

/** What became of a channel's rows, in bytes that are the same for all who follow it. */
export interface Push {
  readonly prev: string
  /** The changes, each as JSON. */
  readonly texts: readonly string[]
  readonly frame: Frame
}

/** What the channels of a gateway have in common. */
export interface ChannelsShared {
  readonly settings: Settings
  readonly missed: Missed
  /** Nobody follows a channel any more. */
  emptied(channel: Channel): void
}

/** One query, and all who follow it. What it says is written once, whoever reads it. */
export class Channel {
  readonly name: string
  readonly source: Source
  readonly #shared: ChannelsShared
  /** Most of many channels have one subscription, for which a set would be much. */
  #first: Subscription | undefined
  #others: Set<Subscription> | undefined
  readonly #unsubscribe: () => void
  #present: Present | undefined
  /** Of what is present now, where each begins; made when the first subscriber needs it, for all. */
  #chunks: Map<number, Chunk> | undefined
  /** What was last told of the database, while it cannot be read. */
  #stalled: Frame | undefined

  constructor(name: string, source: Source, shared: ChannelsShared) {
    this.name = name
    this.source = source
    this.#shared = shared
    this.#unsubscribe = source.subscribe((event) => this.#hear(event))
  }

  /** Where its rows are, once it has any. */
  get offset(): string | undefined {
    return this.#present?.offset
  }

  join(subscription: Subscription): void {
    if (this.#first === undefined) this.#first = subscription
    else (this.#others ??= new Set()).add(subscription)
    subscription.joined(this)
    if (this.#stalled !== undefined) subscription.session.send(this.#stalled)
    else if (this.#present !== undefined) subscription.start()
  }

  leave(subscription: Subscription): void {
    if (this.#first === subscription) this.#first = undefined
    else this.#others?.delete(subscription)
    if (this.#others?.size === 0) this.#others = undefined
    if (this.#first !== undefined || this.#others !== undefined) return
    this.close()
    this.#shared.emptied(this)
  }

  close(): void {
    this.#unsubscribe()
  }

  /** Once it has any. */
  get present(): Present {
    return this.#present!
  }

  /** The rows of a moment from one on, as many as a client can take in at a time. */
  chunk(present: Present, start: number): Chunk {
    const isNow = present === this.#present
    const kept = isNow ? this.#chunks?.get(start) : undefined
    if (kept !== undefined) return kept
    const { rows } = present
    const chunk = chunkAt(start, rows.length, (index) =>
      JSON.stringify(this.source.encode(rows[index]!)),
    )
    // Whoever is alone needs it once.
    if (isNow && this.#others !== undefined) (this.#chunks ??= new Map()).set(start, chunk)
    return chunk
  }

  /** What became of its rows from an offset up to now, a text for each row that was touched. */
  missed(after: string): Promise<readonly string[]> {
    return this.#shared.missed.read(this.source, after, this.#present!.offset)
  }

  #hear(event: SourceEvent): void {
    if (event.status === 'error') return this.#stall(event.error)
    if (event.status === 'gap') return this.#beginAnew(event.position)
    const prev = this.#present?.offset
    const offset = event.position
    this.#present = { offset, rows: event.rows }
    this.#chunks = undefined
    this.#stalled = undefined
    const push = prev === undefined ? undefined : this.#push(prev, offset, event.changes)
    this.#each((subscription) => subscription.hear(push))
  }

  #beginAnew(offset: string): void {
    this.#present = { offset, rows: [] }
    this.#chunks = undefined
    this.#stalled = undefined
    this.#each((subscription) => subscription.beginAnew())
  }

  #push(prev: string, offset: string, changes: readonly WireChange[]): Push {
    const texts = changes.map((change) => JSON.stringify(change))
    const place = `"channel":"${this.name}","prev":${JSON.stringify(prev)},"offset":${JSON.stringify(offset)}`
    return {
      prev,
      texts,
      frame: new Frame(`[{"type":"push",${place},"changes":[${texts.join()}]}]`),
    }
  }

  #stall(error: unknown): void {
    const { gate, onError } = this.#shared.settings
    const { code, message } = gate.tell(error, undefined)
    const stalled: Down = { type: 'stalled', channel: this.name, code, message }
    const frame = new Frame(JSON.stringify([stalled]))
    this.#stalled = frame
    this.#each(({ session }) => session.send(frame))
    if (gate.isPrivate(error)) onError(error)
  }

  #each(visit: (subscription: Subscription) => void): void {
    if (this.#first !== undefined) visit(this.#first)
    this.#others?.forEach(visit)
  }
}
