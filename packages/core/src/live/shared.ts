import type { Position } from '../contract/change-log.ts'
import type { Row } from '../schema/definition.ts'
import { callListener } from '../lib/call-listener.ts'
import type { LiveListener } from './live-event.ts'
import type { View } from './view.ts'

interface Subscriber {
  readonly listener: LiveListener
  /** Whether it has had rows that are the database's. */
  hasRows: boolean
  /** Whether the last that it was told is an error. */
  hasError: boolean
}

/** One query and everybody who asks it. */
export class Shared {
  readonly view: View
  /** Its rows are those of the tail's position. */
  isCurrent = false
  /** Why it is not, when the database could not be asked. */
  error: unknown
  /** The pass in which it came to be asked, until it has been. */
  asked = 0
  /** When it may be asked again, by the monotonic clock. */
  restsUntil: number = -Infinity
  readonly #subscribers = new Set<Subscriber>()
  /** The rows as they were told last. */
  #told: readonly Row[] = []

  constructor(createView: (self: Shared) => View) {
    this.view = createView(this)
  }

  /** Returns what ends it, which returns whether nobody listens any more. */
  add(listener: LiveListener): () => boolean {
    const subscriber = { listener, hasRows: false, hasError: false }
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber) && this.#subscribers.size === 0
  }

  leave(): void {
    this.#subscribers.clear()
    this.view.leave()
  }

  /** Tells everybody what has become of the rows since they were last told. */
  tell(position: Position | undefined): void {
    const error = this.isCurrent ? this.view.fault : this.error
    if (error === undefined) this.#tellRows(position!)
    else this.#tellError(error)
  }

  #tellRows(position: Position): void {
    const changes = this.view.take()
    const { rows } = this.view
    this.#told = rows
    for (const subscriber of this.#subscribers) {
      const { hasRows, hasError } = subscriber
      if (hasRows && !hasError && changes === undefined) continue
      subscriber.hasRows = true
      subscriber.hasError = false
      const event = { rows, changes: (hasRows && changes) || [], status: 'live', position } as const
      callListener(subscriber.listener, event)
    }
  }

  #tellError(error: unknown): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.hasError) continue
      subscriber.hasError = true
      const event = { rows: this.#told, changes: [], status: 'error', error } as const
      callListener(subscriber.listener, event)
    }
  }
}
