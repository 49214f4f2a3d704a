import { isWherryError } from '@wherry/core'
import type { Reset, Subscribe } from '@wherry/core/protocol'
import type { Parts } from '../session/outbox.ts'
import type { Session } from '../session/session.ts'
import type { Channel, Push } from './channel.ts'
import { chunkAt, type Chunk } from './chunks.ts'

type State =
  /** The channel has no rows yet, or stands still. `after`: of the rows that the client has. */
  | { readonly is: 'waiting'; readonly after: string | undefined }
  /** What it missed is being read; what happens meanwhile is added to that. */
  | { readonly is: 'resuming'; readonly later: string[] }
  | { readonly is: 'following' }
  /** Its client does not keep up, and is told what it came to when it has read what it had. */
  | { readonly is: 'behind'; readonly after: string }
  | { readonly is: 'ended' }

const following: State = { is: 'following' }
const ended: State = { is: 'ended' }
/** Most begin without rows. */
const fresh: State = { is: 'waiting', after: undefined }

/** What one client wants of one channel. */
export class Subscription {
  readonly session: Session
  readonly #id: number
  readonly #collection: string
  #channel: Channel | undefined
  #state: State

  constructor(session: Session, { id, collection, after }: Subscribe) {
    this.session = session
    this.#id = id
    this.#collection = collection
    this.#state = after === undefined ? fresh : { is: 'waiting', after }
  }

  /** It is sent less than its channel has, and will be sent the rest later. */
  get isBehind(): boolean {
    return this.#state.is === 'resuming' || this.#state.is === 'behind'
  }

  joined(channel: Channel): void {
    this.#channel = channel
    this.session.send({ type: 'subscribed', id: this.#id, channel: channel.name })
  }

  /** The channel has rows. */
  start(): void {
    if (this.#state.is !== 'waiting') return
    const { after } = this.#state
    if (after === undefined) this.#sendRows()
    else this.#goOn(after, 'Windowed')
  }

  /** The rows of the channel have changed, or it has its first. */
  hear(push: Push | undefined): void {
    const state = this.#state
    if (state.is === 'waiting') this.start()
    else if (push === undefined) return
    else if (state.is === 'resuming') state.later.push(...push.texts)
    else if (state.is !== 'following') return
    else if (this.session.isBlocked) this.#state = { is: 'behind', after: push.prev }
    else this.session.send(push.frame)
  }

  /** What it has not been told of its channel is lost. */
  beginAnew(): void {
    if (this.#state.is === 'waiting') this.start()
    else if (this.#state.is !== 'ended') this.#reset('PositionLost')
  }

  /** The session's client has read what there was. */
  catchUp(): void {
    if (this.#state.is === 'behind') this.#goOn(this.#state.after, 'Slow')
  }

  end(): void {
    if (this.#state.is === 'ended') return
    this.#state = ended
    this.#channel?.leave(this)
  }

  /** Tells what became of the rows of an offset; of a window `reason` why it has to be all rows. */
  #goOn(after: string, reason: Reset['reason']): void {
    if (after === this.#channel!.offset) this.#sendMissed([])
    else if (this.#channel!.source.isWindow) this.#reset(reason)
    else void this.#resume(after)
  }

  async #resume(after: string): Promise<void> {
    const later: string[] = []
    const resuming: State = { is: 'resuming', later }
    this.#state = resuming
    try {
      const missed = await this.#channel!.missed(after)
      if (this.#state === resuming) this.#sendMissed(missed.concat(later))
    } catch (error) {
      const isTold = isWherryError(error) && error.code === 'PositionLost'
      if (!isTold) this.session.settings.onError(error)
      if (this.#state !== resuming) return
      // The rows of a channel are there, whatever the log can tell; changes are in the log alone.
      if (isTold || !this.#channel!.source.isFeed) this.#reset('PositionLost')
      else this.#refuse(error)
    }
  }

  #refuse(error: unknown): void {
    this.end()
    this.session.subscriptions.delete(this.#id)
    this.session.fail({ id: this.#id, collection: this.#collection }, error)
  }

  #reset(reason: Reset['reason']): void {
    this.session.send({ type: 'reset', id: this.#id, reason })
    this.#sendRows()
  }

  /** They are written when there is room for them: there may be many. */
  #sendRows(): void {
    const channel = this.#channel!
    const { present } = channel
    const { length } = present.rows
    this.#send('snapshot', 'rows', length, (start) => channel.chunk(present, start), false)
  }

  #sendMissed(texts: readonly string[]): void {
    const chunk = (start: number) => chunkAt(start, texts.length, (index) => texts[index]!)
    this.#send('missed', 'changes', texts.length, chunk, true)
  }

  /** Put together as text, since the chunks are text already. Then its client has what there is. */
  #send(
    type: string,
    name: string,
    count: number,
    chunk: (start: number) => Chunk,
    isWritten: boolean,
  ): void {
    const wasBehind = this.isBehind
    this.#state = following
    const head = `{"type":"${type}","id":${this.#id},"${name}":`
    const tail = `,"offset":${JSON.stringify(this.#channel!.offset)}`
    let start = 0
    const parts: Parts = {
      isOver: false,
      next() {
        const { text, end } = chunk(start)
        start = end
        this.isOver = start >= count
        return `${head}${text}${this.isOver ? tail : ''}}`
      },
    }
    // What has been written for this one alone counts as unread.
    if (!isWritten) this.session.send(parts)
    else while (!parts.isOver) this.session.send(parts.next())
    if (wasBehind) this.session.tellSettled()
  }
}
