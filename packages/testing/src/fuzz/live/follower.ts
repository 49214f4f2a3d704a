import type { LiveEvent, LiveValueEvent, RowChange } from '@wherry/core'
import { copy } from '../lib/plain.ts'
import type { Row } from '../outcome.ts'
import type { LooseScope } from '../subject.ts'
import type { LiveWish } from './live-case.ts'

/** What a live query has told. */
export interface Told {
  /** The rows or groups in order, or a number. */
  readonly value: unknown
  /** Of rows: the steps from those before. */
  readonly changes?: readonly RowChange[]
  readonly position: string
}

type Live = { subscribe(listener: (event: unknown) => void): () => void }

/** Listens to one live query, and keeps all that it tells. */
export class Follower {
  readonly wish: LiveWish
  readonly told: Told[] = []
  /** What is wrong with what it tells, whatever the rows are. */
  fault: string | undefined
  readonly stop: () => void

  /** Throws what is wrong with the query. */
  constructor(data: LooseScope, wish: LiveWish) {
    this.wish = wish
    const live = data.collection(wish.on)[wish.live]!(copy(wish.query)) as Live
    this.stop = live.subscribe((event) => this.#take(event as LiveEvent | LiveValueEvent<unknown>))
  }

  #take(event: LiveEvent | LiveValueEvent<unknown>): void {
    if (event.status === 'error') {
      this.fault ??= `it tells an error: ${String(event.error)}`
    } else if ('rows' in event) {
      const { rows, changes, position } = event
      this.told.push({ value: copy(rows), changes: copy(changes), position: position! })
    } else {
      this.told.push({ value: copy(event.value), position: event.position })
    }
  }
}

/** The rows to which steps lead; undefined where one is about what is not there. */
export function replay(
  before: readonly Row[],
  changes: readonly RowChange[],
  equal: (a: unknown, b: unknown) => boolean,
): readonly Row[] | undefined {
  const rows = [...before]
  for (const change of changes) {
    if (change.type === 'insert') {
      rows.splice(change.index, 0, change.row)
      continue
    }
    const [from, old] =
      change.type === 'remove' ? [change.index, change.row] : [change.from, change.old]
    if (!equal(rows[from], old)) return undefined
    rows.splice(from, 1)
    if (change.type === 'update') rows.splice(change.to, 0, change.row)
  }
  return rows
}
