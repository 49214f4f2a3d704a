/** Ends a subscription; its id is free again. An id that names none is passed over. */
export interface Unsubscribe {
  readonly type: 'unsubscribe'
  readonly id: number
}
