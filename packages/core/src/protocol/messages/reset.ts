/**
 * The rows that the client has of a subscription cannot be followed from; a whole snapshot comes
 * instead. `PositionLost`: the log no longer has, or never had, what was missed. `Windowed`: a query
 * with a limit or an include, or an aggregate, is not told what it missed. `Slow`: nor is it where the client did not keep up.
 */
export interface Reset {
  readonly type: 'reset'
  readonly id: number
  readonly reason: 'PositionLost' | 'Windowed' | 'Slow'
}
