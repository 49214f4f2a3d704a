export type { Up } from './up.ts'
export type { Down } from './down.ts'
export type { Hello } from './messages/hello.ts'
export type { Request } from './messages/request.ts'
export type { Mutate } from './messages/mutate.ts'
export type { Subscribe } from './messages/subscribe.ts'
export type { Unsubscribe } from './messages/unsubscribe.ts'
export type { Ping } from './messages/ping.ts'
export type { Welcome } from './messages/welcome.ts'
export type { Answer } from './messages/answer.ts'
export type { ErrorMessage } from './messages/error.ts'
export type { Settled } from './messages/settled.ts'
export type { Subscribed } from './messages/subscribed.ts'
export type { Snapshot } from './messages/snapshot.ts'
export type { Missed } from './messages/missed.ts'
export type { Push } from './messages/push.ts'
export type { Reset } from './messages/reset.ts'
export type { Stalled } from './messages/stalled.ts'
export type { Pong } from './messages/pong.ts'
export type { WireChange } from './messages/wire-change.ts'
export { closeCodes, finalCloseCodes, type CloseReason } from './close-codes.ts'
export {
  maxArguments,
  maxAtOnce,
  maxChunkLength,
  maxFrameBytes,
  maxNameLength,
  splitFrameBytes,
} from './limits.ts'
export { protocolVersion, subprotocol, wireHash } from './version.ts'
