import type { Row } from '../schema/definition.ts'
import type { LiveListener, LiveValueListener } from './live-event.ts'

/** Makes of listening to rows the listening to a value that is read from them. */
export function liveValue<V>(
  subscribe: (listener: LiveListener) => () => void,
  valueOf: (rows: readonly Row[]) => V,
): { subscribe(listener: LiveValueListener<V>): () => void } {
  return {
    subscribe(listener) {
      let value: V | undefined
      return subscribe((event) => {
        if (event.status === 'error') {
          return listener({ value, status: 'error', error: event.error })
        }
        value = valueOf(event.rows)
        return listener({ value, status: 'live', position: event.position! })
      })
    },
  }
}

/** The groups of an aggregate are its value. */
export function groupsOf(rows: readonly Row[]): readonly Row[] {
  return rows
}

/** A count is an aggregate of one group, as `countAsAggregate` makes it. */
export function countOf(rows: readonly Row[]): number {
  return rows[0]!.count as number
}
