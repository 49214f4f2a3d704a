import type { RowOf } from '@wherry/core/schema'
import type { AppSchema } from '../schema.ts'

export type CheckIn = RowOf<AppSchema, 'checkIns'>
/** What a person says in one, and may change later. */
export type Entry = Pick<CheckIn, 'emotion' | 'intensity' | 'note'>

export function isSame(a: Entry, b: Entry): boolean {
  return a.emotion === b.emotion && a.intensity === b.intensity && a.note === b.note
}
