import { expect } from 'vitest'
import type { LiveEvent, RowChange } from '../../src/live/live-event.ts'
import type { Row } from '../../src/schema/definition.ts'

/** Takes one step of an event, and checks that it is about what is there. */
export function takeStep<R>(rows: R[], change: RowChange<R>): void {
  switch (change.type) {
    case 'insert':
      expect(change.index).toBeLessThanOrEqual(rows.length)
      rows.splice(change.index, 0, change.row)
      return
    case 'remove':
      expect(rows.splice(change.index, 1)).toEqual([change.row])
      return
    case 'update':
      expect(rows.splice(change.from, 1)).toEqual([change.old])
      expect(change.to).toBeLessThanOrEqual(rows.length)
      rows.splice(change.to, 0, change.row)
  }
}

/** A listener that follows the events by their steps alone, and checks that they lead to the rows. */
export function createFollower<R = Row>() {
  const rows: R[] = []
  const events: LiveEvent<R>[] = []
  const listener = (event: LiveEvent<R>) => {
    const isFirst = event.status === 'live' && events.every(({ status }) => status === 'error')
    events.push(event)
    if (isFirst) {
      expect(event.changes).toEqual([])
      rows.splice(0, rows.length, ...event.rows)
    }
    for (const change of event.changes) takeStep(rows, change)
    expect(event.rows).toEqual(rows)
  }
  return { rows, events, listener }
}
