import type { Hello } from './messages/hello.ts'
import type { Mutate } from './messages/mutate.ts'
import type { Ping } from './messages/ping.ts'
import type { Request } from './messages/request.ts'
import type { Subscribe } from './messages/subscribe.ts'
import type { Unsubscribe } from './messages/unsubscribe.ts'

/** What a client may say. A frame is a JSON array of these. */
export type Up = Hello | Request | Mutate | Subscribe | Unsubscribe | Ping
