import type { WherryError } from '../errors/wherry-error.ts'
import { callListener } from '../lib/call-listener.ts'
import { got } from '../lib/got.ts'
import { invalidOptions } from '../lib/options.ts'
import type { LiveEvent } from '../live/live-event.ts'
import type { Row } from '../schema/definition.ts'
import type { Means } from './channel.ts'
import { checkListener } from './events.ts'
import type { Listening } from './listening.ts'

/** Somebody's being in a channel, for as long as it lasts. */
export interface Entry {
  /** Also where leaving has failed, so that it may be tried again: who enters then, enters anew. */
  readonly hasLeft: boolean
  update(meta: unknown): Promise<unknown>
  leave(): Promise<void>
}

export type Enter = (channel: string, meta: unknown) => Promise<Entry>

/** Of each channel what was asked for last, and the entry once there is one; one after another. */
export type Entries = Map<string, Promise<Entry | undefined>>

const types = { join: 'insert', leave: 'remove', update: 'update' } as const

/** Who is in a channel: the rows of a live query, of which this service or client may add one. */
export class Presence {
  readonly #channel: string
  readonly #means: Means

  constructor(channel: string, means: Means) {
    this.#channel = channel
    this.#means = means
  }

  async enter(meta: unknown = null): Promise<void> {
    await this.#next(async (entry) => {
      if (entry === undefined || entry.hasLeft) return this.#means.enter(this.#channel, meta)
      await entry.update(meta)
      return entry
    })
  }

  async leave(): Promise<void> {
    await this.#next(async (entry) => {
      await entry?.leave()
      return undefined
    })
  }

  async members(): Promise<unknown> {
    const rows = await this.#means.rows('$presence').find(this.#query)
    return (rows as Row[]).map(memberOf)
  }

  on(type: keyof typeof types, listener: (member: unknown) => void): Listening {
    if (!Object.hasOwn(types, type)) {
      throw invalidOptions(
        `The presence of a channel tells 'join', 'leave' and 'update', ${got(type)}`,
      )
    }
    checkListener(type, listener)
    let isOver = false
    let start = () => {}
    const started = new Promise<void>((resolve) => (start = resolve))
    const stop = this.#means
      .rows('$presence')
      .live(this.#query)
      .subscribe((event: LiveEvent) => {
        if (event.status === 'error')
          this.#means.events.tell(`${this.#channel}:error`, event.error as WherryError)
        else start()
        for (const { type: step, row } of event.changes) {
          if (step === types[type] && !isOver) callListener(listener, memberOf(row))
        }
      })
    const end = () => {
      isOver = true
      start()
      stop()
    }
    return Object.assign(end, { started })
  }

  get #query(): object {
    return { where: { channel: this.#channel }, orderBy: [{ enteredAt: 'asc' }] }
  }

  /** What fails leaves things as they were. */
  async #next(work: (entry: Entry | undefined) => Promise<Entry | undefined>): Promise<void> {
    const { entries } = this.#means
    const before = entries.get(this.#channel)
    const after = Promise.resolve(before).then(work)
    const entry = after.catch(() => before)
    entries.set(this.#channel, entry)
    if ((await entry) === undefined && entries.get(this.#channel) === entry) {
      entries.delete(this.#channel)
    }
    await after
  }
}

/** Which process keeps it there is nobody's business. */
function memberOf({ id, meta, enteredAt }: Row): object {
  return { id, meta, enteredAt }
}
