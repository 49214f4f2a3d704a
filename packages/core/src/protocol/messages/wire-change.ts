import type { Json } from '../../lib/json.ts'

/**
 * A row that is now among the rows of a query, or a key that no longer is: an array of the key's
 * values. To apply one again changes nothing.
 */
export type WireChange = readonly ['put', Json] | readonly ['remove', readonly Json[]]
