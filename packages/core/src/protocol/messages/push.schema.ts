import { z } from 'zod'
import { channelSchema, positionSchema } from './parts.schema.ts'
import type { Push } from './push.ts'
import { changeSchema } from './wire-change.schema.ts'

export const pushSchema: z.ZodType<Push> = z.strictObject({
  type: z.literal('push'),
  channel: channelSchema,
  prev: positionSchema,
  offset: positionSchema,
  changes: z.array(changeSchema),
})
