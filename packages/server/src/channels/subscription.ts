import { isWherryError } from '@wherry/core'
import type { LiveSource } from '@wherry/core/gate'
import type { Reset, WireChange } from '@wherry/core/protocol'
import type { Session } from '../session/session.ts'
import type { Channel } from './channel.ts'
import { toChunks } from './chunks.ts'

type State =
  /** The channel has no rows yet, or stands still. */
  | { readonly is: 'waiting' }
  /** What it missed is being read; what happens meanwhile is added to that. */
  | { readonly is: 'resuming'; readonly later: WireChange[] }
  | { readonly is: 'following' }
  /** Its session was too slow, and is sent all rows when it has read what it had. */
  | { readonly is: 'slow' }
  | { readonly is: 'ended' }

/** What one client wants of one channel. */
export class Subscription {
  readonly session: Session
  readonly #id: number
  readonly #source: LiveSource
  /** The offset of the rows that the client has from before. */
  readonly #after: string | undefined
  #channel: Channel | undefined
  #state: State = { is: 'waiting' }

  constructor(session: Session, id: number, source: LiveSource, after: string | undefined) {
    this.session = session
    this.#id = id
    this.#source = source
    this.#after = after
  }

  /** It is sent less than its channel has, and will be sent the rest later. */
  get isBehind(): boolean {
    return this.#state.is === 'resuming' || this.#state.is === 'slow'
  }

  /** It has been sent nothing yet. */
  get isWaiting(): boolean {
    return this.#state.is === 'waiting'
  }

  joined(channel: Channel): void {
    this.#channel = channel
    this.session.send({ type: 'subscribed', id: this.#id, channel: channel.name })
  }

  /** The channel has rows. */
  start(): void {
    const after = this.#after
    const offset = this.#channel!.offset!
    if (after === undefined) return this.#sendRows()
    if (after === offset) return this.#sendMissed([])
    if (this.#source.isWindow) return this.#reset('Windowed')
    void this.#resume(after, offset)
  }

  /** The rows of the channel have changed. Returns whether the session is to be told how. */
  follow(changes: readonly WireChange[]): boolean {
    if (this.#state.is === 'resuming') this.#state.later.push(...changes)
    if (this.#state.is !== 'following') return false
    if (this.session.isSlow) this.#state = { is: 'slow' }
    return this.#state.is === 'following'
  }

  /** The session is not slow any more, if it was. */
  catchUp(): void {
    if (this.#state.is === 'slow') this.#reset('Slow')
  }

  end(): void {
    if (this.#state.is === 'ended') return
    this.#state = { is: 'ended' }
    this.#channel?.leave(this)
  }

  async #resume(after: string, offset: string): Promise<void> {
    const later: WireChange[] = []
    this.#state = { is: 'resuming', later }
    try {
      const changes = await this.#source.missed(after, offset)
      if (this.#state.is === 'resuming') this.#sendMissed(changes.concat(later))
    } catch (error) {
      // The rows of the channel are there, whatever the log can tell.
      if (this.#state.is === 'resuming') this.#reset('PositionLost')
      const isTold = isWherryError(error) && error.code === 'PositionLost'
      if (!isTold) this.session.settings.onError(error)
    }
  }

  #reset(reason: Reset['reason']): void {
    this.session.send({ type: 'reset', id: this.#id, reason })
    this.#sendRows()
  }

  #sendRows(): void {
    this.#sendParts('snapshot', 'rows', this.#channel!.chunks())
  }

  #sendMissed(changes: readonly WireChange[]): void {
    const texts = changes.map((change) => JSON.stringify(change))
    this.#sendParts('missed', 'changes', toChunks(texts))
  }

  /** Put together as text, since the parts are text already. Then its client has what there is. */
  #sendParts(type: string, name: string, parts: readonly string[]): void {
    const wasBehind = this.isBehind
    this.#state = { is: 'following' }
    const head = `{"type":"${type}","id":${this.#id},"${name}":`
    const tail = `,"offset":${JSON.stringify(this.#channel!.offset)}`
    parts.forEach((part, index) => {
      this.session.send(`${head}${part}${index === parts.length - 1 ? tail : ''}}`)
    })
    if (wasBehind) this.session.tellSettled()
  }
}
