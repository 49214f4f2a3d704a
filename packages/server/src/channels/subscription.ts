import { isWherryError } from '@wherry/core'
import type { LiveSource } from '@wherry/core/gate'
import type { Reset } from '@wherry/core/protocol'
import type { Session } from '../session/session.ts'
import { toChunks, type Channel } from './channel.ts'

type State =
  /** The channel has no rows yet. */
  | { readonly is: 'waiting' }
  /** What it missed is being read; what happens meanwhile waits. */
  | { readonly is: 'resuming'; readonly pushes: string[] }
  | { readonly is: 'following' }
  /** Its session was too slow, and is sent all rows when it has read what it had. */
  | { readonly is: 'behind' }
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

  joined(channel: Channel): void {
    this.#channel = channel
  }

  /** The channel has rows, as of this offset. */
  start(offset: string): void {
    const { name: channel } = this.#channel!
    this.session.send({ type: 'subscribed', id: this.#id, channel })
    if (this.#after === undefined) return this.#sendRows()
    if (this.#after === offset) return this.#sendMissed([], offset)
    if (this.#source.isWindow) return this.#reset('Windowed')
    void this.#resume(this.#after, offset)
  }

  /** Passes a push on. Returns whether the session has been sent it. */
  follow(push: string): boolean {
    if (this.#state.is === 'resuming') this.#state.pushes.push(push)
    if (this.#state.is !== 'following') return false
    if (this.session.isSlow) {
      this.#state = { is: 'behind' }
      return false
    }
    this.session.sendText(push)
    return true
  }

  /** The session is not slow any more, if it was. */
  catchUp(): void {
    if (this.#state.is === 'behind') this.#reset('Slow')
  }

  end(): void {
    if (this.#state.is === 'ended') return
    this.#state = { is: 'ended' }
    this.#channel?.leave(this)
  }

  async #resume(after: string, offset: string): Promise<void> {
    const pushes: string[] = []
    this.#state = { is: 'resuming', pushes }
    try {
      const changes = await this.#source.missed(after, offset)
      if (this.#state.is !== 'resuming') return
      this.#sendMissed(
        changes.map((change) => JSON.stringify(change)),
        offset,
      )
      for (const push of pushes) this.session.sendText(push)
    } catch (error) {
      if (!isWherryError(error) || error.code !== 'PositionLost') {
        this.session.settings.onError(error)
      }
      // The rows of the channel are there, whatever the log can tell.
      if (this.#state.is === 'resuming') this.#reset('PositionLost')
    }
  }

  #reset(reason: Reset['reason']): void {
    this.session.send({ type: 'reset', id: this.#id, reason })
    this.#sendRows()
  }

  #sendRows(): void {
    this.#sendParts('snapshot', 'rows', this.#channel!.chunks(), this.#channel!.offset!)
  }

  #sendMissed(changes: readonly string[], offset: string): void {
    this.#sendParts('missed', 'changes', toChunks(changes), offset)
  }

  /** Put together as text, since the parts are text already. */
  #sendParts(type: string, name: string, parts: readonly string[], offset: string): void {
    this.#state = { is: 'following' }
    const head = `{"type":"${type}","id":${this.#id},"${name}":`
    parts.forEach((part, index) => {
      const isLast = index === parts.length - 1
      this.session.sendText(`${head}${part}${isLast ? `,"offset":${JSON.stringify(offset)}` : ''}}`)
    })
  }
}
