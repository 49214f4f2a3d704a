import type { Position } from '../contract/change-log.ts'
import { isWherryError } from '../errors/wherry-error.ts'
import { callListener } from '../lib/call-listener.ts'
import { checkOptions, invalidOptions } from '../lib/options.ts'
import { backoffMs, sleep, type Runtime } from '../lib/runtime.ts'
import type { FeedListener } from '../live/feed-event.ts'
import type { LiveListener } from '../live/live-event.ts'
import type { Row } from '../schema/definition.ts'
import { checkListener, checkSince, type Events } from './events.ts'
import type { FeedWish, Follow, Listening } from './listening.ts'
import { checkMessage, checkName } from './names.ts'
import { Presence, type Enter, type Entries } from './presence.ts'

/** A collection of those that channels are made of, as a service and a client have it. */
export interface Rows {
  find(query: unknown): Promise<unknown>
  findOne(query: unknown): Promise<unknown>
  insert(row: unknown): Promise<unknown>
  upsert(query: unknown): Promise<unknown>
  live(query: unknown): { subscribe(listener: LiveListener): () => void }
}

/** What channels need of a service or a client. */
export interface Means {
  readonly runtime: Runtime
  /** Of all channels: a channel by its name is what something is of. */
  readonly events: Events
  readonly follow: Follow
  rows(name: '$messages' | '$presence' | '$marks'): Rows
  readonly enter: Enter
  readonly entries: Entries
  /** A write that is refused before it begins. */
  refuse(error: unknown): Promise<never>
}

type MessageListener = (payload: unknown, message: Row) => void

const retryBaseMs = 100
const retryCapMs = 5_000

/** A named channel, the same on a service and on a client; `Channel` of the service's types says what. */
export class Channel {
  readonly name: string
  readonly presence: Presence
  readonly #means: Means

  constructor(name: string, means: Means) {
    checkName('a channel', name)
    this.name = name
    this.#means = means
    this.presence = new Presence(name, means)
  }

  on(event: string, listener: (...args: never[]) => void, options: unknown = {}): Listening {
    const { name } = this
    const { events } = this.#means
    checkName('an event', event)
    checkListener(event, listener)
    if (event === 'gap' || event === 'error') {
      checkOptions(`on('${event}')`, options, [])
      return events.on(`${name}:${event}`, listener as never)
    }
    checkOptions(`on('${event}')`, options, ['since', 'as'])
    const { since, as } = options as { readonly since?: Position; readonly as?: string }
    checkSince(since)
    if (as !== undefined) checkName('a subscriber', as)
    if (as !== undefined && since !== undefined) {
      throw invalidOptions("'since' and 'as' both say where to begin; give one of them")
    }
    const query = { where: { channel: name }, types: ['created'] }
    const take = ({ row }: { readonly row: Row }, position: Position) => {
      if (event !== '*' && event !== row.event) return
      callListener(listener as MessageListener, row.payload, { ...row, position })
    }
    const wish = { collection: '$messages', query, since }
    if (as === undefined) return events.listen(name, wish, since === undefined, take)
    return events.listen(name, wish, false, take, (own, hear) => this.#followAs(as, own, hear))
  }

  publish(event: string, payload: unknown = null, options: unknown = {}): Promise<unknown> {
    return publish(this.#means, this.name, event, payload, options)
  }

  async history(query: unknown = {}): Promise<Row[]> {
    checkOptions('history()', query, ['limit', 'since'])
    const { limit = 100, since } = query as { readonly limit?: number; readonly since?: Date }
    const rows = (await this.#means.rows('$messages').find({
      where: { channel: this.name, ...(since !== undefined && { createdAt: { gte: since } }) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      limit,
    })) as Row[]
    return rows.reverse()
  }

  async acknowledge(subscriber: string, position: Position): Promise<void> {
    await acknowledge(this.#means, this.name, subscriber, position)
  }

  /** Behind the mark of a subscriber; a new one gets its first mark where it begins. */
  #followAs(as: string, wish: FeedWish, listener: FeedListener): () => void {
    let isOver = false
    let stop = () => {}
    const begin = (since: Position | undefined) => {
      let isNew = since === undefined
      stop = this.#means.follow({ ...wish, since }, (event) => {
        if (isNew && event.status === 'live') {
          isNew = false
          this.acknowledge(as, event.position).catch((error: unknown) => {
            if (!isOver) listener({ status: 'error', error })
          })
        }
        listener(event)
      })
    }
    const find = async () => {
      for (let failures = 0; ; failures++) {
        try {
          const where = { channel: this.name, subscriber: as }
          const mark = (await this.#means.rows('$marks').findOne({ where })) as Row | null
          if (!isOver) begin(mark?.position as Position | undefined)
          return
        } catch (error) {
          if (isOver) return
          listener({ status: 'error', error })
          if (!isWherryError(error) || !error.retryable) return
          const { runtime } = this.#means
          await sleep(runtime, backoffMs(runtime, failures, retryBaseMs, retryCapMs))
          if (isOver) return
        }
      }
    }
    void find()
    return () => {
      isOver = true
      stop()
    }
  }
}

type Writes = Pick<Means, 'rows' | 'refuse'>

/** Publishes; what `rows` belong to decides whether at once or with a transaction. */
export function publish(
  { rows, refuse }: Writes,
  channel: string,
  event: string,
  payload: unknown,
  options: unknown,
): Promise<unknown> {
  try {
    checkMessage(event, payload)
    checkOptions('publish()', options, ['sender'])
    const { sender } = options as { readonly sender?: string }
    if (sender !== undefined) checkName('a sender', sender)
    return rows('$messages').insert({ channel, event, payload, ...(sender && { sender }) })
  } catch (error) {
    return refuse(error)
  }
}

/** Marks that a subscriber has had all up to a position. */
export async function acknowledge(
  { rows }: Writes,
  channel: string,
  subscriber: string,
  position: Position,
): Promise<void> {
  checkName('a subscriber', subscriber)
  if (position === undefined) throw invalidOptions('acknowledge() takes the position of a message')
  checkSince(position)
  const on = ['channel', 'subscriber']
  const insert = { channel, subscriber, position }
  await rows('$marks').upsert({ on, insert, update: { position } })
}
