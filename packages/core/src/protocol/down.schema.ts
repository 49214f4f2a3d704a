import type { z } from 'zod'
import type { Down } from './down.ts'
import { answerSchema } from './messages/answer.schema.ts'
import { errorSchema } from './messages/error.schema.ts'
import { missedSchema } from './messages/missed.schema.ts'
import { pongSchema } from './messages/pong.schema.ts'
import { pushSchema } from './messages/push.schema.ts'
import { resetSchema } from './messages/reset.schema.ts'
import { settledSchema } from './messages/settled.schema.ts'
import { snapshotSchema } from './messages/snapshot.schema.ts'
import { stalledSchema } from './messages/stalled.schema.ts'
import { subscribedSchema } from './messages/subscribed.schema.ts'
import { welcomeSchema } from './messages/welcome.schema.ts'

/** The schema of each message that a server may send. */
export const downSchemas: { readonly [T in Down['type']]: z.ZodType<Extract<Down, { type: T }>> } =
  {
    welcome: welcomeSchema,
    answer: answerSchema,
    error: errorSchema,
    settled: settledSchema,
    subscribed: subscribedSchema,
    snapshot: snapshotSchema,
    missed: missedSchema,
    push: pushSchema,
    reset: resetSchema,
    stalled: stalledSchema,
    pong: pongSchema,
  }
