import type { z } from 'zod'
import type { Up } from './up.ts'
import { helloSchema } from './messages/hello.schema.ts'
import { mutateSchema } from './messages/mutate.schema.ts'
import { pingSchema } from './messages/ping.schema.ts'
import { requestSchema } from './messages/request.schema.ts'
import { subscribeSchema } from './messages/subscribe.schema.ts'
import { unsubscribeSchema } from './messages/unsubscribe.schema.ts'

/** The schema of each message that a client may send. */
export const upSchemas: { readonly [T in Up['type']]: z.ZodType<Extract<Up, { type: T }>> } = {
  hello: helloSchema,
  request: requestSchema,
  mutate: mutateSchema,
  subscribe: subscribeSchema,
  unsubscribe: unsubscribeSchema,
  ping: pingSchema,
}
