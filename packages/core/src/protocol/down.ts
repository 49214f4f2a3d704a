import type { Answer } from './messages/answer.ts'
import type { ErrorMessage } from './messages/error.ts'
import type { Missed } from './messages/missed.ts'
import type { Pong } from './messages/pong.ts'
import type { Push } from './messages/push.ts'
import type { Reset } from './messages/reset.ts'
import type { Settled } from './messages/settled.ts'
import type { Snapshot } from './messages/snapshot.ts'
import type { Stalled } from './messages/stalled.ts'
import type { Subscribed } from './messages/subscribed.ts'
import type { Welcome } from './messages/welcome.ts'

/** What a server may say. A frame is a JSON array of these. */
export type Down =
  | Welcome
  | Answer
  | ErrorMessage
  | Settled
  | Subscribed
  | Snapshot
  | Missed
  | Push
  | Reset
  | Stalled
  | Pong
