/** Asks whether anybody is there; `pong` is the answer. */
export interface Ping {
  readonly type: 'ping'
}
