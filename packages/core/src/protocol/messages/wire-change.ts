import type { Json } from '../../lib/json.ts'

/**
 * Of rows: a row that is now among the rows of a query, or a key that no longer is (an array of the
 * key's values); to apply one again changes nothing. Of an aggregate: all groups, in order.
 *
 * Of changes: what has happened to a row, as it is now or, deleted, as it was; of an updated one the
 * fields that were different before, as they were.
 */
export type WireChange =
  | readonly ['put', Json]
  | readonly ['remove', readonly Json[]]
  | readonly ['all', readonly Json[]]
  | readonly ['created' | 'deleted', Json]
  | readonly ['updated', Json, { readonly [field: string]: Json }]
