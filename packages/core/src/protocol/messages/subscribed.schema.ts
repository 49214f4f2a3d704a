import { z } from 'zod'
import { channelSchema, idSchema } from './parts.schema.ts'
import type { Subscribed } from './subscribed.ts'

export const subscribedSchema: z.ZodType<Subscribed> = z.strictObject({
  type: z.literal('subscribed'),
  id: idSchema,
  channel: channelSchema,
})
