/**
 * Everything that these mutations of the session changed has been pushed to it, as far as it is
 * subscribed to it. Sent once for each applied mutation, after its answer.
 */
export interface Settled {
  readonly type: 'settled'
  readonly mutationIds: readonly string[]
}
