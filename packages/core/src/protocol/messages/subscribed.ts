/**
 * The subscription stands. What follows under its id are the rows (`snapshot`), or what was missed
 * (`missed`); from then on, changes come under the channel.
 */
export interface Subscribed {
  readonly type: 'subscribed'
  readonly id: number
  /** Everybody who asks the same has the same channel. */
  readonly channel: string
}
