import { identityOf } from '../query/evaluate.ts'
import { isSameRow } from '../query/same-row.ts'
import type { CollectionDefinition, Row } from '../schema/definition.ts'
import type { RowChange } from './live-event.ts'

/** The steps from one list of rows to another; few where the lists are alike. */
export function difference(
  collection: CollectionDefinition,
  before: readonly Row[],
  after: readonly Row[],
): RowChange[] {
  const keyed = (row: Row) => ({ key: identityOf(collection.key, row)!, row })
  const [old, wanted] = [before.map(keyed), after.map(keyed)]
  const staying = new Set(wanted.map(({ key }) => key))
  const changes: RowChange[] = []
  for (let index = old.length - 1; index >= 0; index--) {
    const { key, row } = old[index]!
    if (!staying.has(key)) changes.push({ type: 'remove', index, row })
  }
  // What is not in its place yet, in the order that it has behind the places that are settled.
  const rest = old.filter(({ key }) => staying.has(key))
  const known = new Set(rest.map(({ key }) => key))
  let head = 0
  wanted.forEach(({ key, row }, to) => {
    if (!known.has(key)) {
      changes.push({ type: 'insert', index: to, row })
      return
    }
    let at = head
    while (rest[at]!.key !== key) at++
    const from = to + at - head
    const { row: held } = rest[at]!
    if (at === head) head++
    else rest.splice(at, 1)
    if (from !== to || !isSameRow(collection, held, row)) {
      changes.push({ type: 'update', from, to, old: held, row })
    }
  })
  return changes
}
