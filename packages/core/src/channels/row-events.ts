import { callListener } from '../lib/call-listener.ts'
import { got } from '../lib/got.ts'
import type { Position } from '../contract/change-log.ts'
import { checkOptions, invalidOptions } from '../lib/options.ts'
import type { ToldChange } from '../live/feed-event.ts'
import type { Row } from '../schema/definition.ts'
import { checkListener, checkSince, Events } from './events.ts'
import type { Follow, Listening } from './listening.ts'

/** A committed change, as its listener is told it beside the row. */
export interface ChangeEvent<R = Row> extends ToldChange<R> {
  readonly collection: string
  /**
   * Who listens `since` this position is told all that comes behind this change. Those that were
   * committed close to it may be told once more: only the last of them has a position of its own.
   */
  readonly position: Position
}

type RowListener = (row: Row, event: ChangeEvent) => void

/** The events of rows: `on('clients:created', …)`, the same on a service and on a client. */
export class RowEvents {
  readonly #events: Events

  constructor(follow: Follow) {
    this.#events = new Events(follow)
  }

  on(name: string, listener: (...args: never[]) => void, options: unknown = {}): Listening {
    const [, collection, type] = eventName.exec(name) ?? []
    if (collection === undefined) {
      throw invalidOptions(
        `on() takes the name of an event, such as 'clients:created': a collection's, a colon, and ` +
          `created, updated, deleted, changed, gap or error; ${got(name)}`,
      )
    }
    checkListener(name, listener)
    if (type === 'gap' || type === 'error') {
      checkOptions(`on('${name}')`, options, [])
      return this.#events.on(name, listener as never)
    }
    checkOptions(`on('${name}')`, options, ['where', 'since'])
    const { where, since } = options as { readonly where?: unknown; readonly since?: Position }
    checkSince(since)
    const query = where === undefined ? {} : { where }
    const isWhole = where === undefined && since === undefined
    return this.#events.listen(
      collection,
      { collection, query, since },
      isWhole,
      (change, position) => {
        if (type !== 'changed' && type !== change.type) return
        const event: ChangeEvent = { collection, ...change, position }
        callListener(listener as RowListener, change.row, event)
      },
    )
  }
}

const eventName = /^([^:]+):(created|updated|deleted|changed|gap|error)$/
