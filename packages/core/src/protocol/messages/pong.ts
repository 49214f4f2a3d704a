/** The answer to `ping`. */
export interface Pong {
  readonly type: 'pong'
}
